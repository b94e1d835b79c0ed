"""The follow-ups of a booking."""

import pytest

from lambdas.booking_created.handler import handler
from lambdas.common.follow_ups import Emit
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BookingCreated
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_FAN_OUT, WebhookFanOut
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import APPOINTMENT, BOOKING, COMPANY, booking, booking_payload, text


def message(**payload: object) -> Message[BookingCreated]:
    return Message[BookingCreated].model_validate_json(text(booking(payload=booking_payload(**payload), id="b-1")))


def decide(message: Message[BookingCreated]) -> list[Emit]:
    return [follow_up for follow_up in handler.decide(message) or () if isinstance(follow_up, Emit)]


def test_booking_is_confirmed_recorded_and_fanned_out() -> None:
    follow_ups = decide(message())

    assert [follow_up.event_type for follow_up in follow_ups] == [EMAIL_SEND, ACTIVITY_RECORD, WEBHOOK_FAN_OUT]


def test_the_confirmation_waits_for_no_other_service() -> None:
    """The harness has neither a CRM nor secrets: any call would fail the message."""
    harness = FunctionHarness()

    handler.process(sqs_event(text(booking(id="b-1"))), FakeContext(), harness.runtime())

    assert harness.outcomes == ["succeeded"]
    assert handler.capabilities == {}
    assert "email.send" in {entry["DetailType"] for entry in harness.events.published}


def test_confirmation_goes_to_the_customer_with_their_time_zone() -> None:
    email = decide(message())[0].payload

    assert isinstance(email, EmailSend)
    assert email.company_id == COMPANY
    assert email.template is Template.BOOKING_CONFIRMATION
    assert email.to.email == "ada@example.com"
    assert email.to.time_zone == "Europe/Berlin"
    assert email.values == {
        "appointmentId": BOOKING,
        "version": None,
        "service": "Haircut",
        "staff": "Grace",
        "startTime": "2026-04-15T14:00:00+00:00",
        "endTime": "2026-04-15T14:45:00+00:00",
    }


def test_confirmation_names_the_appointment_and_its_version() -> None:
    email = decide(message(appointmentId=APPOINTMENT, appointmentVersion=2))[0].payload

    assert isinstance(email, EmailSend)
    assert (email.values["appointmentId"], email.values["version"]) == (APPOINTMENT, 2)
    assert email.subject_id == BOOKING


@pytest.mark.parametrize("address", ["hello@zoe.example", None])
def test_answers_to_the_confirmation_go_to_the_company(address: str | None) -> None:
    email = decide(message(companyEmail=address))[0].payload

    assert isinstance(email, EmailSend)
    assert email.reply_to == address


def test_confirmation_is_never_too_late() -> None:
    assert decide(message())[0].payload.ends_at() is None


def test_activity_states_the_booking_and_its_time() -> None:
    activity = decide(message())[1].payload

    assert isinstance(activity, ActivityRecord)
    assert activity.activity is Activity.BOOKING_CREATED
    assert activity.subject_id == BOOKING
    assert activity.summary == "Haircut with Grace"
    assert activity.occurred_at == message().timestamp


def test_longest_names_fit_in_an_activity() -> None:
    activity = decide(message(service="s" * 200, staff="t" * 200))[1].payload

    assert isinstance(activity, ActivityRecord)
    assert len(activity.summary) == 406


@pytest.mark.parametrize(
    ("service", "staff", "summary"),
    [
        (" ", "Grace", "Appointment with Grace"),
        ("Haircut", "\u200b", "Haircut"),
        ("Hair\ncut", "Gra\u202ece\x00", "Hair cut with Grace"),
    ],
)
def test_activity_is_one_line_without_blank_names(service: str, staff: str, summary: str) -> None:
    activity = decide(message(service=service, staff=staff))[1].payload

    assert isinstance(activity, ActivityRecord)
    assert activity.summary == summary


def test_webhooks_get_the_booking_as_on_the_wire() -> None:
    event = decide(message())[2].payload

    assert isinstance(event, WebhookFanOut)
    assert (event.company_id, event.event, event.occurred_at) == (COMPANY, "booking.created", message().timestamp)
    expected = booking_payload(appointmentId=None, appointmentVersion=None, companyEmail=None)
    assert event.data == expected | {"customer": expected["customer"] | {"channels": None}}


@pytest.mark.parametrize(
    ("channels", "confirmed"), [(None, True), (["email"], True), (["sms"], False), ([], False)], ids=str
)
def test_a_customer_who_wants_no_emails_gets_no_confirmation(channels: list[str] | None, *, confirmed: bool) -> None:
    customer = booking_payload()["customer"] | {"channels": channels}

    types = [follow_up.event_type for follow_up in decide(message(customer=customer))]

    assert types == [EMAIL_SEND, ACTIVITY_RECORD, WEBHOOK_FAN_OUT][0 if confirmed else 1 :]
