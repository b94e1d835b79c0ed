"""A customer booked."""

from collections.abc import Iterator

from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.texts.plain_text import one_line
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BOOKING_CREATED, BookingCreated
from schemas.emails import EMAIL_SEND, EmailSend, Recipient, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_FAN_OUT, WebhookFanOut
from schemas.wire import Channel


@reaction(BOOKING_CREATED)
def handler(booking: Message[BookingCreated]) -> Iterator[FollowUp]:
    """Confirm by email where the customer wants emails, record the activity, have every endpoint notified."""
    if Channel.EMAIL.is_wanted(booking.payload.customer.channels):
        yield Emit(EMAIL_SEND, confirmation(booking.payload))
    yield Emit(ACTIVITY_RECORD, activity(booking))
    yield Emit(WEBHOOK_FAN_OUT, fan_out(booking))


def confirmation(booking: BookingCreated) -> EmailSend:
    """The email to the customer."""
    customer = booking.customer
    return EmailSend(
        company_id=booking.company_id,
        template=Template.BOOKING_CONFIRMATION,
        to=Recipient(email=customer.email, name=customer.name, locale=customer.locale, time_zone=booking.time_zone),
        company_name=booking.company_name,
        values={
            "appointmentId": booking.appointment_id or booking.booking_id,
            "version": booking.appointment_version,
            "service": booking.service,
            "staff": booking.staff,
            "startTime": booking.start_time.isoformat(),
            "endTime": booking.end_time.isoformat(),
        },
        subject_id=booking.booking_id,
        reply_to=booking.company_email,
    )


def activity(booking: Message[BookingCreated]) -> ActivityRecord:
    """The entry in the company's activity log."""
    service, staff = one_line(booking.payload.service) or "Appointment", one_line(booking.payload.staff)
    return ActivityRecord(
        company_id=booking.company_id,
        activity=Activity.BOOKING_CREATED,
        subject_id=booking.payload.booking_id,
        summary=f"{service} with {staff}" if staff else service,
        occurred_at=booking.timestamp,
    )


def fan_out(booking: Message[BookingCreated]) -> WebhookFanOut:
    """The event for the company's webhooks: the booking as it is on the wire."""
    return WebhookFanOut(
        company_id=booking.company_id,
        event=BOOKING_CREATED.name,
        occurred_at=booking.timestamp,
        data=booking.payload.model_dump(mode="json", by_alias=True),
    )
