"""AWS takes some entries of a call and refuses others: each has its own fate, and what was taken is not sent again.

The clients are boto3's own, and botocore's Stubber checks what is sent and what is answered against AWS's models: the
fault proxy of the chaos tests cannot refuse a part of a call.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.stub import ANY, Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.booking_created.handler import handler as booking_created
from lambdas.common.availability import circuit
from lambdas.common.batch.delivery import SqsEvent
from lambdas.queue_processor.handler import handler as ingress
from schemas.reasons import Outcome, Reason
from schemas.system import SYSTEM_DEAD_LETTERED
from tests.fakes.function import DEAD_LETTER_QUEUE, QUEUE, FakeContext, FunctionHarness, redelivered, sqs_event
from tests.messages import booking, text


class Fate(StrEnum):
    """AWS's error code for an entry; empty where it takes the entry."""

    TAKEN = ""
    THROTTLED = "ThrottlingException"
    BROKEN = "InternalFailure"
    REFUSED = "ValidationException"

    @property
    def passes(self) -> bool:
        """Whether it may be taken another time."""
        return self in {Fate.THROTTLED, Fate.BROKEN}


@dataclass
class Aws:
    """EventBridge and SQS with answers that were made up before."""

    events: Any
    sqs: Any
    published: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    """Entries that were put on the bus, taken or not."""

    sent: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {QUEUE: [], DEAD_LETTER_QUEUE: []})
    """Entries that were sent, taken or not, by queue."""

    def harness(self) -> FunctionHarness:
        return FunctionHarness(clients={"events": self.events.client, "sqs": self.sqs.client})

    def route(self, harness: FunctionHarness, event: SqsEvent) -> set[str]:
        """Run a batch at the ingress; gives the records that are to come again."""
        response = ingress.process(event, FakeContext(), harness.runtime())
        return {failure["itemIdentifier"] for failure in response["batchItemFailures"]}

    def answer_put_events(self, fates: Sequence[Fate]) -> None:
        entries = [
            {"ErrorCode": str(fate), "ErrorMessage": "no"} if fate else {"EventId": str(number)}
            for number, fate in enumerate(fates)
        ]
        response = {"FailedEntryCount": sum(map(bool, fates)), "Entries": entries}
        self.events.add_response("put_events", response, {"Entries": ANY})

    def answer_send(self, queue: str, fates: Sequence[Fate]) -> None:
        taken = [
            {"Id": str(number), "MessageId": str(UUID(int=number)), "MD5OfMessageBody": "0" * 32}
            for number, fate in enumerate(fates)
            if not fate
        ]
        failed = [
            {"Id": str(number), "Code": str(fate), "SenderFault": not fate.passes}
            for number, fate in enumerate(fates)
            if fate
        ]
        response = {"Successful": taken, "Failed": failed}
        self.sqs.add_response("send_message_batch", response, {"QueueUrl": queue, "Entries": ANY})

    def hear_put_events(self, params: Mapping[str, Any], **_: object) -> None:
        alerts = [entry for entry in params["Entries"] if entry["DetailType"] == SYSTEM_DEAD_LETTERED.name]
        self.alerts += alerts
        self.published += [entry for entry in params["Entries"] if entry not in alerts]

    def hear_send(self, params: Mapping[str, Any], **_: object) -> None:
        self.sent[params["QueueUrl"]] += params["Entries"]


@cache
def client(service: str) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client(service, **keys)  # type: ignore[call-overload]  # stubs list literal names alone


@contextmanager
def aws() -> Iterator[Aws]:
    """AWS for one test; all answers must be asked for."""
    events, sqs = client("events"), client("sqs")
    with Stubber(events) as event_answers, Stubber(sqs) as sqs_answers:
        stubbed = Aws(event_answers, sqs_answers)
        heard = (
            (events, "provide-client-params.events.PutEvents", stubbed.hear_put_events),
            (sqs, "provide-client-params.sqs.SendMessageBatch", stubbed.hear_send),
        )
        for each, event, hear in heard:
            each.meta.events.register(event, hear)
        try:
            yield stubbed
        finally:
            for each, event, hear in heard:
                each.meta.events.unregister(event, hear)
        event_answers.assert_no_pending_responses()
        sqs_answers.assert_no_pending_responses()


def bookings(count: int) -> list[str]:
    return [text(booking(id=f"booking-{number}")) for number in range(count)]


def ids(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of the sent messages."""
    return [json.loads(entry.get("Detail") or entry["MessageBody"])["id"] for entry in entries]


def payload(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of an event."""
    return dict(json.loads(entry["Detail"])["payload"])


LONGEST_HOLD = timedelta(seconds=circuit.LONGEST_HOLD)
FOR_NOW = pytest.mark.parametrize("fate", [Fate.THROTTLED, Fate.BROKEN])


@FOR_NOW
def test_a_follow_up_refused_for_now_defers_only_its_own_record(fate: Fate) -> None:
    with aws() as stubbed:
        stubbed.answer_put_events([Fate.TAKEN, fate, Fate.TAKEN])
        stubbed.answer_send(QUEUE, [Fate.TAKEN])
        harness = stubbed.harness()

        reported = stubbed.route(harness, sqs_event(*bookings(3)))

        assert reported == set()
        assert ids(stubbed.sent[QUEUE]) == ["booking-1"]
        assert sorted(harness.outcomes) == [Outcome.DEFERRED, Outcome.ROUTED, Outcome.ROUTED]

        stubbed.answer_put_events([Fate.TAKEN])
        harness.now += LONGEST_HOLD
        again = redelivered(stubbed.sent[QUEUE][0])

        assert stubbed.route(harness, {"Records": [again]}) == set()
    assert ids(stubbed.published) == ["booking-0", "booking-1", "booking-2", "booking-1"]
    assert harness.lines[-1]["attempt"] == 1


def test_what_the_bus_refuses_for_good_is_dead_lettered_alone() -> None:
    with aws() as stubbed:
        stubbed.answer_put_events([Fate.TAKEN, Fate.REFUSED, Fate.TAKEN])
        stubbed.answer_send(DEAD_LETTER_QUEUE, [Fate.TAKEN])
        stubbed.answer_put_events([Fate.TAKEN])
        harness = stubbed.harness()

        assert stubbed.route(harness, sqs_event(*bookings(3))) == set()

    assert ids(stubbed.sent[DEAD_LETTER_QUEUE]) == ["booking-1"]
    assert [line["reason"] for line in harness.lines if "reason" in line] == [Reason.PERMANENT]


@FOR_NOW
def test_a_deferred_reaction_publishes_the_same_ids_again(fate: Fate) -> None:
    with aws() as stubbed:
        harness = stubbed.harness()
        stubbed.answer_put_events([*[Fate.TAKEN] * 5, fate])
        stubbed.answer_send(QUEUE, [Fate.TAKEN])

        booking_created.process(sqs_event(*bookings(2)), FakeContext(), harness.runtime())

        assert ids(stubbed.sent[QUEUE]) == ["booking-1"]
        stubbed.answer_put_events([Fate.TAKEN] * 3)
        harness.now += LONGEST_HOLD
        again = redelivered(stubbed.sent[QUEUE][0])

        booking_created.process({"Records": [again]}, FakeContext(), harness.runtime())

    published = ids(stubbed.published)
    assert published[6:] == published[3:6]
    assert len(set(published)) == 6


FATES = st.lists(st.sampled_from(Fate), min_size=10, max_size=10)


@settings(deadline=None, max_examples=200)
@given(count=st.integers(1, 10), by_bus=FATES, by_queue=FATES, by_dead_letters=FATES)
def test_each_message_is_in_one_place_whatever_aws_refuses(
    count: int, by_bus: list[Fate], by_queue: list[Fate], by_dead_letters: list[Fate]
) -> None:
    fates = by_bus[:count]
    comes_again = dict(zip((number for number in range(count) if fates[number].passes), by_queue, strict=False))
    dies = [
        number for number in range(count) if fates[number] is Fate.REFUSED or comes_again.get(number) is Fate.REFUSED
    ]
    parked = dict(zip(dies, by_dead_letters, strict=False))
    with aws() as stubbed:
        stubbed.answer_put_events(fates)
        if comes_again:
            stubbed.answer_send(QUEUE, list(comes_again.values()))
        if parked:
            stubbed.answer_send(DEAD_LETTER_QUEUE, list(parked.values()))
        causes = {fates[number] is Fate.REFUSED for number, fate in parked.items() if fate is Fate.TAKEN}
        if causes:
            stubbed.answer_put_events([Fate.TAKEN] * len(causes))
        harness = stubbed.harness()

        reported = stubbed.route(harness, sqs_event(*bookings(count)))

    on_the_bus = {number for number in range(count) if fates[number] is Fate.TAKEN}
    sent_back = {number for number, fate in comes_again.items() if fate is Fate.TAKEN}
    dead = {number for number, fate in parked.items() if fate is Fate.TAKEN}
    assert reported == {f"m-{number}" for number in set(range(count)) - on_the_bus - sent_back - dead}
    assert ids(stubbed.published) == [f"booking-{number}" for number in range(count)]
    assert ids(stubbed.sent[QUEUE]) == [f"booking-{number}" for number in comes_again]
    assert ids(stubbed.sent[DEAD_LETTER_QUEUE]) == [f"booking-{number}" for number in parked]
    assert sorted(named for alert in stubbed.alerts for named in payload(alert)["ids"]) == sorted(
        f"booking-{number}" for number in dead
    )
    assert len(stubbed.alerts) == len(causes)
    assert len(harness.outcomes) == count
    assert harness.outcomes.count(Outcome.ROUTED) == len(on_the_bus)
    assert harness.outcomes.count(Outcome.DEAD_LETTERED) == len(dead)
