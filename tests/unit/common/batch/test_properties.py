"""Whatever comes in: one outcome a record, nothing raised, nothing lost, and no record's neighbours notice it.

Made by hypothesis: any JSON value, any bytes, and valid messages with something wrong in them.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdas.booking_created.handler import handler
from lambdas.common.batch.delivery import SqsEvent, SqsRecord
from lambdas.queue_processor.handler import handler as ingress
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import BY_NAME
from schemas.claims import claims
from schemas.decoding import decode, decode_strictly
from schemas.identity import derived_id
from schemas.message import Message
from schemas.problems import Refusal
from schemas.reasons import Outcome, Reason
from tests.fakes.function import NOW, FakeContext, FunctionHarness, redelivered, sqs_record
from tests.fakes.service import refusing
from tests.messages import booking, booking_payload

BATCHES = 250
RECORDS = 10

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**53, -(2**53), 10**400])
    | st.floats()
    | st.text(st.characters(codec="utf-8") | st.characters(categories=["Cs"]), max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)

FIELDS = (*booking(), "id", "version", "source", "correlationId", "causationId", "hops", "unknown")


def _message(changes: dict[str, Any]) -> dict[str, Any]:
    return booking() | changes


VALID = st.builds(
    _message,
    st.fixed_dictionaries(
        {}, optional={"id": st.uuids().map(str), "attempts": st.integers(1, 9), "hops": st.integers(0, 8)}
    ),
).map(json.dumps)

WRONG_FIELD = st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1, max_size=2).map(_message).map(json.dumps)
WRONG_PAYLOAD = (
    st.dictionaries(st.sampled_from([*booking_payload(), "unknown"]), JSON, min_size=1, max_size=2)
    .map(lambda changes: _message({"payload": booking_payload() | changes}))
    .map(json.dumps)
)
BYTES = st.binary(max_size=60).map(lambda raw: raw.decode(errors="surrogateescape"))
CUT = st.builds(lambda body, at: body[: at % len(body)], VALID, st.integers(0))

BODY = st.one_of(VALID, WRONG_FIELD, WRONG_PAYLOAD, JSON.map(json.dumps), BYTES, CUT)

ATTRIBUTES = st.dictionaries(
    st.sampled_from(["history", "trace"]),
    st.fixed_dictionaries({"dataType": st.just("String"), "stringValue": JSON.map(json.dumps) | st.text(max_size=20)}),
)
FIRST = st.just(1)
RECEIVES = FIRST | FIRST | FIRST | st.sampled_from([1, 2, 3, 4, 9])
GROUP = "group-that-SQS-names"

Way = Callable[[FunctionHarness, Sequence[SqsRecord]], set[str]]
"""Processes records; gives the ids that are reported as failed."""


def _reported(response: Any) -> set[str]:
    return {failure["itemIdentifier"] for failure in response["batchItemFailures"]}


def at_the_ingress(harness: FunctionHarness, records: Sequence[SqsRecord]) -> set[str]:
    event: SqsEvent = {"Records": list(records)}
    return _reported(ingress.process(event, FakeContext(), harness.runtime()))


def at_its_function(harness: FunctionHarness, records: Sequence[SqsRecord]) -> set[str]:
    return _reported(handler.process({"Records": list(records)}, FakeContext(), harness.runtime()))


@st.composite
def batches(draw: st.DrawFn, receives: st.SearchStrategy[int]) -> list[SqsRecord]:
    return [
        sqs_record(
            draw(BODY),
            message_id=f"m-{number}",
            receive_count=draw(receives),
            attributes=draw(ATTRIBUTES),
            group=GROUP,
        )
        for number in range(RECORDS)
    ]


def outcomes(harness: FunctionHarness) -> dict[str, tuple[str, str | None]]:
    """Outcome and reason by SQS message id; each record must have one outcome."""
    counted = Counter(line["sqs_message_id"] for line in harness.lines)
    assert set(counted.values()) <= {1}, "a record has two outcomes"
    return {line["sqs_message_id"]: (line["outcome"], line.get("reason")) for line in harness.lines}


def nothing_is_lost(way: Way, records: Sequence[SqsRecord]) -> None:
    harness = FunctionHarness()
    unread = any(record["attributes"]["ApproximateReceiveCount"] != "1" for record in records)

    failed = way(harness, records)

    ended = outcomes(harness)
    assert ended.keys() == {record["messageId"] for record in records}
    assert all(outcome in set(Outcome) for outcome, _ in ended.values())
    assert all(reason in set(Reason) for outcome, reason in ended.values() if outcome == Outcome.DEAD_LETTERED)
    letters = [dead_letter["MessageBody"] for dead_letter in harness.dead_letters]
    dead = [r["body"] for r in records if ended[r["messageId"]][0] == Outcome.DEAD_LETTERED]
    assert sorted(letters) == sorted(dead), "a dead letter is what came, unchanged"
    sent_back = sum(outcome in {Outcome.RETRYING, Outcome.DEFERRED} for outcome, _ in ended.values())
    assert len(harness.copies) + len(failed) == sent_back, "what is not done is on its way or stays on the queue"
    for sent in (*harness.dead_letters, *harness.copies):
        message = decode_strictly(sent["MessageBody"], catalogue=BY_NAME)
        if unread:
            assert sent["MessageGroupId"] in {GROUP, claims(sent["MessageBody"]).company_id}
        elif isinstance(message, Message):
            assert sent["MessageGroupId"] == message.company_id, "a tenant's messages are the tenant's on every hop"


SUITE = settings(
    max_examples=BATCHES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""Five thousand records a test, the same ones in each run, so that a red build is red again."""


@SUITE
@given(batches(FIRST) | batches(RECEIVES))
def test_every_record_at_the_ingress_has_one_outcome_and_is_somewhere(records: list[SqsRecord]) -> None:
    nothing_is_lost(at_the_ingress, records)


@SUITE
@given(batches(FIRST) | batches(RECEIVES))
def test_every_record_at_a_function_has_one_outcome_and_is_somewhere(records: list[SqsRecord]) -> None:
    nothing_is_lost(at_its_function, records)


@settings(SUITE, max_examples=100)
@given(batches(FIRST), st.randoms(use_true_random=False))
def test_the_order_of_the_records_makes_no_difference(records: list[SqsRecord], random: Random) -> None:
    shuffled = random.sample(records, len(records))
    first, second = FunctionHarness(), FunctionHarness()

    assert at_its_function(first, records) == at_its_function(second, shuffled)

    assert outcomes(first) == outcomes(second)
    published = [sorted(entry["Detail"] for entry in _timeless(harness)) for harness in (first, second)]
    assert published[0] == published[1]


@settings(SUITE, max_examples=100)
@given(st.lists(VALID, min_size=1, max_size=5), st.lists(BYTES | WRONG_FIELD | JSON.map(json.dumps), max_size=5))
@example(good=[json.dumps(booking())], other=[json.dumps(booking(unknown=2**53))])  # refused by the ingress only
def test_bad_records_do_not_change_the_follow_ups_of_good_ones(good: list[str], other: list[str]) -> None:
    valid = [sqs_record(body, message_id=f"good-{number}") for number, body in enumerate(good)]
    bad = [
        sqs_record(body, message_id=f"bad-{number}")
        for number, body in enumerate(other)
        if isinstance(decode(body, BOOKING_CREATED, catalogue=lambda: BY_NAME), Refusal)
    ]
    alone, mixed = FunctionHarness(), FunctionHarness()

    at_its_function(alone, valid)
    at_its_function(mixed, [each for pair in zip(bad, valid, strict=False) for each in pair] + valid[len(bad) :])

    assert [entry["Detail"] for entry in _timeless(mixed)] == [entry["Detail"] for entry in _timeless(alone)]


def _timeless(harness: FunctionHarness) -> list[dict[str, str]]:
    """The published entries, without their timestamps."""
    return [
        {**entry, "Detail": json.dumps(json.loads(entry["Detail"]) | {"timestamp": ""}, sort_keys=True)}
        for entry in harness.events.published
    ]


@settings(SUITE, max_examples=20)
@given(st.lists(BODY, min_size=1, max_size=5), ATTRIBUTES)
@example(bodies=[json.dumps(booking())], attributes={})
def test_every_message_ends_when_its_patience_does(bodies: list[str], attributes: dict[str, Any]) -> None:
    harness = FunctionHarness()
    harness.events.refuse = refusing("ThrottlingException")
    records = [sqs_record(body, message_id=f"m-{n}", attributes=attributes) for n, body in enumerate(bodies)]
    rounds = 0

    at_the_ingress(harness, records)
    while harness.copies:
        harness.now += timedelta(seconds=max(copy.get("DelaySeconds", 0) for copy in harness.copies))
        copies = [redelivered(copy, message_id=f"r-{rounds}-{n}") for n, copy in enumerate(harness.copies)]
        harness.copies.clear()
        at_the_ingress(harness, copies)
        rounds += 1

    assert rounds < 500
    assert harness.now - NOW < ingress.patience + timedelta(minutes=30)
    assert {line["reason"] for line in harness.lines if line["outcome"] == Outcome.DEAD_LETTERED} <= set(Reason)


FINITE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=10,
)


@settings(SUITE, max_examples=500)
@given(
    payload=st.dictionaries(st.text(max_size=5), FINITE, max_size=5),
    attempts=st.integers(1, 2**53 - 1),
    indent=st.none() | st.integers(0, 4),
    random=st.randoms(use_true_random=False),
)
def test_a_derived_id_ignores_key_order_white_space_and_attempts(
    payload: dict[str, Any], attempts: int, indent: int | None, random: Random
) -> None:
    message = booking(payload=booking_payload() | {"unknown": payload})
    expected = derived_id(message["type"], message["payload"], message["timestamp"])
    shuffled = _shuffled(message | {"attempts": attempts}, random)

    read = decode_strictly(json.dumps(shuffled, indent=indent), catalogue=BY_NAME)

    assert getattr(read, "id", read) == expected


def _shuffled(value: Any, random: Random) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key], random) for key in random.sample(list(value), len(value))}
    return [_shuffled(each, random) for each in value] if isinstance(value, list) else value
