"""What must hold of every batch, whatever was in it: one outcome a record, and every body is somewhere, as it came."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.batch.loop import BatchResponse
from schemas.reasons import Outcome, Reason
from tests.fakes.function import World

BACK = {Outcome.RETRYING, Outcome.DEFERRED}
_OUTCOMES, _REASONS = frozenset(Outcome), frozenset(Reason)

Ends = Mapping[str, Mapping[str, Any]]
"""The outcome line of each record, by its SQS message id."""


def conserved(came: Sequence[SqsRecord], answer: BatchResponse, world: World) -> Ends:
    """Check a batch that was handled in a world of its own; gives the outcome lines.

    Raises:
        AssertionError: something was lost, changed, or has no outcome or two.
    """
    lines = world.lines
    ends = {line["sqs_message_id"]: line for line in lines}
    assert len(ends) == len(lines), "a record has two outcomes"
    assert ends.keys() == {record["messageId"] for record in came}, "a record has no outcome"
    assert all(line["outcome"] in _OUTCOMES for line in lines)
    left = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    _letters_are_what_came(came, ends, world)
    _what_is_not_done_comes_back(came, ends, left, world)
    return ends


def _letters_are_what_came(came: Sequence[SqsRecord], ends: Ends, world: World) -> None:
    dead = [record for record in came if ends[record["messageId"]]["outcome"] == Outcome.DEAD_LETTERED]
    assert all(ends[record["messageId"]]["reason"] in _REASONS for record in dead)
    letters = Counter(letter["MessageBody"] for letter in world.letters)
    assert letters == Counter(record["body"] for record in dead), "a dead letter is the message as it came"


def _what_is_not_done_comes_back(came: Sequence[SqsRecord], ends: Ends, left: set[str], world: World) -> None:
    back = {record["messageId"]: record["body"] for record in came if ends[record["messageId"]]["outcome"] in BACK}
    assert left <= back.keys(), "what stays on the queue has another outcome"
    expected = Counter(_without_attempts(body) for key, body in back.items() if key not in left)
    copies = Counter(_without_attempts(copy["MessageBody"]) for copy in world.copies)
    assert copies == expected, "what is not done is on its way, or stays on the queue"


def _without_attempts(body: str) -> str:
    """What a copy has in common with its original; `json.dumps` writes each lone surrogate and each float alike."""
    return json.dumps({**json.loads(body), "attempts": 0}, sort_keys=True)
