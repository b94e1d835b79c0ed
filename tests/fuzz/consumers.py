"""The check of a type's function: each message is handled, returned to the queue, or dead-lettered unchanged."""

import importlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.follow_ups import AT_ONCE
from lambdas.common.handlers import Handler
from schemas.catalogue import BY_NAME
from schemas.claims import claims
from schemas.decoding import decode, decode_strictly
from schemas.event_type import EventType
from schemas.message import AnyMessage, Message
from tests.fakes.function import FakeContext
from tests.fuzz.conservation import OutcomeLines, begin_all, check_conservation
from tests.fuzz.services import FakeServices
from tests.messages import COMPANY


@cache
def handler_of(event_type: EventType[Any]) -> Handler[Any]:
    """Return the handler that Lambda calls."""
    handler = importlib.import_module(f"lambdas.{event_type.folder}.handler").handler
    assert isinstance(handler, Handler)
    return handler


def check_function(event_type: EventType[Any], records: Sequence[SqsRecord], random: Random) -> OutcomeLines:
    """Handle a batch by a type's function and check all guarantees.

    Raises:
        AssertionError: a guarantee is broken.
    """
    first = claims(records[0]["body"]) if records else None
    services = FakeServices(random, (first and first.company_id) or COMPANY)
    harness = services.harness()
    begin_all(records, event_type.name, harness)
    answer = handler_of(event_type).process({"Records": list(records)}, FakeContext(), harness.runtime())
    assert not services.violations, "; ".join(services.violations)
    outcomes = check_conservation(records, answer, harness)
    assert "AssertionError" not in {line.get("error") for line in outcomes.values()}, "a fake's rule was broken"
    unseen = _unseen_by_the_ingress(records, event_type)
    for entry in harness.events.published:
        _check_published(entry, event_type, harness.now, unseen)
    for request in harness.scheduler.schedules.values():
        message = _decoded(request["Target"]["Input"], event_type, unseen)
        assert message.type in {each.name for each in event_type.schedules}, f"{event_type} schedules {message.type}"
    return outcomes


def _unseen_by_the_ingress(records: Sequence[SqsRecord], event_type: EventType[Any]) -> Collection[str]:
    """Return the ids of messages that the function reads and the ingress refuses: they were put on the bus directly."""
    read = (decode(record["body"], event_type, catalogue=lambda: BY_NAME) for record in records)
    return {
        message.id
        for message, record in zip(read, records, strict=True)
        if isinstance(message, Message) and not isinstance(decode_strictly(record["body"], catalogue=BY_NAME), Message)
    }


def _check_published(entry: Mapping[str, str], parent: EventType[Any], now: datetime, unseen: Collection[str]) -> None:
    """Check that the parent emits this type, or schedules it and it is due at once."""
    message = _decoded(entry["Detail"], parent, unseen)
    assert message.type == entry["DetailType"]
    if message.type not in {each.name for each in parent.emits}:
        assert message.type in {each.name for each in parent.schedules}, f"{parent} emits {message.type}"
        assert message.timestamp <= now + AT_ONCE, f"{parent} emits {message.type} before its time"


def _decoded(body: str, parent: EventType[Any], unseen: Collection[str]) -> AnyMessage:
    """Read a follow-up as the ingress does, or as its function does where the ingress never saw the parent."""
    message = decode_strictly(body, catalogue=BY_NAME)
    if unseen and not isinstance(message, Message):
        fields = json.loads(body)
        if fields["causationId"] in unseen:
            message = decode(body, BY_NAME[fields["type"]], catalogue=lambda: BY_NAME)
    assert isinstance(message, Message), f"{parent} emits a message that its function refuses: {message}"
    return message
