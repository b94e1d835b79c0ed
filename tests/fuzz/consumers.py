"""The function of any type: what lies in its queue is done, comes back, or is in its dead-letter queue unchanged."""

import importlib
import json
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from lambdas.common.handlers import Handler
from lambdas.common.record import SqsRecord
from schemas.catalogue import BY_NAME
from schemas.claims import claims
from schemas.decoding import decode_strictly
from schemas.event_type import EventType
from schemas.message import Message
from tests.fuzz.conservation import Ends, conserved
from tests.fuzz.outside import Outside
from tests.messages import COMPANY
from tests.unit.fakes import FakeContext, World


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
    world = World(clients=outside.clients, capabilities=outside.capabilities())
    answer = handler_of(event_type).process({"Records": list(came)}, FakeContext(), world.runtime())
    ends = conserved(came, answer, world)
    for entry in world.events.published:
        _is_a_message_that_the_next_one_takes(entry, event_type)
    return ends


def _is_a_message_that_the_next_one_takes(entry: dict[str, str], parent: EventType[Any]) -> None:
    message = decode_strictly(entry["Detail"], catalogue=BY_NAME)
    assert isinstance(message, Message), f"{parent} emits what its function refuses: {message}"
    assert message.type in {each.name for each in parent.emits | parent.schedules}
    assert json.loads(entry["Detail"])["type"] == entry["DetailType"]
