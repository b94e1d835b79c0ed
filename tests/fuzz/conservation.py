"""The guarantees for every batch: one outcome per record, and every body is kept unchanged somewhere."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.batch.loop import BatchResponse
from schemas.reasons import Outcome, Reason
from tests.fakes.function import FunctionHarness, begun

UNFINISHED = {Outcome.RETRYING, Outcome.DEFERRED}
_OUTCOMES, _REASONS = frozenset(Outcome), frozenset(Reason)

OutcomeLines = Mapping[str, Mapping[str, Any]]
"""The outcome line of each record, by its SQS message id."""


def check_conservation(records: Sequence[SqsRecord], answer: BatchResponse, harness: FunctionHarness) -> OutcomeLines:
    """Check a batch that was handled in a fresh harness; return the outcome lines.

    Raises:
        AssertionError: a message was lost or changed, or has not exactly one outcome.
    """
    lines = harness.lines
    outcomes = {line["sqs_message_id"]: line for line in lines}
    assert len(outcomes) == len(lines), "a record has two outcomes"
    assert outcomes.keys() == {record["messageId"] for record in records}, "a record has no outcome"
    assert all(line["outcome"] in _OUTCOMES for line in lines)
    left = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    _check_dead_letters(records, outcomes, harness)
    _check_unfinished(records, outcomes, left, harness)
    return outcomes


def begin_all(records: Sequence[SqsRecord], service: str, harness: FunctionHarness) -> None:
    """Note that each message began at each receive but the last, and that every second of them was read."""
    for number, record in enumerate(records):
        times = int(record["attributes"]["ApproximateReceiveCount"]) - 1
        if times:
            begun(harness, service, record["messageId"], times=times, was_read=number % 2 == 1)


def _check_dead_letters(records: Sequence[SqsRecord], outcomes: OutcomeLines, harness: FunctionHarness) -> None:
    dead = [record for record in records if outcomes[record["messageId"]]["outcome"] == Outcome.DEAD_LETTERED]
    assert all(outcomes[record["messageId"]]["reason"] in _REASONS for record in dead)
    bodies = Counter(each["MessageBody"] for each in harness.dead_letters)
    assert bodies == Counter(record["body"] for record in dead), "a dead letter is the unchanged message"


def _check_unfinished(
    records: Sequence[SqsRecord], outcomes: OutcomeLines, left: set[str], harness: FunctionHarness
) -> None:
    unfinished = {
        record["messageId"]: record["body"]
        for record in records
        if outcomes[record["messageId"]]["outcome"] in UNFINISHED
    }
    assert left <= unfinished.keys(), "a record stays on the queue despite its outcome"
    expected = Counter(_without_attempts(body) for key, body in unfinished.items() if key not in left)
    copies = Counter(_without_attempts(copy["MessageBody"]) for copy in harness.copies)
    assert copies == expected, "an unfinished message has a copy, or stays on the queue"


def _without_attempts(body: str) -> str:
    """Return the common part of a copy and its original; `json.dumps` writes surrogates and floats alike.

    A body that was put back unread may be anything, and is unchanged.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps({**fields, "attempts": 0}, sort_keys=True) if isinstance(fields, dict) else body
