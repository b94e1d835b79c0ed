"""The remedy that a raiser names travels with the dead letter, to the alert and to operators' tools."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.common.errors import IdConflictError, PermanentError, UnreadableError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, reaction
from lambdas.queue_processor.handler import handler as ingress
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.remedies import remedy_of
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import COMPANY


class Task(Payload):
    """A task that fails for good."""

    number: int


TASK = EventType("test.task", Task, Kind.REACTION)


def failing(*errors: Exception) -> Handler[Task]:
    """A handler that raises the error of the task's number."""

    @reaction(TASK)
    def handle(task: Message[Task]) -> Iterator[FollowUp]:
        if task.payload.number >= 0:
            raise errors[task.payload.number]
        yield from ()

    return handle


def task(number: int, source: str = "taly.backend") -> str:
    fields = {"id": f"task-{number}", "type": "test.task", "timestamp": "2026-04-14T13:59:00Z", "attempts": 1}
    return json.dumps({**fields, "source": source, "payload": {"companyId": COMPANY, "number": number}})


def run(work: Any, harness: FunctionHarness, *bodies: str) -> None:
    work.process(sqs_event(*bodies), FakeContext(), harness.runtime())


def dead_letters(harness: FunctionHarness) -> list[DeadLetter]:
    """The dead letters as operators' tools read them."""
    return [
        DeadLetter.of(
            {"MessageId": "sqs-1", "Body": each["MessageBody"], "MessageAttributes": each["MessageAttributes"]}
        )
        for each in harness.dead_letters
    ]


def alerts(harness: FunctionHarness) -> list[dict[str, Any]]:
    return [json.loads(entry["Detail"])["payload"] for entry in harness.events.alerts]


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        *((PermanentError("no", remedy=remedy), remedy) for remedy in Remedy),
        (PermanentError("no"), Remedy.REDRIVE),
        (IdConflictError("twice"), Remedy.DISCARD),
        (UnreadableError("none", ["admins[0].email"]), Remedy.REDRIVE),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else str(each),
)
def test_dead_letter_and_alert_carry_what_the_raiser_says(
    harness: FunctionHarness, error: PermanentError, remedy: Remedy
) -> None:
    run(failing(error), harness, task(0))

    (dead_letter,) = dead_letters(harness)
    (alert,) = alerts(harness)
    assert (dead_letter.stated_remedy, remedy_of(dead_letter), alert["remedy"]) == (remedy, remedy, remedy)


def test_a_sender_who_must_act_is_named_and_part_of_the_cause(harness: FunctionHarness) -> None:
    errors = [PermanentError("expired", remedy=Remedy.DISCARD)] * 4

    run(failing(*errors), harness, task(0), task(1), task(2, "crm.bookings"), task(3, "unknown"))

    counts = {alert["source"]: alert["count"] for alert in alerts(harness)}
    assert counts == {"taly.backend": 2, "crm.bookings": 1, "": 1}
    stated = [each.failure_history.get("source") for each in dead_letters(harness)]
    assert stated == ["taly.backend", "taly.backend", "crm.bookings", None]


@pytest.mark.parametrize("remedy", [Remedy.REDRIVE, Remedy.MEND])
def test_where_it_is_not_the_senders_turn_no_sender_is_named(harness: FunctionHarness, remedy: Remedy) -> None:
    errors = [PermanentError("no", remedy=remedy)] * 2

    run(failing(*errors), harness, task(0), task(1, "crm.bookings"))

    (alert,) = alerts(harness)
    assert (alert["source"], alert["count"]) == ("", 2)


def test_an_alert_of_one_cause_with_two_remedies_names_none(harness: FunctionHarness) -> None:
    errors = [PermanentError("no", remedy=Remedy.MEND), PermanentError("no", remedy=Remedy.REDRIVE)]

    run(failing(*errors), harness, task(0), task(1))

    (alert,) = alerts(harness)
    assert (alert["count"], alert["remedy"]) == (2, None)


def test_a_refusal_leaves_the_remedy_to_its_reason(harness: FunctionHarness) -> None:
    run(ingress, harness, json.dumps({"type": "booking.archived", "source": "taly.backend", "payload": {}}))

    (dead_letter,) = dead_letters(harness)
    assert (dead_letter.stated_remedy, remedy_of(dead_letter)) == (None, Remedy.DISCARD)
    assert alerts(harness)[0]["remedy"] is None
