"""A customer booked."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.common.handlers import reaction
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BOOKING_CREATED, BookingCreated
from schemas.crm import WebhookEndpoint
from schemas.emails import EMAIL_SEND, EmailSend, Recipient, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver


@reaction(BOOKING_CREATED)
def handler(booking: Message[BookingCreated], crm: Crm) -> Iterator[FollowUp]:
    """Confirm by email, record the activity, and notify every subscribed endpoint."""
    yield Emit(EMAIL_SEND, confirmation(booking.payload))
    yield Emit(ACTIVITY_RECORD, activity(booking))
    company = crm.webhooks(booking.company_id, BOOKING_CREATED.name)
    if company.rows_left_out and not company.endpoints:
        raise UnreadableError("none of the company's endpoints can be notified", company.left_out)
    yield from map(LeftOut, company.left_out)
    for endpoint in company.endpoints:
        yield Emit(WEBHOOK_DELIVER, webhook(booking, endpoint), discriminator=endpoint.id)


def confirmation(booking: BookingCreated) -> EmailSend:
    """The email to the customer."""
    customer = booking.customer
    return EmailSend(
        company_id=booking.company_id,
        template=Template.BOOKING_CONFIRMATION,
        to=Recipient(email=customer.email, name=customer.name, locale=customer.locale, time_zone=booking.time_zone),
        company_name=booking.company_name,
        values={
            "service": booking.service,
            "staff": booking.staff,
            "startTime": booking.start_time.isoformat(),
            "endTime": booking.end_time.isoformat(),
        },
    )


def activity(booking: Message[BookingCreated]) -> ActivityRecord:
    """The entry in the company's activity log."""
    return ActivityRecord(
        company_id=booking.company_id,
        activity=Activity.BOOKING_CREATED,
        subject_id=booking.payload.booking_id,
        summary=f"{booking.payload.service.strip()} with {booking.payload.staff.strip()}",
        occurred_at=booking.timestamp,
    )


def webhook(booking: Message[BookingCreated], endpoint: WebhookEndpoint) -> WebhookDeliver:
    """The webhook to one subscribed endpoint: the booking as it is on the wire."""
    return WebhookDeliver(
        company_id=booking.company_id,
        endpoint_id=endpoint.id,
        event=BOOKING_CREATED.name,
        occurred_at=booking.timestamp,
        data=booking.payload.model_dump(mode="json", by_alias=True),
    )
