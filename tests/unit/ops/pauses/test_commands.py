"""The commands `pause`, `resume`, `pauses` as an operator types them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.pauses import commands as pauses
from ops.terminal.command import CommandLine
from schemas.availability import services_waiting_for
from schemas.destinations import Destination
from schemas.names import QUEUE_PROCESSOR
from schemas.pauses import UNTIL_TAG
from tests.fakes.service import client_error, failing
from tests.fakes.stage import OF_ALL_TYPES, QUEUE, SERVICE, FakeStage

Run = Callable[..., Result]

CRM = services_waiting_for(Destination.CRM)
WHY = ("--comment", "why")

app = CommandLine(help="Pauses.")
for command in (pauses.pause, pauses.resume, pauses.pauses):
    app.add(command)


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage(services=OF_ALL_TYPES)


@pytest.fixture
def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--stage", "dev"])


def records(result: Result) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_pause_says_until_when(run: Run) -> None:
    result = run("pause", SERVICE, "--for", "2h", *WHY)

    assert result.exit_code == 0
    assert f"✓ {SERVICE} is paused for " in result.output
    assert "runs that have begun end" in result.output


def test_a_destination_names_each_type_that_it_pauses(run: Run) -> None:
    result = run("pause", "crm", *WHY)

    *paused, last = result.output.splitlines()
    assert [line.split()[1] for line in paused] == list(CRM)
    assert last == "  To end it: taly-async resume crm --stage dev"
    assert result.output.count("until somebody resumes it") == len(CRM)


def test_a_repeated_pause_changes_nothing_and_succeeds(run: Run, stage: FakeStage) -> None:
    run("pause", SERVICE, "--for", "2h", *WHY)
    before = dict(stage.functions.tags_of(SERVICE))

    again = run("pause", SERVICE, "--for", "1h", *WHY)

    assert again.exit_code == 0
    assert f"{SERVICE} was paused already by assumed-role/Admin/ada" in again.output
    assert stage.functions.tags_of(SERVICE) == before


@pytest.mark.parametrize("first", [("--for", "1h"), ()], ids=["earlier", "never"])
def test_a_kept_pause_that_ends_at_another_time_is_pointed_out(run: Run, first: tuple[str, ...]) -> None:
    run("pause", SERVICE, *first, *WHY)

    again = run("pause", SERVICE, "--for", "2h", *WHY)

    assert again.exit_code == 0
    assert f"! {SERVICE}: this does not end when you asked for" in again.output
    assert "To end it" not in again.output


def test_a_pause_in_part_says_what_is_left_and_fails(run: Run, stage: FakeStage) -> None:
    refused = stage.functions.mapping(CRM[2])["UUID"]
    stage.functions.fail = lambda operation, request: (
        client_error("ServiceException", "UpdateEventSourceMapping")
        if operation == "update_event_source_mapping" and request["UUID"] == refused
        else None
    )

    result = run("pause", "crm", *WHY)

    assert result.exit_code == 1
    assert result.output.count("✓") == len(CRM) - 1
    assert f"✗ {CRM[2]} was not paused: AWS refused UpdateEventSourceMapping" in result.output
    assert "Repeat the command for what is left" in result.output


@pytest.mark.parametrize(
    ("lasting", "sentence"),
    [
        ("0h", "0h is no time at all"),
        ("2", "'2' is no duration: give a number and s, m, h, d or w, such as 30m or 2h"),
        ("tomorrow", "'tomorrow' is no duration"),
        ("-2h", "'-2h' is no duration"),
        ("6d", "6 d 00 h is too long for a pause: SQS deletes what waits for 7 days. Pause for at most 5d"),
        ("999999w", "is too long for a pause"),
    ],
)
def test_a_wrong_duration_is_explained(run: Run, stage: FakeStage, lasting: str, sentence: str) -> None:
    result = run("pause", SERVICE, f"--for={lasting}", *WHY)

    assert result.exit_code == 1
    assert sentence in result.output
    assert stage.functions.disabled() == set()


@pytest.mark.parametrize("subject", [QUEUE_PROCESSOR, "system.heartbeat", "bus"])
def test_a_pause_that_stops_heartbeats_has_to_be_confirmed(run: Run, stage: FakeStage, subject: str) -> None:
    unanswered = run("pause", subject, *WHY)
    sure = run("pause", subject, *WHY, "--yes")

    assert unanswered.exit_code == 1
    assert "the alarm `heartbeat` pages in about five minutes" in unanswered.output
    assert "there is no terminal to ask on: give --yes" in unanswered.output
    assert sure.exit_code == 0
    assert stage.functions.disabled()


@pytest.mark.parametrize("subject", ["crm", "ses", SERVICE])
def test_other_pauses_ask_nothing(run: Run, subject: str) -> None:
    assert run("pause", subject, *WHY).exit_code == 0


def test_resume_names_what_runs_again(run: Run) -> None:
    run("pause", SERVICE, *WHY)

    assert f"✓ {SERVICE} is resumed" in run("resume", SERVICE).output
    assert f"not paused: {SERVICE}" in run("resume", SERVICE).output


def test_resuming_a_destination_says_what_stays_paused(run: Run) -> None:
    run("pause", CRM[0], *WHY)
    run("pause", "crm", *WHY)

    result = run("resume", "crm")

    assert result.exit_code == 0
    assert f"{CRM[0]} stays paused by assumed-role/Admin/ada. " in result.output
    assert f"To resume it: taly-async resume {CRM[0]} --stage dev" in result.output


def test_the_list_shows_who_until_when_and_how_many_wait(run: Run, stage: FakeStage) -> None:
    for _ in range(3):
        stage.sqs.put(QUEUE, "{}")
    stage.sqs.put(QUEUE, "{}", delay=60)
    run("pause", SERVICE, "--for", "2h", *WHY)

    result = run("pauses")

    (row,) = (line for line in result.output.splitlines() if line.startswith(SERVICE))
    assert row.split()[:3] == [SERVICE, SERVICE, "assumed-role/Admin/ada"]
    assert row.split()[-1] == "4"
    assert result.output.splitlines()[-1] == f"  To end it: taly-async resume {SERVICE} --stage dev"
    assert "why" not in result.output


def test_the_list_points_out_what_was_disabled_by_hand(run: Run, stage: FakeStage) -> None:
    stage.functions.mapping(SERVICE)["State"] = "Disabled"

    result = run("pauses")

    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == (
        f"✗ {SERVICE}: event source mapping disabled by hand. It does not end by itself. "
        f"To do: taly-async resume {SERVICE} --stage dev"
    )


def test_the_list_points_out_a_pause_that_the_notifier_did_not_end(run: Run, stage: FakeStage) -> None:
    run("pause", SERVICE, "--for", "2h", *WHY)
    stage.functions.tags_of(SERVICE)[UNTIL_TAG] = "2026-01-01T00:00:00Z"

    last = run("pauses").output.splitlines()[-1]

    assert last.startswith(f"✗ {SERVICE} is paused by assumed-role/Admin/ada")
    assert "It was due to end, and the notifier has not ended it. To do: taly-async resume" in last


def test_tags_that_nobody_can_read_hide_no_pause(run: Run, stage: FakeStage) -> None:
    run("pause", SERVICE, "--for", "2h", *WHY)
    stage.functions.tags_of(SERVICE)[UNTIL_TAG] = "tomorrow"

    assert SERVICE in run("pauses").output


def test_nothing_paused_is_said(run: Run) -> None:
    assert run("pauses").output == "Nothing is paused in stage dev.\n"
    assert records(run("pauses", "--json")) == []


def test_json_has_a_line_for_each_type(run: Run) -> None:
    run("pause", CRM[0], *WHY)

    paused = records(run("pause", "crm", "--for", "2h", *WHY, "--json"))
    listed = records(run("pauses", "--json"))

    assert {each["type"]: each["result"] for each in paused} == {CRM[0]: "kept", **dict.fromkeys(CRM[1:], "paused")}
    assert {(each["type"], each["subject"], each["waiting"]) for each in listed} == {
        (CRM[0], CRM[0], 0),
        *((name, "crm", 0) for name in CRM[1:]),
    }
    assert all(each["until"] for each in listed if each["subject"] == "crm")


def test_a_denial_names_the_policy_that_allows_it(run: Run, stage: FakeStage) -> None:
    stage.functions.fail = failing("AccessDeniedException", "update_event_source_mapping")

    result = run("pause", SERVICE, *WHY)

    assert result.exit_code == 1
    assert "policy taly-async-<stage>-operator allows it" in result.output


def test_names_of_types_and_destinations_are_completed() -> None:
    assert [name for name, _ in pauses.complete_subject("cr")] == ["crm"]
    assert dict(pauses.complete_subject("s"))["ses"] == "The types that call Amazon SES"
    assert {"sms.send", "ses", "sns", "secrets", "scheduler"} <= {name for name, _ in pauses.complete_subject("s")}
