"""What each mail tells: the values that its template names, held to the same rules as on the wire."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from schemas.emails import Template
from schemas.payments import DeclineCode
from schemas.reports import ReportFormat
from schemas.wire import Currency, HttpsUrl, Name, PositiveInteger, Timestamp, WireModel


class AppointmentValues(WireModel):
    """Of an appointment that was booked, or that is near."""

    service: Name
    staff: Name
    start_time: Timestamp
    end_time: Timestamp


class ReportValues(WireModel):
    """Of a report that can be downloaded."""

    title: Name
    format: Annotated[ReportFormat, Field(strict=False)]  # it comes as text
    download_url: HttpsUrl
    expires_at: Timestamp


class PaymentValues(WireModel):
    """Of a payment that nobody will try again."""

    invoice: Name
    amount: PositiveInteger
    """In the currency's minor units."""

    currency: Currency
    decline_code: DeclineCode | None
    attempt_count: PositiveInteger
    failed_at: Timestamp


class InvitationValues(WireModel):
    """Of an invitation to join a company's team."""

    inviter: Name
    accept_url: HttpsUrl
    expires_at: Timestamp


VALUES: Mapping[Template, type[WireModel]] = {
    Template.BOOKING_CONFIRMATION: AppointmentValues,
    Template.APPOINTMENT_REMINDER: AppointmentValues,
    Template.REPORT_READY: ReportValues,
    Template.PAYMENT_FAILED: PaymentValues,
    Template.USER_INVITATION: InvitationValues,
}
