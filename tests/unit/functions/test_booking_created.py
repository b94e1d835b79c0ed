"""A customer booked: what follows."""

from lambdas.booking_created.handler import handler
from lambdas.common.follow_ups import Emit
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BookingCreated
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.message import Message
from tests.messages import BOOKING, COMPANY, booking, booking_payload, text


def message(**payload: object) -> Message[BookingCreated]:
    return Message[BookingCreated].model_validate_json(text(booking(payload=booking_payload(**payload), id="b-1")))


def decide(message: Message[BookingCreated]) -> list[Emit]:
    return [follow_up for follow_up in handler.decide(message) or () if isinstance(follow_up, Emit)]


def test_a_booking_is_confirmed_by_email_and_recorded() -> None:
    follow_ups = decide(message())

    assert [follow_up.event_type for follow_up in follow_ups] == [EMAIL_SEND, ACTIVITY_RECORD]


def test_the_confirmation_goes_to_the_customer_in_their_zone() -> None:
    email = decide(message())[0].payload

    assert isinstance(email, EmailSend)
    assert email.company_id == COMPANY
    assert email.template is Template.BOOKING_CONFIRMATION
    assert email.to.email == "ada@example.com"
    assert email.to.time_zone == "Europe/Berlin"
    assert email.values == {
        "service": "Haircut",
        "staff": "Grace",
        "startTime": "2026-04-15T14:00:00+00:00",
        "endTime": "2026-04-15T14:45:00+00:00",
    }


def test_the_activity_tells_what_was_booked_and_when_it_was() -> None:
    _, follow_up = decide(message())

    activity = follow_up.payload
    assert isinstance(activity, ActivityRecord)
    assert activity.activity is Activity.BOOKING_CREATED
    assert activity.subject_id == BOOKING
    assert activity.summary == "Haircut with Grace"
    assert activity.occurred_at == message().timestamp


def test_the_longest_names_still_make_an_activity() -> None:
    _, follow_up = decide(message(service="s" * 200, staff="t" * 200))

    assert isinstance(follow_up.payload, ActivityRecord)
    assert len(follow_up.payload.summary) == 406
