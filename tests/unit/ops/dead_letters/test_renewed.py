"""Renewed dead letters: commands count their age from the first time, and a redrive ends it."""

import json
import shlex
from pathlib import Path

import pytest

from lambdas.slack_notifier.alerts.digest import Expiring
from lambdas.slack_notifier.cards.console import Console
from lambdas.slack_notifier.cards.expiring_card import expiring
from lambdas.slack_notifier.cards.stage_location import StageLocation
from schemas.names import BIOGRAPHY_ATTRIBUTE, SINCE_ATTRIBUTE
from schemas.system import DeadLettersExpiring
from tests.fakes.service import NOON
from tests.fakes.stage import DEAD_LETTERS, QUEUE, FakeStage
from tests.unit.functions.slack_notifier.slack_fakes import expiring as alert
from tests.unit.ops.dead_letters.commands import Run

SINCE = {"DataType": "String", "StringValue": "2026-03-20T08:00:00.000Z"}


def renewed(stage: FakeStage, number: int) -> None:
    """A dead letter that SQS moved, and that was renewed."""
    stage.add_dead_letter(number)
    attributes = stage.sqs.messages(DEAD_LETTERS)[-1].attributes
    attributes.clear()
    attributes[SINCE_ATTRIBUTE] = SINCE


def exported(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_age_of_a_renewed_dead_letter_counts_from_its_first_time(stage: FakeStage, run: Run) -> None:
    renewed(stage, 1)
    stage.add_dead_letter(2)

    result = run("dead-letters", "list", "--each", "--until", "2026-03-20T08:00:01Z", "--json")

    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert (found["dead_lettered_at"], found["sent_at"]) == ("2026-03-20T08:00:00Z", "2026-04-14T12:00:00Z")
    assert found["reason"] == ""


def test_a_redrive_leaves_the_age_as_a_dead_letter_behind(stage: FakeStage, run: Run) -> None:
    renewed(stage, 1)
    stage.add_dead_letter(2)
    stage.sqs.messages(DEAD_LETTERS)[-1].attributes[SINCE_ATTRIBUTE] = SINCE

    assert run("redrive", "activity.record", "--all").exit_code == 0

    first, second = stage.sqs.messages(QUEUE)
    assert first.attributes == {}
    assert SINCE_ATTRIBUTE not in second.attributes
    assert BIOGRAPHY_ATTRIBUTE in second.attributes


def test_the_command_on_the_card_exports_what_ends_and_nothing_younger(
    stage: FakeStage, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    renewed(stage, 1)
    stage.add_dead_letter(2)
    queues = [{"service": "activity.record", "count": 1, "companies": 1, "since": SINCE["StringValue"]}]
    alerts = Expiring()
    payload = alert(queues=queues, until="2026-03-20T08:00:01Z")["payload"]
    alerts.add(DeadLettersExpiring.model_validate_json(json.dumps(payload)), "handle", at=NOON)
    (notice,) = expiring(alerts, StageLocation("dev", "dashboard", "https://runbook", Console("eu-central-1")))

    program, *words = shlex.split(notice.card.steps[0].command.removesuffix(" --stage dev"))
    result = run(*words)

    assert (program, result.exit_code) == ("taly-async", 0)
    assert [line["dead_lettered_at"] for line in exported(tmp_path / "expiring.jsonl")] == ["2026-03-20T08:00:00Z"]
