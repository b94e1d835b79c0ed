"""`trace booking/…`: the journeys of a business object."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ops.terminal.errors import OperatorError
from ops.terminal.output import json_lines
from ops.trace.search import TraceRequest, find_journeys, trace
from ops.trace.subjects import complete_subject, subject_in
from schemas.names import AUDIT, QUEUE_PROCESSOR, log_group_name, resource_name
from tests.fakes.service import NOON
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import BOOKING, text
from tests.unit.ops.trace.test_journey_handlers import GENERATED, Chain, Mailbox

SINCE = "2026-04-01T00:00:00Z"
REPORT = GENERATED["payload"]["reportId"]


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage("prod", OF_ALL_TYPES)


def shown(stage: FakeStage, asked: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert trace(stage.deployed, TraceRequest(asked=asked, since=SINCE))
    return capsys.readouterr().out.splitlines()


def ids(stage: FakeStage, asked: str) -> list[str]:
    roots = find_journeys(stage.deployed, asked, NOON - timedelta(days=1)).roots
    return [node.id for root in roots for _, node in root.walk()]


def booked(stage: FakeStage, seconds: float, an_id: str, **fields: Any) -> None:
    known = {"outcome": "succeeded", "type": "booking.created", "id": an_id, "subject": f"booking/{BOOKING}"}
    stage.log("booking.created", NOON + timedelta(seconds=seconds), **known | fields)


def test_a_subject_shows_every_hop_that_an_id_of_its_chain_shows(
    stage: FakeStage, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = Chain(Mailbox())
    chain.run(text(GENERATED))
    for number, written in enumerate(chain.harness.log):
        if service := json.loads(written).get("service"):
            stage.logs.groups.setdefault(log_group_name("prod", service), []).append((10**13 + number, written))

    by_subject, by_id = shown(stage, f"report/{REPORT.upper()}", capsys), shown(stage, "report-1", capsys)

    assert by_subject == by_id
    assert sum("✓ succeeded" in line for line in by_subject) == 3


def test_all_chains_of_a_subject_are_shown_in_order_of_time(stage: FakeStage) -> None:
    booked(stage, 60, "second", correlation_id="order-2")
    booked(stage, 0, "first", follow_ups=["mail"])
    stage.log("email.send", NOON, outcome="succeeded", id="mail", correlation_id="first", causation_id="first")
    booked(stage, 0, "another", subject="booking/another")

    assert ids(stage, f"booking/{BOOKING}") == ["first", "mail", "second"]


def test_only_functions_whose_lines_name_the_subject_are_searched_for_it(stage: FakeStage) -> None:
    booked(stage, 0, "first")

    ids(stage, f"booking/{BOOKING}")

    asked = [(each["logGroupName"], each["filterPattern"]) for each in stage.logs.requests]
    about_subject = {group for group, pattern in asked if pattern == f'{{ $.subject = "booking/{BOOKING}" }}'}
    assert about_subject == {log_group_name("prod", each) for each in ("booking.created", QUEUE_PROCESSOR)}
    assert {pattern for _, pattern in asked} - {f'{{ $.subject = "booking/{BOOKING}" }}'} == {
        '{ $.correlation_id = "first" || $.id = "first" }'
    }


def test_a_refused_message_is_found_by_the_subject_that_it_claims(
    stage: FakeStage, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = Chain(Mailbox())
    chain.run(text(GENERATED | {"attempts": 0, "id": "bad id"}))
    for written in chain.harness.log:
        stage.logs.groups.setdefault(log_group_name("prod", QUEUE_PROCESSOR), []).append((10**13, written))

    lines = shown(stage, f"report/{REPORT}", capsys)

    assert any("✗ dead-lettered by queue_processor" in line for line in lines)


def test_the_latest_chains_are_shown_where_there_are_many(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(25):
        booked(stage, number, f"{number:0128}")

    shown_ids = ids(stage, f"booking/{BOOKING}")
    trace(stage.deployed, TraceRequest(asked=f"booking/{BOOKING}", since=SINCE))

    assert shown_ids == [f"{number:0128}" for number in range(5, 25)]
    assert f"5 earlier chains of booking/{BOOKING} not shown" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["INV-2024-0042", 'INV "7" \\ * é', "{ $.a = * }"])
def test_an_invoices_number_may_be_any_text(stage: FakeStage, number: str) -> None:
    failed = {"outcome": "succeeded", "type": "payment.failed"}
    stage.log("payment.failed", NOON, **failed, id="p-1", subject=f"invoice/{number}")
    stage.log("payment.failed", NOON, **failed, id="p-2", subject="invoice/another")

    assert ids(stage, f"invoice/{number}") == ["p-1"]
    patterns = [each["filterPattern"] for each in stage.logs.requests]
    assert all(pattern.count('"') == 2 and "\\" not in pattern for pattern in patterns if "subject" in pattern)


def test_alerts_and_redrives_of_a_dead_letter_in_the_chain_are_hops(stage: FakeStage) -> None:
    booked(stage, 0, "first", follow_ups=["mail"])
    failed = {"outcome": "dead_lettered", "reason": "permanent", "fingerprint": "c0ffee123456"}
    chained = {"correlation_id": "first", "causation_id": "first"}
    stage.log("email.send", NOON, id="mail", type="email.send", **chained, **failed)
    stage.log("slack_notifier", NOON + timedelta(seconds=9), message="posted", ids=["mail", "other"])
    audit = resource_name("prod", AUDIT)
    stage.logs.write(audit, NOON + timedelta(minutes=5), message="redriven", id="mail", service="email.send")

    (root,) = find_journeys(stage.deployed, f"booking/{BOOKING}", NOON - timedelta(days=1)).roots

    assert [hop.last.what for hop in root.children[0].hops] == ["dead_lettered", "posted", "redriven"]


def test_a_message_that_is_about_the_subject_is_highlighted(stage: FakeStage) -> None:
    booked(stage, 0, "first")

    (root,) = find_journeys(stage.deployed, f"booking/{BOOKING}", NOON - timedelta(days=1)).roots

    assert root.is_called(f"booking/{BOOKING}")
    assert not root.is_called("booking/another")


def test_records_name_the_subject(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    booked(stage, 0, "first")

    with json_lines():
        (record,) = shown(stage, f"booking/{BOOKING}", capsys)

    assert json.loads(record)["subject"] == f"booking/{BOOKING}"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("order/1", "'order/1' is no subject of messages: give appointment/ID, booking/ID"),
        ("\x1b[2J/1", "is no subject of messages"),
        ("/1", "is no subject of messages"),
        ("booking/", "give the booking's id after booking/"),
        (f"invoice/{'9' * 65}", "it has 1 to 64 characters"),
    ],
    ids=ascii,
)
def test_what_is_no_subject_is_not_searched_for(stage: FakeStage, asked: str, sentence: str) -> None:
    with pytest.raises(OperatorError) as raised:
        trace(stage.deployed, TraceRequest(asked=asked))

    assert sentence in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert stage.logs.requests == []


def test_a_subject_that_no_line_names_says_where_it_was_searched(stage: FakeStage) -> None:
    booked(stage, 0, "first", subject="booking/another")

    with pytest.raises(OperatorError, match=f"names booking/{BOOKING}: 2 logs were searched"):
        trace(stage.deployed, TraceRequest(asked=f"booking/{BOOKING}", since=SINCE))


def test_the_kinds_of_subjects_are_completed() -> None:
    assert complete_subject("b") == ["booking/"]
    assert complete_subject("in") == ["invoice/", "invitation/"]
    assert all(subject_in(f"{each}1") for each in complete_subject(""))
    assert subject_in("0b7e") is None


def test_the_new_id_of_a_message_done_again_shows_by_whom(stage: FakeStage, capsys: pytest.CaptureFixture[str]) -> None:
    booked(stage, 0, "b", correlation_id="b", follow_ups=["mail"])
    mail = {"outcome": "succeeded", "type": "email.send", "correlation_id": "b"}
    stage.log("email.send", NOON, **mail, id="mail", causation_id="b")
    stage.log("email.send", NOON + timedelta(hours=1), **mail, id="again", causation_id="mail")
    redone = {"message": "redone", "service": "email.send", "id": "mail", "new_id": "again", "who": "sts/Admin/ada"}
    stage.logs.write(resource_name("prod", AUDIT), NOON + timedelta(minutes=59), **redone)

    assert any("done again" in each and "ada" in each for each in shown(stage, "again", capsys))
