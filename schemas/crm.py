"""Responses of the CRM: the fields that functions read. All other fields are ignored.

They are read tolerantly. What cannot be read costs as little as possible: a field with a default its own value, a row
of a list that row. `left_out` names what that was. Only what every function needs refuses a whole answer.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError
from pydantic_core import PydanticCustomError

from schemas.crm_values import email_address, language_tag, lowered, moment, name_of, phone_number, trimmed
from schemas.wire import (
    MAX_SAFE_INTEGER,
    Channel,
    CompanyName,
    Count,
    EmailAddress,
    HttpsUrl,
    Impersonal,
    Locale,
    Name,
    Personal,
    PhoneNumber,
    Reference,
    Secret,
    Timestamp,
    TimeZone,
    Uuid,
    WireModel,
)

REPEATED_ROW = "repeated_row"
"""Type of the error about rows of a list that count once; `rows` in its context has their positions."""

_CrmId = Annotated[Uuid, BeforeValidator(lowered)]
_CrmReference = Annotated[Reference, BeforeValidator(trimmed)]
_CrmName = Annotated[Name, BeforeValidator(name_of)]
_CrmCompanyName = Annotated[CompanyName, BeforeValidator(name_of)]
_CrmTimestamp = Annotated[Timestamp, BeforeValidator(moment)]
_CrmTimeZone = Annotated[TimeZone, BeforeValidator(trimmed)]
_CrmLocale = Annotated[Locale, BeforeValidator(language_tag)]
_CrmEmail = Annotated[EmailAddress, BeforeValidator(email_address)]


class CrmAnswer(WireModel):
    """Base of the CRM's answers."""

    _left_out: tuple[str, ...] = PrivateAttr(default=())
    _rows_left_out: int = PrivateAttr(default=0)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences about what could not be read: place and problem, never a value."""
        return self._left_out

    @property
    def rows_left_out(self) -> int:
        """Number of rows that could not be read."""
        return self._rows_left_out


A = TypeVar("A", bound=CrmAnswer)
R = TypeVar("R", bound=WireModel)


def read(model: type[A], body: bytes) -> A:
    """Read an answer of the CRM, without what cannot be read and can be done without.

    Raises:
        ValidationError: the answer lacks what every function needs.
    """
    try:
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        from schemas.tolerant_reading import readable_part  # most answers are as agreed

        part = readable_part(model, body, error)
        found = model.model_validate_json(part.body, by_alias=True, by_name=False)
        found._left_out, found._rows_left_out = part.left_out, part.rows_left_out  # noqa: SLF001 this module's own
        return found


def _each_once(keys: Callable[[R], Iterable[Hashable]], best: Callable[[R], bool]) -> AfterValidator:
    """Refuse the rows that share a key with a better or an earlier row."""

    def check(rows: tuple[R, ...]) -> tuple[R, ...]:
        seen: set[Hashable] = set()
        repeated = []
        for position in sorted(range(len(rows)), key=lambda number: not best(rows[number])):
            own = set(keys(rows[position]))
            if own & seen:
                repeated.append(position)
            else:
                seen |= own
        if repeated:
            raise PydanticCustomError(REPEATED_ROW, "repeats another row", {"rows": repeated})
        return rows

    return AfterValidator(check)


_CrmChannels = tuple[Annotated[Channel, Field(strict=False), BeforeValidator(lowered)], ...]
"""Each row is read by itself: a channel that this system does not know is left out."""


class AppointmentCustomer(WireModel):
    """The customer of an appointment, with contact details. Personal data: never logged."""

    name: Annotated[_CrmName | None, Personal("greeting of the reminder")] = None
    email: Annotated[_CrmEmail | None, Personal("address of the reminder email")] = None
    phone: Annotated[
        Annotated[PhoneNumber, BeforeValidator(phone_number)] | None, Personal("number of the reminder SMS")
    ] = None
    locale: _CrmLocale = "en"
    channels: _CrmChannels | None = None
    """By which channels the customer wants to hear; None where the CRM does not say: by all."""

    def wants(self, channel: Channel) -> bool:
        """Whether the customer wants to hear by a channel."""
        return channel.is_wanted(self.channels)


_NOBODY = AppointmentCustomer()
_CONTACTS = {Channel.EMAIL: "email", Channel.SMS: "phone"}


class Appointment(CrmAnswer):
    """`GET /internal/appointments/{id}`: the current state of an appointment.

    Functions need its id, company, status and start. Texts do without the other fields, or have other words for them.
    """

    id: _CrmId
    company_id: _CrmId
    company_name: _CrmCompanyName | None = None
    company_email: Annotated[_CrmEmail | None, Personal("address that answers to mails go to")] = None
    version: Count | None = None
    """Counts the changes that events report on: the SEQUENCE of its calendar entry (RFC 5545, section 3.8.7.4)."""

    unsubscribe_url: Annotated[HttpsUrl | None, BeforeValidator(trimmed), Secret("ends reminders at one click")] = None
    status: Annotated[str, Field(min_length=1), BeforeValidator(lowered), Impersonal("a status of the CRM")]
    """`cancelled`, or any other status (booked, confirmed, …): the appointment takes place."""

    customer: AppointmentCustomer = _NOBODY
    service: Annotated[_CrmName | None, Personal("shown in the reminder; can reveal a customer's health")] = None
    staff: Annotated[_CrmName | None, Personal("shown in the reminder")] = None
    start_time: _CrmTimestamp
    end_time: _CrmTimestamp | None = None
    time_zone: _CrmTimeZone = "UTC"
    """The customer's time zone; reminders show times in it."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the appointment was cancelled, in British or American spelling."""
        return self.status in {"cancelled", "canceled"}

    def unreadable_contacts(self, channels: Iterable[Channel]) -> Sequence[str]:
        """Return what was left out of the customer's contact details for these channels."""
        places = ("customer:", *(f"customer.{_CONTACTS[channel]}:" for channel in channels))
        return [each for each in self.left_out if each.startswith(places)]


class Admin(WireModel):
    """An administrator of a company's account. Personal data: never logged."""

    id: _CrmReference | None = None
    name: Annotated[_CrmName | None, Personal("greeting of the email")] = None
    email: Annotated[_CrmEmail, Personal("address of the email about a failed payment")]
    locale: _CrmLocale = "en"
    time_zone: _CrmTimeZone = "UTC"
    channels: _CrmChannels | None = None
    """By which channels the admin wants to hear; None where the CRM does not say: by all."""


def _identities(admin: Admin) -> Iterable[Hashable]:
    """An id and an address: each of them belongs to one person."""
    return filter(None, (admin.id and ("id", admin.id), ("address", admin.email.lower())))


class CompanyAdmins(CrmAnswer):
    """`GET /internal/companies/{id}/admins`: a company's name and administrators."""

    company_name: _CrmCompanyName | None = None
    admins: Annotated[tuple[Admin, ...], _each_once(_identities, lambda _: True)]
    """Each person once, by id and by address."""


class PaymentState(CrmAnswer):
    """`GET /internal/payments/{id}`: the current state of a payment. What the CRM does not know, it leaves out."""

    status: Annotated[str | None, BeforeValidator(lowered), Impersonal("a status of the CRM")] = None
    """`paid`, or any other status (open, void, …): the payment is still owed, or the status is unknown."""

    retries: Annotated[Count | None, Field(lt=MAX_SAFE_INTEGER)] = None
    """How many retries of this system the CRM has made, declined ones included; each counts from its start on."""

    @property
    def is_paid(self) -> bool:
        """Whether the payment was made."""
        return self.status == "paid"


class WebhookEndpoint(WireModel):
    """A company's endpoint that receives webhooks.

    Address and secrets are checked at delivery, so that a bad one costs the webhooks to its endpoint alone.
    """

    id: _CrmReference
    url: Annotated[str | None, BeforeValidator(trimmed), Secret("address of the endpoint; may contain a token")] = None
    secrets: Annotated[tuple[str, ...], Secret("signing keys of webhooks")] = ()
    """Each is `whsec_` and base64 of at least 24 bytes (Standard Webhooks); there are two during a rotation."""

    enabled_at: _CrmTimestamp | None = None
    """When somebody last enabled it again, after it was disabled; None: never, or the CRM does not say."""


class CompanyWebhooks(CrmAnswer):
    """`GET /internal/companies/{id}/webhooks?event=…`: a company's endpoints that subscribe to an event type."""

    endpoints: Annotated[
        tuple[WebhookEndpoint, ...], _each_once(lambda row: [row.id], lambda row: bool(row.url and row.secrets))
    ]
    """Each once by its id; of two rows the one with an address and secrets."""
