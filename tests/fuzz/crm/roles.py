"""The role of each field of the CRM's answers, and of producers' payloads, for the function that reads it.

The roles are written from the rule, not from the models: what the function cannot do without, and what serves whom.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from tests.fuzz.crm.values import Kind


class Role(Enum):
    """What a place means to the function that reads it."""

    NEEDED = auto()
    """Without it, nothing can be done: the answer or message as a whole is refused."""

    ROW = auto()
    """Without it, its row is left out."""

    CHANNEL = auto()
    """Without it, its channel is left out: there is nothing to send to."""

    DETAIL = auto()
    """Without it, everything is served all the same."""

    OPTIONAL = auto()
    """In messages: it may be missing or null, but where it has a value, that must be valid."""

    UNREAD = auto()
    """The function does not look at it."""


class Field(NamedTuple):
    """One place of a document; `[]` in its path stands for each row."""

    role: Role
    kind: Kind


APPOINTMENT: Mapping[str, Field] = {
    "id": Field(Role.NEEDED, Kind.UUID),
    "companyId": Field(Role.NEEDED, Kind.UUID),
    "status": Field(Role.NEEDED, Kind.STATUS),
    "startTime": Field(Role.NEEDED, Kind.MOMENT),
    "companyName": Field(Role.DETAIL, Kind.NAME),
    "service": Field(Role.DETAIL, Kind.NAME),
    "staff": Field(Role.DETAIL, Kind.NAME),
    "endTime": Field(Role.DETAIL, Kind.MOMENT),
    "timeZone": Field(Role.DETAIL, Kind.ZONE),
    "customer": Field(Role.CHANNEL, Kind.ROW),
    "customer.name": Field(Role.DETAIL, Kind.NAME),
    "customer.email": Field(Role.CHANNEL, Kind.EMAIL),
    "customer.phone": Field(Role.CHANNEL, Kind.PHONE),
    "customer.locale": Field(Role.DETAIL, Kind.LOCALE),
    "customer.channels": Field(Role.DETAIL, Kind.CHANNELS),
    "companyEmail": Field(Role.DETAIL, Kind.EMAIL),
    "unsubscribeUrl": Field(Role.DETAIL, Kind.URL),
    "version": Field(Role.DETAIL, Kind.COUNT),
}

PLANNED = {
    path: field if field.role is Role.NEEDED else Field(Role.UNREAD, field.kind)
    for path, field in APPOINTMENT.items()
    if path != "version"
}
"""Schedules hold no more than the appointment's id, company and start. Its version decides whether a mail is sent."""

ADMINS: Mapping[str, Field] = {
    "companyName": Field(Role.DETAIL, Kind.NAME),
    "admins": Field(Role.NEEDED, Kind.ROWS),
    "admins[]": Field(Role.ROW, Kind.ROW),
    "admins[].id": Field(Role.DETAIL, Kind.REFERENCE),
    "admins[].name": Field(Role.DETAIL, Kind.NAME),
    "admins[].email": Field(Role.ROW, Kind.EMAIL),
    "admins[].locale": Field(Role.DETAIL, Kind.LOCALE),
    "admins[].timeZone": Field(Role.DETAIL, Kind.ZONE),
    "admins[].channels": Field(Role.DETAIL, Kind.CHANNELS),
}

WEBHOOKS: Mapping[str, Field] = {
    "endpoints": Field(Role.NEEDED, Kind.ROWS),
    "endpoints[]": Field(Role.ROW, Kind.ROW),
    "endpoints[].id": Field(Role.ROW, Kind.REFERENCE),
    "endpoints[].url": Field(Role.DETAIL, Kind.URL),
    "endpoints[].secrets": Field(Role.DETAIL, Kind.TEXTS),
    "endpoints[].enabledAt": Field(Role.DETAIL, Kind.MOMENT),
}

PAYMENT: Mapping[str, Field] = {
    "status": Field(Role.DETAIL, Kind.STATUS),
    "retries": Field(Role.DETAIL, Kind.COUNT),
}

_RECIPIENT: Mapping[str, Field] = {
    "email": Field(Role.NEEDED, Kind.EMAIL),
    "name": Field(Role.OPTIONAL, Kind.NAME),
    "locale": Field(Role.OPTIONAL, Kind.LOCALE),
    "timeZone": Field(Role.OPTIONAL, Kind.ZONE),
}

BOOKING: Mapping[str, Field] = {
    "companyId": Field(Role.NEEDED, Kind.UUID),
    "bookingId": Field(Role.NEEDED, Kind.UUID),
    "companyName": Field(Role.NEEDED, Kind.NAME),
    "customer": Field(Role.NEEDED, Kind.ROW),
    "customer.name": Field(Role.NEEDED, Kind.NAME),
    "customer.email": Field(Role.NEEDED, Kind.EMAIL),
    "customer.phone": Field(Role.OPTIONAL, Kind.PHONE),
    "customer.locale": Field(Role.OPTIONAL, Kind.LOCALE),
    "customer.channels": Field(Role.OPTIONAL, Kind.CHANNELS),
    "appointmentId": Field(Role.OPTIONAL, Kind.UUID),
    "appointmentVersion": Field(Role.OPTIONAL, Kind.COUNT),
    "companyEmail": Field(Role.OPTIONAL, Kind.EMAIL),
    "service": Field(Role.NEEDED, Kind.NAME),
    "staff": Field(Role.NEEDED, Kind.NAME),
    "startTime": Field(Role.NEEDED, Kind.MOMENT),
    "endTime": Field(Role.NEEDED, Kind.MOMENT),
    "timeZone": Field(Role.NEEDED, Kind.ZONE),
}

REPORT: Mapping[str, Field] = {
    "companyId": Field(Role.NEEDED, Kind.UUID),
    "reportId": Field(Role.NEEDED, Kind.UUID),
    "companyName": Field(Role.NEEDED, Kind.NAME),
    "title": Field(Role.NEEDED, Kind.NAME),
    "format": Field(Role.NEEDED, Kind.EVENT),
    "downloadUrl": Field(Role.NEEDED, Kind.URL),
    "expiresAt": Field(Role.NEEDED, Kind.MOMENT),
    "recipients": Field(Role.NEEDED, Kind.ROWS),
    "recipients[]": Field(Role.NEEDED, Kind.ROW),
    **{f"recipients[].{name}": field for name, field in _RECIPIENT.items()},
}

INVITED: Mapping[str, Field] = {
    "companyId": Field(Role.NEEDED, Kind.UUID),
    "invitationId": Field(Role.NEEDED, Kind.UUID),
    "companyName": Field(Role.NEEDED, Kind.NAME),
    "inviter": Field(Role.NEEDED, Kind.NAME),
    "acceptUrl": Field(Role.NEEDED, Kind.URL),
    "expiresAt": Field(Role.NEEDED, Kind.MOMENT),
    **_RECIPIENT,
}
