"""A message to publish, and what it must lead to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from local.standins.crm.state import NO_FACTS, Facts
from local.traffic.sample_data import SampleData
from schemas.activities import ACTIVITY_RECORD
from schemas.email_outcomes import EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.reasons import Outcome, Reason
from schemas.ses import SES_EVENT

SOURCE = "taly.backend"

DeliveryOutcome = tuple[str, str]
"""The outcome of one delivery: the function's name and the outcome."""


class PublicationDoor(StrEnum):
    """A way to publish a message."""

    QUEUE = "ingress queue"
    BUS = "event bus"


@dataclass(frozen=True, slots=True)
class ExpectedSchedule:
    """A schedule that must be pending at the end."""

    key: str
    at: datetime | None
    """In whole seconds, as EventBridge Scheduler has them. None if the time depends on when a function ran."""

    type: str
    """The type of the message that it will send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """A valid message before it is serialised."""

    event_type: EventType[Any]
    payload: Mapping[str, Any]
    """With the names on the wire."""

    subject: str
    """The id of the booking, appointment, payment, report or invitation, under which the CRM knows it."""

    happened_at: datetime
    outcomes: tuple[DeliveryOutcome, ...]
    """The outcomes of the message at its function and of all its follow-ups."""

    reports: tuple[DeliveryOutcome, ...] | None = None
    """The outcomes of SES's reports about its mails, and of their follow-ups; None if all mails are delivered."""

    schedules: tuple[ExpectedSchedule, ...] = ()
    reason: Reason | None = None
    """Why the message's function dead-letters it; None if it does not."""

    facts: Facts = NO_FACTS
    """The data that the stand-ins need before the message arrives."""

    phone: str = ""
    """The customer's phone number, in no other message: it identifies this message's text messages."""


Case = Callable[[SampleData], MessageDraft]
"""A case of a type: the function's name says what happens, its docstring what the message must lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A serialised message, and what it must lead to."""

    door: PublicationDoor
    type: str
    """The detail type on the bus."""

    body: str
    company_id: str
    id: str
    """The message's id, derived if it has none; empty if the body is unreadable."""

    subject: str
    outcomes: tuple[DeliveryOutcome, ...]
    """The outcomes of all deliveries: of this message and of all its follow-ups."""

    reports: tuple[DeliveryOutcome, ...] = ()
    """The outcomes of all deliveries of SES's reports about its mails, and of their follow-ups."""

    schedules: tuple[ExpectedSchedule, ...] = ()
    reason: Reason | None = None
    """Why the message itself is dead-lettered; None if it is not."""

    facts: Facts = NO_FACTS
    phone: str = ""
    follows: str = ""
    """The id of an earlier message with the same id or subject; empty if there is none."""


def delivered(event_type: EventType[Any], *outcomes: Outcome) -> tuple[DeliveryOutcome, ...]:
    """The outcomes of one message at its type's function, in order of delivery."""
    return tuple((event_type.name, str(outcome)) for outcome in outcomes)


def succeeded(event_type: EventType[Any]) -> tuple[DeliveryOutcome, ...]:
    """One successful delivery."""
    return delivered(event_type, Outcome.SUCCEEDED)


def delivery_reports(
    outcomes: Iterable[DeliveryOutcome], activity: Outcome = Outcome.SUCCEEDED
) -> tuple[DeliveryOutcome, ...]:
    """The outcomes of SES's reports if each mail that was sent is delivered.

    Args:
        outcomes: those of the message and its follow-ups.
        activity: the outcome of the activity about each mail.
    """
    mails = sum(each == (EMAIL_SEND.name, Outcome.SUCCEEDED) for each in outcomes)
    return (succeeded(SES_EVENT) + succeeded(EMAIL_DELIVERED) + delivered(ACTIVITY_RECORD, activity)) * mails
