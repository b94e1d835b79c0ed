"""The values of each email template, validated by the same rules as messages on the wire."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from lambdas.common.texts.plain_text import one_line
from schemas.emails import Template
from schemas.payments import DeclineCode
from schemas.reports import ReportFormat
from schemas.wire import (
    Count,
    Currency,
    HttpsUrl,
    Name,
    OwnWords,
    PositiveInteger,
    Reference,
    Timestamp,
    Uuid,
    WireModel,
)

_ON_ONE_LINE = AfterValidator(lambda name: one_line(name or ""))
"""A name that shows nothing is empty: the mail then has the language's words for it, or leaves it out."""


class AppointmentValues(WireModel):
    """Values of emails on a booking or an upcoming appointment."""

    service: Annotated[Name | None, _ON_ONE_LINE]
    staff: Annotated[Name | None, _ON_ONE_LINE]
    """Left out of the email where the name shows nothing."""

    start_time: Timestamp
    end_time: Timestamp | None = None
    """Null where the CRM does not know it: the email then says when it begins."""

    appointment_id: Uuid | None = None
    """With it the email carries the appointment's calendar file."""

    version: Count | None = None
    """The CRM's version of the appointment, by which a calendar knows the latest file; null where it is unknown."""


class ReportValues(WireModel):
    """Values of the email with a report's download link."""

    title: Annotated[Name, _ON_ONE_LINE]
    format: Annotated[ReportFormat, Field(strict=False)]  # accept the enum's value as text
    download_url: HttpsUrl
    expires_at: Timestamp


class PaymentValues(WireModel):
    """Values of the email on a payment that failed for good."""

    invoice: Annotated[Name, _ON_ONE_LINE]
    amount: PositiveInteger
    """Amount in the currency's minor units."""

    currency: Currency
    decline_code: DeclineCode | None
    attempt_count: PositiveInteger
    failed_at: Timestamp


class WebhookValues(WireModel):
    """Values of the email on a webhook endpoint that fails."""

    endpoint: Reference
    failing_since: Timestamp
    last_answer: Annotated[OwnWords, _ON_ONE_LINE]
    disabled_from: Timestamp


class InvitationValues(WireModel):
    """Values of the invitation to join a company's team."""

    inviter: Annotated[Name, _ON_ONE_LINE]
    accept_url: HttpsUrl
    expires_at: Timestamp


VALUES: Mapping[Template, type[WireModel]] = {
    Template.BOOKING_CONFIRMATION: AppointmentValues,
    Template.APPOINTMENT_REMINDER: AppointmentValues,
    Template.APPOINTMENT_MOVED: AppointmentValues,
    Template.APPOINTMENT_CANCELLED: AppointmentValues,
    Template.REPORT_READY: ReportValues,
    Template.PAYMENT_FAILED: PaymentValues,
    Template.WEBHOOK_FAILING: WebhookValues,
    Template.USER_INVITATION: InvitationValues,
}
