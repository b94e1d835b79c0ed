"""The function of any type: what lies in its queue is done, comes back, or is in its dead-letter queue unchanged."""

import importlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.batch.planning import AT_ONCE
from lambdas.common.handlers import Handler
from schemas.catalogue import BY_NAME
from schemas.claims import claims
from schemas.decoding import decode_strictly
from schemas.event_type import EventType
from schemas.message import AnyMessage, Message
from tests.fakes.function import FakeContext, World
from tests.fuzz.conservation import Ends, conserved
from tests.fuzz.outside import Outside
from tests.messages import COMPANY


@cache
def handler_of(event_type: EventType[Any]) -> Handler[Any]:
    """What Lambda calls."""
    handler = importlib.import_module(f"lambdas.{event_type.folder}.handler").handler
    assert isinstance(handler, Handler)
    return handler


def at_its_function(event_type: EventType[Any], came: Sequence[SqsRecord], random: Random) -> Ends:
    """Let a type's function handle a batch, and check all that must hold.

    Raises:
        AssertionError: something does not.
    """
    first = claims(came[0]["body"]) if came else None
    outside = Outside(random, (first and first.company_id) or COMPANY)
    world = World(clients=outside.clients(), capabilities=outside.capabilities())
    answer = handler_of(event_type).process({"Records": list(came)}, FakeContext(), world.runtime())
    assert not outside.wrong, "; ".join(outside.wrong)
    ends = conserved(came, answer, world)
    assert "AssertionError" not in {line.get("error") for line in ends.values()}, "a fake's rule was broken"
    for entry in world.events.published:
        _may_be_published(entry, event_type, world.now)
    for request in world.scheduler.schedules.values():
        message = _what_the_next_one_takes(request["Target"]["Input"], event_type)
        assert message.type in {each.name for each in event_type.schedules}, f"{event_type} schedules {message.type}"
    return ends


def _may_be_published(entry: Mapping[str, str], parent: EventType[Any], now: datetime) -> None:
    """Its type is one that the parent emits; or schedules, where it is due at once."""
    message = _what_the_next_one_takes(entry["Detail"], parent)
    assert message.type == entry["DetailType"]
    if message.type not in {each.name for each in parent.emits}:
        assert message.type in {each.name for each in parent.schedules}, f"{parent} emits {message.type}"
        assert message.timestamp <= now + AT_ONCE, f"{parent} emits {message.type} before its time"


def _what_the_next_one_takes(body: str, parent: EventType[Any]) -> AnyMessage:
    message = decode_strictly(body, catalogue=BY_NAME)
    assert isinstance(message, Message), f"{parent} emits what its function refuses: {message}"
    return message
