"""The commands `causes` and `cause …` as an operator types them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import Result

from ops.causes.next_commands import next_commands
from schemas.causes import Cause, CauseState, cause_in
from schemas.reasons import Reason
from tests.fakes.service import failing
from tests.fakes.stage import CAUSE, FakeStage
from tests.unit.ops.causes.causes import (
    ACKNOWLEDGED,
    IN_EACH_STATE,
    OPEN,
    OVER,
    RESOLVED,
    SNOOZED,
    Run,
    another,
    keep,
    kept,
    running,
)
from tests.unit.written_commands.command_lines import WrittenCommand, check


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    return running(stage, monkeypatch)


def records(result: Result) -> list[Mapping[str, Any]]:
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        (OPEN, "open"),
        (ACKNOWLEDGED, "acknowledged by assumed-role/Admin/ada"),
        (SNOOZED, "snoozed by assumed-role/Admin/ada until 2026-04-14 16:00 UTC"),
    ],
)
def test_a_list_says_who_takes_care_of_each_cause(stage: FakeStage, run: Run, cause: Cause, state: str) -> None:
    keep(stage, cause)

    first, error, *_ = run("causes").output.splitlines()

    assert first == (
        f"{CAUSE}  email.send  attempts_exhausted  {state}  1,234 dead letters  since 2026-04-14 10:00 UTC, "
        "last 2026-04-14 12:00 UTC"
    )
    assert error == "  RetryableError: SES did not answer in 3 seconds"


def test_a_list_begins_with_the_cause_of_the_last_dead_letter(stage: FakeStage, run: Run) -> None:
    old = another(last_at=OPEN.last_at - timedelta(minutes=1))
    keep(stage, OPEN, old)

    assert [each["fingerprint"] for each in records(run("causes", "--json"))] == [CAUSE, old.fingerprint]


@pytest.mark.parametrize("ended", [RESOLVED, OVER])
def test_what_has_ended_is_listed_on_request_alone(stage: FakeStage, run: Run, ended: Cause) -> None:
    keep(stage, ended)

    assert "No open causes of dead letters in stage dev" in run("causes").output
    assert "1 more cause resolved or over: --all lists them" in run("causes").output
    assert CAUSE in run("causes", "--all").output


def test_a_list_of_one_type_has_no_others(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN, another(service="sms.send"))

    assert [each["type"] for each in records(run("causes", "--type", "sms.send", "--json"))] == ["sms.send"]


def test_an_unknown_type_gets_a_suggestion(run: Run) -> None:
    result = run("causes", "--type", "email.sned")

    assert (result.exit_code, "Did you mean email.send?" in result.output) == (1, True)


@pytest.mark.parametrize("cause", IN_EACH_STATE, ids=lambda cause: cause.state)
def test_a_record_has_every_field_but_the_notifiers_own(stage: FakeStage, run: Run, cause: Cause) -> None:
    keep(stage, cause)

    (record,) = records(run("causes", "--all", "--json"))

    said = {name: value for name, value in record.items() if value not in (None, "", False)}
    assert set(said) >= {"type", "fingerprint", "state", "total", "since", "last", "reason", "error", "tenants"}
    assert (record["until"] is None) is (cause.until is None)
    assert not {"writer", "revision", "claimed_until"} & record.keys()


def test_a_cause_is_shown_with_all_that_is_known(stage: FakeStage, run: Run) -> None:
    keep(stage, ACKNOWLEDGED)

    output = run("cause", "show", "c83d").output

    for text in (
        "acknowledged by assumed-role/Admin/ada",
        "SES confirmed it",
        "every attempt failed",
        "lambdas.common.clients.ses:send",
        "5d41402a",
        "2026-04-14 11:55 UTC, at 1,000 dead letters",
    ):
        assert text in output


@pytest.mark.parametrize("cause", IN_EACH_STATE, ids=lambda cause: cause.state)
@pytest.mark.parametrize("reason", Reason)
def test_each_command_that_helps_can_be_typed(cause: Cause, reason: Reason) -> None:
    commands = [command for _, command in next_commands(replace(cause, reason=reason), "prod")]

    for command in commands:
        check(WrittenCommand(command, is_complete=True))
    assert len(commands) == len(set(commands)) > 1


def test_a_cause_with_an_unknown_reason_is_shown(stage: FakeStage, run: Run) -> None:
    keep(stage, replace(OPEN, reason="of_a_newer_version"))

    assert "of_a_newer_version" in run("cause", "show", CAUSE).output


def test_text_from_outside_cannot_move_the_cursor(stage: FakeStage, run: Run) -> None:
    hostile = "\x1b[2J\u202e"
    keep(stage, replace(ACKNOWLEDGED, error=hostile, detail=hostile, comment=hostile, by=hostile, source=hostile))

    for result in (run("causes"), run("cause", "show", CAUSE), run("causes", "--json")):
        assert not set(hostile) & set(result.output) - set("[2J")


def test_an_acknowledged_cause_says_what_that_means(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN)

    result = run("cause", "ack", "c83d", "--comment", " SES confirmed it ")

    assert result.exit_code == 0
    assert (
        f"✓ {CAUSE} of email.send: acknowledged by assumed-role/Admin/ada. "
        "No card until its dead letters have grown tenfold"
    ) in result.output
    assert kept(stage)[0].comment == "SES confirmed it"


@pytest.mark.parametrize("is_time", [False, True])
def test_a_snooze_takes_a_duration_or_a_time(stage: FakeStage, run: Run, *, is_time: bool) -> None:
    keep(stage, OPEN)
    end = (datetime.now(UTC) + timedelta(hours=4)).isoformat() if is_time else "4h"

    result = run("cause", "snooze", CAUSE, end)

    assert result.exit_code == 0
    (cause,) = kept(stage)
    assert cause.until
    assert timedelta(hours=3.9) < cause.until - datetime.now(UTC) <= timedelta(hours=4)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("soon", "'soon' is no time to come"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z is past"),
        ("8d", "a snooze lasts for 7 days at most"),
        ("999999w", "is no time to come"),
    ],
)
def test_a_snooze_needs_an_end_within_seven_days(stage: FakeStage, run: Run, end: str, says: str) -> None:
    keep(stage, OPEN)

    result = run("cause", "snooze", CAUSE, end)

    assert (result.exit_code, says in result.output) == (1, True)
    assert kept(stage) == [OPEN]


def test_a_resolved_cause_says_that_dead_letters_stay(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN)

    output = run("cause", "resolve", CAUSE, "--comment", "template corrected").output

    assert "resolved by assumed-role/Admin/ada in version 5d41402a. A card if it comes back" in output
    assert f"taly-async redrive email.send --cause {CAUSE} --stage dev" in output


@pytest.mark.parametrize("comment", [[], ["--comment", " "]])
def test_a_cause_is_not_resolved_without_a_comment(stage: FakeStage, run: Run, comment: list[str]) -> None:
    keep(stage, OPEN)

    assert run("cause", "resolve", CAUSE, *comment).exit_code != 0
    assert kept(stage) == [OPEN]


def test_an_action_on_one_of_two_services_leaves_the_other(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN, replace(OPEN, service="sms.send"))

    assert run("cause", "ack", CAUSE, "--type", "sms.send").exit_code == 0
    assert [each.state for each in kept(stage)] == [CauseState.OPEN, CauseState.ACKNOWLEDGED]


def test_an_action_on_two_services_fails_if_one_is_refused(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN, replace(OVER, service="sms.send"))

    result = run("cause", "ack", CAUSE, "--json")

    assert result.exit_code == 1
    done, failed = (json.loads(line) for line in result.stdout.splitlines())
    assert (done["type"], done["state"]) == ("email.send", "acknowledged")
    assert (failed["type"], "nothing to acknowledge" in failed["failed"]) == ("sms.send", True)


@pytest.mark.parametrize("command", [["causes"], ["cause", "show", CAUSE], ["cause", "ack", CAUSE]])
def test_a_refusal_names_the_policy_that_is_missing(stage: FakeStage, run: Run, command: list[str]) -> None:
    stage.dynamodb.fail = failing("AccessDeniedException")

    result = run(*command)

    assert (result.exit_code, "policy taly-async-<stage>-viewer allows it" in result.output) == (1, True)


def test_a_command_writes_only_items_that_can_be_read(stage: FakeStage, run: Run) -> None:
    keep(stage, OPEN)

    run("cause", "snooze", CAUSE, "4h", "--comment", "x" * 1_000)

    (item,) = stage.dynamodb.causes.values()
    assert cause_in(item) == kept(stage)[0]
