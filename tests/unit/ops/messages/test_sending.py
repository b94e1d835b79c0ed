"""Sending, part by part: a message's draft, the doors of a stage, and what is told of an end before the end."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from ops.messages.drafts import Draft
from ops.messages.send import SendResult, deliver
from ops.stage.aws_errors import AwsError
from ops.stage.doors import StageDoors
from ops.stage.local import Running
from ops.stage.via import Via
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from publishing.doors import Accepted, BusDoor, Entry, QueueDoor, Receipt, Refused
from tests.fakes.function import NOW

LOCAL = Running(
    endpoint_url="http://127.0.0.1:4566",
    ingress_queue_url="http://127.0.0.1:4566/000000000000/ingress",
    event_bus_name="taly-local",
    crm_base_url="http://127.0.0.1:1",
    webhooks_base_url="http://127.0.0.1:2",
    slack_base_url="http://127.0.0.1:3",
    folder="/tmp",  # noqa: S108 nothing is written there
)


def test_stage_local_is_the_one_that_runs_on_this_machine() -> None:
    doors = StageDoors(environment={}, running=lambda: LOCAL)

    queue, bus = doors.open(Via.SQS, "local"), doors.open(Via.BUS, "local")

    assert isinstance(queue, QueueDoor)
    assert isinstance(bus, BusDoor)
    assert queue.queue_url == LOCAL.ingress_queue_url
    assert bus.bus_name == LOCAL.event_bus_name
    assert queue.sqs.meta.endpoint_url == bus.events.meta.endpoint_url == LOCAL.endpoint_url


def test_no_running_stage_says_how_to_start_one() -> None:
    with pytest.raises(OperatorError, match="make up"):
        StageDoors(environment={}, running=lambda: None).open(Via.SQS, "local")


DRAFT = Draft("booking.created", "{}")


def delivered(*receipts: Receipt | BaseException, total: int) -> tuple[SendResult, type[BaseException] | None]:
    """Deliver through a door that gives these receipts, and may then fail."""

    def publish(entries: Any) -> Iterator[Receipt]:
        for _entry, receipt in zip(entries, receipts, strict=False):
            if isinstance(receipt, BaseException):
                raise receipt
            yield receipt

    tally, ids = SendResult(what="bookings", total=total), count()
    try:
        deliver(DRAFT, publish, tally, new_id=lambda: f"id-{next(ids)}", now=lambda: NOW)
    except BaseException as error:  # noqa: BLE001 a stop is no Exception
        return tally, type(error)
    return tally, None


def test_refusals_are_counted_by_code_and_only_what_was_taken_has_its_id_told() -> None:
    tally, error = delivered(Accepted("a"), Refused("Busy", "later"), Refused("Busy", "later"), Accepted("b"), total=4)

    assert error is None
    assert tally.sent == 2
    assert tally.refusals == {"Busy: later": 2}
    assert tally.first_ids == ["id-0", "id-3"]
    assert tally.in_doubt == 0


def test_a_stop_leaves_what_was_sent_and_doubts_the_call_on_its_way() -> None:
    tally, error = delivered(*[Accepted("a")] * 20, StoppedError(130), total=100)

    assert error is StoppedError
    assert (tally.sent, tally.in_doubt) == (20, 10)


def test_a_call_without_an_answer_is_doubted_to_the_last_message_at_most() -> None:
    tally, error = delivered(*[Accepted("a")] * 20, ReadTimeoutError(endpoint_url="http://x"), total=23)

    assert error is AwsError
    assert (tally.sent, tally.in_doubt) == (20, 3)


def test_a_message_is_what_its_draft_says() -> None:
    entry = Draft("booking.created", '{"companyId": "c-1"}', version=2).message("id-1", NOW)

    assert entry == Entry(body=entry.body, type="booking.created", source="taly.ops", group="c-1")
    assert json.loads(entry.body) == {
        "id": "id-1",
        "type": "booking.created",
        "version": 2,
        "timestamp": "2026-04-14T14:00:00.000Z",
        "attempts": 1,
        "source": "taly.ops",
        "payload": {"companyId": "c-1"},
    }
