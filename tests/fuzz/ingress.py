"""The check of the ingress: each message is on the bus, in the dead-letter queue or still queued, unchanged."""

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
from tests.fakes.function import FakeContext, FunctionHarness
from tests.fuzz.conservation import OutcomeLines, begin_all, check_conservation


def check_ingress(records: Sequence[SqsRecord]) -> OutcomeLines:
    """Handle a batch by the ingress and check all guarantees.

    Raises:
        AssertionError: a guarantee is broken.
    """
    harness = FunctionHarness()
    begin_all(records, ingress.service, harness)
    answer = ingress.process({"Records": list(records)}, FakeContext(), harness.runtime())
    outcomes = check_conservation(records, answer, harness)
    routed = [record for record in records if outcomes[record["messageId"]]["outcome"] == Outcome.ROUTED]
    details = Counter(entry["Detail"] for entry in harness.events.published)
    assert details == Counter(_as_published(record["body"], outcomes[record["messageId"]]["id"]) for record in routed)
    for entry in harness.events.published:
        _check_function_reads(entry["Detail"], BY_NAME[entry["DetailType"]])
    return outcomes


def _as_published(body: str, message_id: str) -> str:
    """Return the expected event: the body, with the id added where it had none."""
    if "id" in json.loads(body):
        return body
    before, after = body.split("{", 1)
    return f'{before}{{"id":"{message_id}",{after}'


def _check_function_reads(detail: str, event_type: EventType[Any]) -> None:
    message = decode(detail, event_type, catalogue=lambda: BY_NAME)
    assert isinstance(message, Message), f"the type's function refuses what the ingress accepted: {message}"
    assert message.id == json.loads(detail)["id"]
