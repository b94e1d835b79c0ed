"""A message to be published: as a draft, and as it is handed over, with what must become of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from local.standins.crm.state import NOTHING, Facts
from local.traffic.chance import Chance
from schemas.event_type import EventType
from schemas.reasons import Outcome, Reason

SOURCE = "taly.backend"

Ending = tuple[str, str]
"""How one delivery to a function ends: the function's name, the outcome."""


class PublicationDoor(StrEnum):
    """Where producers hand over a message."""

    QUEUE = "ingress queue"
    BUS = "event bus"


@dataclass(frozen=True, slots=True)
class Due:
    """A schedule that must stand in the end."""

    key: str
    at: datetime | None
    """In whole seconds: EventBridge Scheduler knows none smaller. None where it hangs on when a function ran."""

    type: str
    """Of what it will send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """A valid message before it is written and handed over."""

    event_type: EventType[Any]
    payload: Mapping[str, Any]
    """On the wire's names."""

    subject: str
    """The booking, appointment, payment, report or invitation: the id by which the CRM is asked about it."""

    happened_at: datetime
    endings: tuple[Ending, ...]
    """Of the message at its own function, and of all that follows from it."""

    due: tuple[Due, ...] = ()
    reason: Reason | None = None
    """Why its own function dead-letters it, where it does."""

    facts: Facts = NOTHING
    """What the CRM is told before."""

    phone: str = ""
    """The customer's, no other message's: by it a text is known to be this one's."""


Case = Callable[[Chance], MessageDraft]
"""One thing that can happen: its name is the function's, its docstring says what must come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One message to hand over, and what must become of it."""

    door: PublicationDoor
    type: str
    """On the bus: its detail type."""

    body: str
    company_id: str
    id: str
    """The message's id, derived where it gives none; empty where the body cannot be read."""

    subject: str
    endings: tuple[Ending, ...]
    """How every delivery ends: its own, and those of all that follows from it."""

    due: tuple[Due, ...] = ()
    reason: Reason | None = None
    """Why it is dead-lettered itself, where it is."""

    facts: Facts = NOTHING
    phone: str = ""
    comes_after: str = ""
    """The id of the message, published before, with which this one shares its id or its subject."""


def ending(event_type: EventType[Any], *outcomes: Outcome) -> tuple[Ending, ...]:
    """The deliveries of one message to its type's function, in turn."""
    return tuple((event_type.name, str(outcome)) for outcome in outcomes)


def succeeded(event_type: EventType[Any]) -> tuple[Ending, ...]:
    """One delivery, its work done."""
    return ending(event_type, Outcome.SUCCEEDED)
