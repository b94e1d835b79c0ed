"""`status`: a row for each system that functions call: whether it works, what waits for it, and what to do."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from ops.stage.aws_errors import AwsError
from ops.status.destinations import Availability
from ops.status.health import Status
from ops.status.status import status
from ops.status.view import text
from ops.terminal.output import json_lines, show
from schemas.destinations import READ_PAYMENT, RECORD_ACTIVITY, SEND_EMAIL, Destination, Route
from tests.fakes.service import NOON, failing
from tests.unit.ops.status.test_status import StatusStage, healthy_stage

SINCE = NOON - timedelta(minutes=31)


def shown(found: Status) -> str:
    file = StringIO()
    show(text(found), (), to=Console(file=file, highlight=False))
    return file.getvalue()


def fails_now(stage: StatusStage, route: Route, *, to_do: str) -> None:
    """Let a route fail by this machine's clock, which the command reads."""
    stage.dynamodb.note_failure(route, since=SINCE, to_do=to_do)
    stage.dynamodb.items[route.health_key]["failed_at"] = {"S": datetime.now(UTC).isoformat()}


def row(found: Status, name: str) -> str:
    return next(" ".join(line.split()) for line in shown(found).splitlines() if f" {name} " in line)


def availability(found: Status, destination: Destination) -> Availability:
    return next(each.availability for each in found.destinations if each.state.destination is destination)


def test_every_destination_has_a_row() -> None:
    found = healthy_stage().read()

    assert [each.state.destination for each in found.destinations] == list(Destination)
    assert row(found, "the CRM").endswith("the CRM no failure was noted")


def test_a_destination_that_answers_works() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_success(RECORD_ACTIVITY)

    found = stage.read()

    assert row(found, "the CRM").startswith("✓ the CRM works; last success noted")
    assert found.state == "healthy"


def test_a_destination_that_does_not_answer_says_what_waits() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    for number in range(5):
        stage.sqs.put(stage.queue_url("activity.record"), "{}", delay=60)
        stage.sqs.put(stage.queue_url("sms.send"), "{}", delay=60)
        stage.sqs.put(stage.queue_url("report.generate"), "{}", delay=60 if number else 0)

    assert row(stage.read(), "the CRM") == (
        "… the CRM has not answered since 2026-04-14 11:29 UTC; 10 messages wait. It failed with: it answered 503. "
        "Nothing to do: they go on by themselves."
    )


def test_a_destination_for_which_nothing_waits_says_so() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)

    assert row(stage.read(), "the CRM") == (
        "… the CRM has not answered since 2026-04-14 11:29 UTC; no message waits for it now. "
        "It failed with: it answered 503. Nothing to do."
    )


def test_waiting_alone_needs_no_attention() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)

    found = stage.read()

    assert found.state == "healthy"
    assert "messages wait for the CRM: nothing to do" in shown(found)


def test_a_remedy_needs_attention() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(SEND_EMAIL, since=SINCE, to_do="Verify the sender's domain.")

    found = stage.read()

    assert found.state == "needs attention"
    assert shown(found).splitlines()[0].rstrip().endswith("needs attention: Amazon SES")
    assert row(found, "Amazon SES").startswith("✗ Amazon SES has refused our calls since")
    assert row(found, "Amazon SES").endswith("To do: Verify the sender's domain.")


def test_check_fails_where_there_is_something_to_do() -> None:
    stage = healthy_stage()
    fails_now(stage, SEND_EMAIL, to_do="Verify the sender's domain.")

    assert not status(stage.deployed, check=True)


def test_only_the_routes_that_fail_are_named_where_others_work() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    stage.dynamodb.note_success(READ_PAYMENT)

    assert "Only POST /internal/activity fails." in row(stage.read(), "the CRM")


def test_a_failure_that_nobody_repeated_lately_is_unknown() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE)
    item = stage.dynamodb.items[RECORD_ACTIVITY.health_key]
    item["failed_at"] = item["failing_since"]

    found = stage.read()

    assert availability(found, Destination.CRM) is Availability.UNKNOWN
    assert row(found, "the CRM").endswith("failed last 31 m 00 s ago; nothing was noted since")


def test_a_table_that_may_not_be_read_leaves_the_rest_of_the_status() -> None:
    stage = healthy_stage()
    stage.dynamodb.fail = failing("AccessDeniedException")

    found = stage.read()

    assert found.destinations == ()
    assert found.state == "unknown"
    why = "unknown, the idempotency table answered AccessDeniedException: which called systems work"
    assert why in shown(found)


def test_no_connection_to_the_table_is_an_error_as_elsewhere() -> None:
    stage = healthy_stage()
    stage.dynamodb.fail = failing("UnrecognizedClientException")
    stage.sqs.fail = failing("UnrecognizedClientException")

    with pytest.raises(AwsError):
        stage.read()


def test_a_stage_that_is_older_has_no_rows_and_says_so() -> None:
    stage = healthy_stage()
    stage.dynamodb.fail = failing("ResourceNotFoundException")

    found = stage.read()

    assert found.destinations == ()
    assert found.state == "unknown"
    assert "the idempotency table is not deployed: which called systems work" in shown(found)


def test_json_has_the_destinations_in_the_systems_record(capsys: pytest.CaptureFixture[str]) -> None:
    stage = StatusStage()
    fails_now(stage, RECORD_ACTIVITY, to_do="Store the token.")
    stage.sqs.put(stage.queue_url("activity.record"), "{}", delay=60)

    with json_lines():
        status(stage.deployed)

    system = json.loads(capsys.readouterr().out.splitlines()[0])
    crm = next(each for each in system["destinations"] if each["destination"] == "crm")
    assert crm == {
        "destination": "crm",
        "state": "unavailable",
        "since": "2026-04-14T11:29:00+00:00",
        "why": "it answered 503",
        "to_do": "Store the token.",
        "only": [],
        "waiting": 1,
        "expired": 0,
        "succeeded_at": None,
    }


def test_the_rows_fit_in_80_columns() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE, why="it answered 503 " * 9, to_do="Do this. " * 9)

    file = StringIO()
    terminal = Console(file=file, highlight=False, width=80, force_terminal=True, color_system=None)
    show(text(stage.read()), (), to=terminal)

    lines = file.getvalue().splitlines()
    assert max(map(len, lines[3:])) <= 80


def test_a_function_cannot_write_control_characters_to_the_terminal() -> None:
    stage = healthy_stage()
    stage.dynamodb.note_failure(RECORD_ACTIVITY, since=SINCE, why="\x1b[2Jgone", to_do="\x1b]0;x\x07")

    assert "\x1b" not in shown(stage.read())
