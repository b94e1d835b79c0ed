"""A customer booked: what follows."""

from typing import Any

import pytest

from lambdas.booking_created.handler import handler
from lambdas.common.follow_ups import Emit
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BookingCreated
from schemas.crm import CompanyWebhooks, WebhookEndpoint
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver
from tests.messages import BOOKING, COMPANY, booking, booking_payload, company_webhooks, text


class FakeCrm:
    """A CRM in which a company has subscribed these endpoints."""

    def __init__(self, *endpoints: str) -> None:
        self.answer = company_webhooks(*endpoints)
        self.asked: list[tuple[str, str]] = []

    def webhooks(self, company_id: str, event: str) -> tuple[WebhookEndpoint, ...]:
        self.asked.append((company_id, event))
        return CompanyWebhooks.model_validate_json(text(self.answer)).endpoints


class Down:
    def webhooks(self, company_id: str, event: str) -> tuple[WebhookEndpoint, ...]:
        raise ConnectionError


def message(**payload: object) -> Message[BookingCreated]:
    return Message[BookingCreated].model_validate_json(text(booking(payload=booking_payload(**payload), id="b-1")))


def decide(message: Message[BookingCreated], crm: Any = None) -> list[Emit]:
    follow_ups = handler.decide(message, crm=crm or FakeCrm()) or ()
    return [follow_up for follow_up in follow_ups if isinstance(follow_up, Emit)]


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


def test_every_subscribed_endpoint_is_told_by_a_message_of_its_own() -> None:
    crm = FakeCrm("we_1", "we_2")

    follow_ups = decide(message(), crm)

    told = [each for each in follow_ups if each.event_type is WEBHOOK_DELIVER]
    assert [each.discriminator for each in told] == ["we_1", "we_2"]
    assert [getattr(each.payload, "endpoint_id", None) for each in told] == ["we_1", "we_2"]
    assert crm.asked == [(COMPANY, "booking.created")]


def test_an_endpoint_is_told_the_booking_as_on_the_wire() -> None:
    told = decide(message(), FakeCrm("we_1"))[-1].payload

    assert isinstance(told, WebhookDeliver)
    assert (told.company_id, told.event, told.occurred_at) == (COMPANY, "booking.created", message().timestamp)
    assert told.data == booking_payload()


def test_no_address_and_no_secret_travels_in_the_message() -> None:
    told = decide(message(), FakeCrm("we_1"))[-1].payload.model_dump_json()

    assert "https://" not in told
    assert "whsec_" not in told


def test_while_the_crm_is_down_the_whole_booking_is_tried_again() -> None:
    with pytest.raises(ConnectionError):
        decide(message(), Down())
