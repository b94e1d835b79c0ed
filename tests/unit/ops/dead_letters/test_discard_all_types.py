"""`discard` without a type: one file, one question and one summary for the dead letters of all types."""

import json
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ops.dead_letters.discard import DiscardRequest, discard
from ops.dead_letters.filters import Filters
from ops.dead_letters.next_step import next_step
from ops.dead_letters.search import search_silently
from schemas.reasons import Remedy
from tests.fakes.service import failing
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run
from tests.unit.ops.dead_letters.interruptions import KilledError, kill_at

DISCARD = ("discard", "--remedy", "discard", "--comment", "the senders are informed", "--yes")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStage:
    """A stage with five dead letters: three are their senders' to correct, one is ours, one an operator's."""
    monkeypatch.chdir(tmp_path)
    return filled()


def filled() -> FakeStage:
    stage = FakeStage(services=OF_ALL_TYPES)
    add(stage, 1, "user.invited", "taly.backend", remedy="discard", message="the invitation had expired")
    add(stage, 2, "queue_processor", "crm.bookings", reason="invalid_payload", type="booking.created")
    add(stage, 3, "user.invited", "taly.backend", remedy="discard", message="the invitation had expired")
    add(stage, 4, "activity.record", "taly.backend")
    add(stage, 5, "email.send", "taly.backend", remedy="mend")
    return stage


def add(stage: FakeStage, number: int, service: str, source: str, *, type: str = "", **history: Any) -> None:  # noqa: A002 the field's name
    fields = {"id": f"task-{number}", "type": type or service, "source": source, "payload": {"companyId": COMPANY}}
    stage.add_dead_letter(number, body=json.dumps(fields), url=stage.dead_letters_url(service), **history)


def ids(stage: FakeStage) -> list[str]:
    """The ids in all dead-letter queues."""
    return sorted(
        each
        for service in ("user.invited", "queue_processor", "activity.record", "email.send")
        for each in stage.ids(stage.dead_letters_url(service))
    )


def exported(folder: Path) -> list[str]:
    return [json.loads(line)["id"] for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def test_what_the_senders_must_correct_is_discarded_over_all_types(stage: FakeStage, run: Run) -> None:
    result = run(*DISCARD)

    assert result.exit_code == 0, result.output
    assert ids(stage) == ["task-4", "task-5"]
    assert sorted(exported(Path("discarded"))) == ["task-1", "task-2", "task-3"]
    assert {(line["service"], line["id"], line["why"]) for line in stage.logs.lines()} == {
        (service, f"task-{number}", "the senders are informed")
        for service, number in (("user.invited", 1), ("queue_processor", 2), ("user.invited", 3))
    }
    assert sorted(result.stdout.splitlines()[1:]) == [
        "  1 of queue_processor from crm.bookings",
        "  2 of user.invited from taly.backend",
    ]
    assert result.stdout.startswith("✓ 3 dead letters of 2 types in stage dev deleted\n")


def test_one_question_is_asked(stage: FakeStage) -> None:
    questions: list[str] = []
    filters = Filters(remedy=Remedy.DISCARD)
    request = DiscardRequest(stage=stage.deployed, service="", filters=filters, comment="informed")

    def no(question: str) -> bool:
        questions.append(question)
        return False

    assert not discard(request, ask=no)

    assert questions == ["Delete 3 dead letters of 2 types in stage dev for good?"]
    assert len(ids(stage)) == 5


def test_each_sender_gets_a_text_without_ids_and_payloads(stage: FakeStage, run: Run) -> None:
    add(stage, 6, "user.invited", "unknown", remedy="discard")
    add(stage, 7, "user.invited", "", remedy="discard")

    notes = run(*DISCARD).stderr

    # The file may also have dead letters of the sender that are ours.
    ids_of_sender = """jq -r 'select(.remedy == "discard" and .source == "taly.backend") | .id' discarded/"""
    assert f"Text for the sender (taly.backend). Ids: {ids_of_sender}" in notes
    assert "  2 messages could not be processed in stage dev. Please correct them and publish them anew:\n" in notes
    assert "  - 2 of user.invited, 2026-04-14T12:00:00Z: PermanentError: the invitation had expired\n" in notes
    assert "Text for the sender (crm.bookings)." in notes
    assert notes.count("Text for the sender (the messages do not name it).") == 1
    assert """'select(.remedy == "discard" and (.source == "" or .source == "unknown")) | .id'""" in notes
    assert COMPANY not in notes
    assert "task-1" not in notes


def test_what_is_ours_makes_no_text_for_its_sender(stage: FakeStage, run: Run) -> None:
    result = run("discard", "activity.record", "--all", "--comment", "done by hand", "--yes")

    assert (result.exit_code, len(ids(stage))) == (0, 4)
    assert "Text for" not in result.stderr


def test_the_command_of_a_next_step_leaves_what_another_remedy_helps(stage: FakeStage, run: Run) -> None:
    add(stage, 6, "user.invited", "taly.backend")  # of the same cause, before a deployment corrected the remedy
    (found,) = search_silently(stage.deployed, ["user.invited"], lambda each: each.id == "task-1")
    step = next_step(found, "dev")

    result = run(*shlex.split(step.partition("taly-async ")[2]), "--yes")

    assert result.exit_code == 0, result.output
    assert stage.ids(stage.dead_letters_url("user.invited")) == ["task-6"]


def test_without_a_type_all_is_refused(stage: FakeStage, run: Run) -> None:
    result = run("discard", "--all", "--comment", "tidy up", "--yes")

    assert result.exit_code == 1
    assert "that would delete all that the stage has: name a TYPE, or give a filter" in result.stderr
    assert stage.sqs.calls == []


def test_json_counts_by_type_and_sender(stage: FakeStage, run: Run) -> None:
    record = json.loads(run(*DISCARD, "--json").stdout)

    assert (record["type"], record["finished"], record["deleted"]) == (None, True, 3)
    assert len(ids(stage)) == 2
    assert {"type": "user.invited", "source": "taly.backend", "count": 2} in record["exported"]


def test_without_an_audit_log_nothing_is_written_or_deleted(stage: FakeStage, run: Run) -> None:
    stage.logs.fail = failing("AccessDeniedException", "create_log_stream")

    assert run(*DISCARD).exit_code == 1
    assert not Path("discarded").exists()
    assert len(ids(stage)) == 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_write_each_is_in_a_queue_or_file_and_audit(after: bool, tmp_path: Path) -> None:
    for calls in range(1, 60):
        stage = filled()
        path = tmp_path / f"{calls}-{after}.jsonl"
        request = DiscardRequest(
            stage=stage.deployed, service="", filters=Filters(remedy=Remedy.DISCARD), comment="informed", export=path
        )
        finished = False

        def yes(_question: str, stage: FakeStage = stage, calls: int = calls) -> bool:
            hooks = kill_at(calls, after=after)
            stage.sqs.before, stage.sqs.after = stage.logs.before, stage.logs.after = hooks
            return True

        with suppress(KilledError):
            finished = discard(request, ask=yes)

        gone = {f"task-{number}" for number in range(1, 6)} - set(ids(stage))
        assert gone <= {json.loads(line)["id"] for line in path.read_text().splitlines()}
        assert gone <= {line["id"] for line in stage.logs.lines()}
        if finished:
            assert gone == {"task-1", "task-2", "task-3"}
            return
    pytest.fail("it never finished")
