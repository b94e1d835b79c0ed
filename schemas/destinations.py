"""The systems that functions call, and the routes of each: what a message may have to wait for."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from schemas.event_type import EventType


class Destination(StrEnum):
    """A system that functions call."""

    CRM = "crm"
    SES = "ses"
    SNS = "sns"
    SECRETS = "secrets"
    TABLE = "table"
    BUS = "bus"
    SCHEDULER = "scheduler"

    @property
    def in_words(self) -> str:
        """Its name in a sentence."""
        return _IN_WORDS[self]


_IN_WORDS = {
    Destination.CRM: "the CRM",
    Destination.SES: "Amazon SES",
    Destination.SNS: "Amazon SNS",
    Destination.SECRETS: "Secrets Manager",
    Destination.TABLE: "the idempotency table",
    Destination.BUS: "the event bus",
    Destination.SCHEDULER: "EventBridge Scheduler",
}


class Route(NamedTuple):
    """One operation of a destination: that one works says little about another."""

    destination: Destination
    name: str

    @property
    def health_key(self) -> str:
        """The key of the item about it in the idempotency table."""
        return f"health#{self.destination}#{self.name}"


READ_APPOINTMENT = Route(Destination.CRM, "GET /internal/appointments/{id}")
READ_ADMINS = Route(Destination.CRM, "GET /internal/companies/{id}/admins")
READ_WEBHOOKS = Route(Destination.CRM, "GET /internal/companies/{id}/webhooks")
READ_PAYMENT = Route(Destination.CRM, "GET /internal/payments/{id}")
RECORD_ACTIVITY = Route(Destination.CRM, "POST /internal/activity")
RETRY_PAYMENT = Route(Destination.CRM, "POST /internal/payments/{id}/retry")
GENERATE_REPORT = Route(Destination.CRM, "POST /internal/reports/{id}/generate")
DISABLE_ENDPOINT = Route(Destination.CRM, "POST /internal/companies/{id}/webhooks/{endpointId}/disable")
REPORT_EMAIL_STATUS = Route(Destination.CRM, "POST /internal/companies/{id}/contacts/email-status")
REPORT_SMS_STATUS = Route(Destination.CRM, "POST /internal/companies/{id}/contacts/sms-status")
SEND_EMAIL = Route(Destination.SES, "SendEmail")
PUBLISH_TEXT = Route(Destination.SNS, "Publish")
READ_SECRET = Route(Destination.SECRETS, "GetSecretValue")
KEEP_RECORDS = Route(Destination.TABLE, "UpdateItem")
PUT_EVENTS = Route(Destination.BUS, "PutEvents")
SET_SCHEDULES = Route(Destination.SCHEDULER, "CreateSchedule")

ROUTES = (
    READ_APPOINTMENT,
    READ_ADMINS,
    READ_WEBHOOKS,
    READ_PAYMENT,
    RECORD_ACTIVITY,
    RETRY_PAYMENT,
    GENERATE_REPORT,
    DISABLE_ENDPOINT,
    REPORT_EMAIL_STATUS,
    REPORT_SMS_STATUS,
    SEND_EMAIL,
    PUBLISH_TEXT,
    READ_SECRET,
    KEEP_RECORDS,
    PUT_EVENTS,
    SET_SCHEDULES,
)
"""All routes that functions call."""


def destinations_of(event_type: "EventType[Any]") -> frozenset[Destination]:
    """Return the destinations that messages of a type may have to wait for."""
    from schemas.event_type import Kind, Needs  # functions need the routes alone

    by_need = {
        Needs.CRM: {Destination.CRM, Destination.SECRETS},
        Needs.EMAIL: {Destination.SES},
        Needs.SMS: {Destination.SNS},
        Needs.SUPPRESSED: {Destination.SECRETS, Destination.TABLE},
        Needs.HASH_KEY: {Destination.SECRETS},
        Needs.SUPPRESSION_LIST: {Destination.SECRETS, Destination.TABLE},
    }
    found = {Destination.TABLE} if event_type.kind is Kind.JOB else set[Destination]()
    if event_type.emits and event_type.kind is Kind.REACTION:  # a job reports by the way, and waits for no report
        found.add(Destination.BUS)
    if event_type.schedules:
        found |= {Destination.BUS, Destination.SCHEDULER}
    return frozenset(found.union(*(by_need.get(need, set()) for need in event_type.needs)))
