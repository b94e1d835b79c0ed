"""Any producer may send to the ingress queue. SQS names each sender, and only the stage's own roles are believed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.batch.delivery import Delivery, SqsRecord
from lambdas.common.batch.history import Attempt, MessageHistory
from lambdas.queue_processor.handler import handler as ingress
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from tests.fakes.function import NOW, FakeContext, FunctionHarness, redelivered, sqs_record
from tests.fakes.service import refusing, works
from tests.messages import COMPANY, booking, message, text

OWN_ROLE, SCHEDULES, PRODUCER = "AROAINGRESS0000000001", "AROASCHEDULES00000001", "AROAPRODUCER000000001"
OWN, SCHEDULE, STRANGER = f"{OWN_ROLE}:ingress", f"{SCHEDULES}:schedule", f"{PRODUCER}:backend"
TRUST = {"history_senders": OWN_ROLE, "heartbeat_senders": SCHEDULES}

FORGED = MessageHistory(
    "2026-04-14T13:00:00.000Z",
    attempts=(Attempt(1, "E", "forged"), Attempt(2, "E", "forged")),
    deferrals=19,
    redriven=7,
    not_before="2026-04-14T20:00:00+00:00",
    sender=SCHEDULES,
    noted_as="sqs-of-another",
)


@pytest.fixture
def harness() -> FunctionHarness:
    return FunctionHarness(settings=TRUST)


def with_history(history: MessageHistory | str) -> dict[str, Any]:
    value = history if isinstance(history, str) else history.to_json()
    return {"history": {"stringValue": value, "dataType": "String"}}


def route(harness: FunctionHarness, *records: SqsRecord) -> None:
    response = ingress.process({"Records": list(records)}, FakeContext(), harness.runtime())
    assert response == {"batchItemFailures": []}


def booked(number: int, sender: str, history: MessageHistory | str) -> SqsRecord:
    body = text(booking(id=f"b-{number}"))
    return sqs_record(body, message_id=f"m-{number}", attributes=with_history(history), sender=sender, group=COMPANY)


@pytest.mark.parametrize(
    ("sender", "outcome"),
    [
        (OWN, "deferred"),
        (STRANGER, "routed"),
        (SCHEDULE, "routed"),
        ("", "routed"),
        ("999999999999", "routed"),
        (f"{PRODUCER}:{OWN_ROLE}", "routed"),
        (f"{OWN_ROLE}X:ingress", "routed"),
    ],
)
def test_only_the_ingress_role_may_delay_a_message(harness: FunctionHarness, sender: str, outcome: str) -> None:
    late = MessageHistory("2026-04-14T13:00:00.000Z", not_before="2026-04-14T20:00:00+00:00")

    route(harness, booked(1, sender, late))

    assert harness.outcomes == [outcome]


def test_a_strangers_history_is_kept_as_the_producers_attribute(harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")

    route(harness, booked(1, STRANGER, FORGED))

    (copy,) = harness.copies
    history = json.loads(copy["MessageAttributes"]["history"]["StringValue"])
    assert history["producer_attributes"] == {"history": FORGED.to_json()}
    assert (history["attempts"], history["deferrals"], history["noted_as"]) == ([], 1, "")
    assert history["sender"] == PRODUCER


def test_a_trusted_sender_is_believed_beside_the_own_role() -> None:
    harness = FunctionHarness(settings={"history_senders": f"{OWN_ROLE},000000000000"})

    route(harness, booked(1, "000000000000", MessageHistory(FORGED.first_enqueued_at, not_before=FORGED.not_before)))

    assert harness.outcomes == ["deferred"]


def test_400_forged_histories_cost_one_delivery_each_and_delay_nobody(harness: FunctionHarness) -> None:
    forged = [booked(number, STRANGER, FORGED) for number in range(400)]
    victim = sqs_record(text(booking(id="victim")), message_id="m-victim", sender=STRANGER)

    for begin in range(0, 400, 8):
        route(harness, *forged[begin : begin + 8], victim)

    assert set(harness.outcomes) == {"routed"}
    assert harness.sqs.calls == []
    assert harness.dynamodb.calls == []


HISTORIES = st.builds(
    MessageHistory,
    first_enqueued_at=st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    deferrals=st.integers(0, 30),
    redriven=st.integers(0, 9),
    not_before=st.sampled_from(["", FORGED.not_before, (NOW + timedelta(seconds=5)).isoformat()]),
    sender=st.sampled_from(["", SCHEDULES, OWN_ROLE]),
    noted_as=st.sampled_from(["", "m-victim", "sqs-1"]),
)


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(histories=st.lists(HISTORIES.map(lambda each: each.to_json()) | st.text(max_size=20), min_size=1, max_size=9))
def test_whatever_history_is_forged_all_are_routed_at_once(histories: list[str]) -> None:
    harness = FunctionHarness(settings=TRUST)
    victim = sqs_record(text(booking(id="victim")), message_id="m-victim", sender=STRANGER)

    route(harness, *(booked(number, STRANGER, history) for number, history in enumerate(histories)), victim)

    assert harness.outcomes == ["routed"] * (len(histories) + 1)
    assert (harness.copies, harness.dynamodb.calls) == ([], [])


def heartbeat(**fields: Any) -> str:
    return json.dumps(message(SYSTEM_HEARTBEAT.name, {"companyId": NO_TENANT} | fields))


def test_a_heartbeat_of_the_schedule_is_routed(harness: FunctionHarness) -> None:
    route(harness, sqs_record(heartbeat(), sender=SCHEDULE))

    assert harness.outcomes == ["routed"]


@pytest.mark.parametrize("sender", [STRANGER, OWN, ""])
@pytest.mark.parametrize("history", [{}, with_history(FORGED)], ids=["without a history", "with a forged history"])
def test_a_strangers_heartbeat_is_refused(harness: FunctionHarness, sender: str, history: dict[str, Any]) -> None:
    if sender == OWN:  # its copies name the sender whose message it is
        history = with_history(MessageHistory(FORGED.first_enqueued_at, sender=PRODUCER))

    route(harness, sqs_record(heartbeat(), attributes=history, sender=sender))

    (line,) = harness.lines
    assert (line["outcome"], line["reason"]) == ("dead_lettered", "permanent")
    assert line["detail"].startswith("system.heartbeat is sent by the stage's own schedule alone")
    assert harness.events.published == []


def test_a_drill_of_an_operator_is_routed(harness: FunctionHarness) -> None:
    route(harness, sqs_record(heartbeat(drill=True), sender=STRANGER))

    assert harness.outcomes == ["routed"]


@pytest.mark.parametrize(("sender", "outcome"), [(SCHEDULE, "routed"), (STRANGER, "dead_lettered")])
def test_a_copy_by_the_ingress_keeps_its_first_sender(harness: FunctionHarness, sender: str, outcome: str) -> None:
    batch = [
        sqs_record(heartbeat(), message_id="m-1", receive_count=2, sender=sender),
        sqs_record(text(booking()), message_id="m-2", receive_count=3, sender=STRANGER),
    ]
    route(harness, *batch)

    route(harness, redelivered(harness.copies.pop(), sender=OWN))

    assert harness.outcomes == ["deferred", "routed", outcome]


def test_a_copy_deferred_by_the_bus_keeps_its_first_sender(harness: FunctionHarness) -> None:
    harness.events.refuse = refusing("ThrottlingException")
    route(harness, sqs_record(heartbeat(), sender=SCHEDULE))
    harness.events.refuse = works
    harness.now += timedelta(minutes=1)

    route(harness, redelivered(harness.copies.pop(), sender=OWN))

    assert harness.outcomes == ["deferred", "routed"]


def test_only_the_unique_id_of_a_sender_is_kept() -> None:
    """The session of a person's role is often an email address."""
    delivery = Delivery(sqs_record("{}", sender="AROAOPERATOR000000001:ada@example.com"))

    assert delivery.history.sender == "AROAOPERATOR000000001"


BIOGRAPHY = {"firstEnqueuedAt": "2026-04-14T13:00:00.000Z"}


@pytest.mark.parametrize(
    "forged",
    [
        {"firstEnqueuedAt": "<!channel>"},
        {"firstEnqueuedAt": "2026-04-14T13:00:00"},
        {"firstEnqueuedAt": "2026-04-14T13:00:00Z" + " " * 100},
        {"attempts": [{"attempt": 1, "error": "E", "message": "m"}] * 21},
        {"attempts": "many"},
    ],
)
def test_a_biography_that_is_not_ours_is_the_producers(forged: dict[str, Any]) -> None:
    delivery = Delivery(redriven(BIOGRAPHY | forged))

    assert (delivery.history.redriven, delivery.history.earlier) == (0, ())
    assert delivery.history.producer_attributes.keys() == {"reason", "fingerprint", "biography"}


def redriven(biography: dict[str, Any]) -> SqsRecord:
    values = {"reason": "permanent", "fingerprint": "c83d68dfbef7", "biography": json.dumps(biography)}
    attributes = {name: {"stringValue": value, "dataType": "String"} for name, value in values.items()}
    return sqs_record(text(booking(id="b-1")), attributes=attributes, sender=STRANGER)


def test_a_forged_biography_decides_nothing_about_the_delivery(harness: FunctionHarness) -> None:
    forged = BIOGRAPHY | {"notBefore": FORGED.not_before, "notedAs": "m-9", "deferrals": 20, "redriven": 2**53 - 2}
    forged["attempts"] = [{"attempt": 3, "error": "E", "message": "m"}] * 20

    route(harness, redriven(forged))

    assert harness.outcomes == ["routed"]
    assert harness.lines[0]["attempt"] == 1
    assert (harness.copies, harness.dynamodb.calls) == ([], [])
