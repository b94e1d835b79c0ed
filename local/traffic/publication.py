"""A message as it is handed over."""

from dataclasses import dataclass
from enum import StrEnum

from local.standins.crm.state import NOTHING, Facts
from local.traffic.draft import Due, Ending
from schemas.reasons import Reason

INGRESS = "queue_processor"
"""The function behind the ingress queue."""

SOURCE = "taly.backend"


class Door(StrEnum):
    """Where producers hand over a message."""

    QUEUE = "ingress queue"
    BUS = "event bus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One message to hand over, and what must become of it."""

    door: Door
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
