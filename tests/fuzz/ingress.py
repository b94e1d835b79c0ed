"""The ingress: whatever lies in its queue is on the bus byte for byte, or in the dead-letter queue, or still there."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.queue_processor.handler import handler as ingress
from schemas.catalogue import BY_NAME
from schemas.decoding import decode
from schemas.event_type import EventType
from schemas.message import Message
from schemas.reasons import Outcome
from tests.fakes.function import FakeContext, World
from tests.fuzz.conservation import Ends, conserved


def at_the_ingress(came: Sequence[SqsRecord]) -> Ends:
    """Let the ingress handle a batch, and check all that must hold.

    Raises:
        AssertionError: something does not.
    """
    world = World()
    answer = ingress.process({"Records": list(came)}, FakeContext(), world.runtime())
    ends = conserved(came, answer, world)
    routed = [record for record in came if ends[record["messageId"]]["outcome"] == Outcome.ROUTED]
    details = Counter(entry["Detail"] for entry in world.events.published)
    assert details == Counter(_as_published(record["body"], ends[record["messageId"]]["id"]) for record in routed)
    for entry in world.events.published:
        _its_function_reads_it_alike(entry["Detail"], BY_NAME[entry["DetailType"]])
    return ends


def _as_published(body: str, message_id: str) -> str:
    """With its id where it came without one, and every other byte as it came."""
    if "id" in json.loads(body):
        return body
    before, after = body.split("{", 1)
    return f'{before}{{"id":"{message_id}",{after}'


def _its_function_reads_it_alike(detail: str, event_type: EventType[Any]) -> None:
    message = decode(detail, event_type, catalogue=lambda: BY_NAME)
    assert isinstance(message, Message), f"what the ingress let through is refused behind it: {message}"
    assert message.id == json.loads(detail)["id"]
