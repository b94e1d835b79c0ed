"""The follow-ups of a booking."""

from typing import Any

import pytest

from lambdas.booking_created.handler import handler
from lambdas.common.errors import UnreadableError
from lambdas.common.follow_ups import Emit, LeftOut
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.bookings import BookingCreated
from schemas.crm import CompanyWebhooks, read
from schemas.emails import EMAIL_SEND, EmailSend, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver
from tests.messages import BOOKING, COMPANY, booking, booking_payload, company_webhooks, text


class FakeCrm:
    """A CRM in which a company has these endpoints subscribed."""

    def __init__(self, *endpoints: str) -> None:
        self.answer = company_webhooks(*endpoints)
        self.requests: list[tuple[str, str]] = []

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        self.requests.append((company_id, event))
        return read(CompanyWebhooks, text(self.answer).encode())


class Down:
    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        raise ConnectionError


def message(**payload: object) -> Message[BookingCreated]:
    return Message[BookingCreated].model_validate_json(text(booking(payload=booking_payload(**payload), id="b-1")))


def decide(message: Message[BookingCreated], crm: Any = None) -> list[Emit]:
    follow_ups = handler.decide(message, crm=crm or FakeCrm()) or ()
    return [follow_up for follow_up in follow_ups if isinstance(follow_up, Emit)]


def test_booking_is_confirmed_by_email_and_recorded() -> None:
    follow_ups = decide(message())

    assert [follow_up.event_type for follow_up in follow_ups] == [EMAIL_SEND, ACTIVITY_RECORD]


def test_confirmation_goes_to_the_customer_with_their_time_zone() -> None:
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


def test_activity_states_the_booking_and_its_time() -> None:
    _, follow_up = decide(message())

    activity = follow_up.payload
    assert isinstance(activity, ActivityRecord)
    assert activity.activity is Activity.BOOKING_CREATED
    assert activity.subject_id == BOOKING
    assert activity.summary == "Haircut with Grace"
    assert activity.occurred_at == message().timestamp


def test_longest_names_fit_in_an_activity() -> None:
    _, follow_up = decide(message(service="s" * 200, staff="t" * 200))

    assert isinstance(follow_up.payload, ActivityRecord)
    assert len(follow_up.payload.summary) == 406


def test_each_subscribed_endpoint_gets_its_own_message() -> None:
    crm = FakeCrm("we_1", "we_2")

    follow_ups = decide(message(), crm)

    webhooks = [each for each in follow_ups if each.event_type is WEBHOOK_DELIVER]
    assert [each.discriminator for each in webhooks] == ["we_1", "we_2"]
    assert [getattr(each.payload, "endpoint_id", None) for each in webhooks] == ["we_1", "we_2"]
    assert crm.requests == [(COMPANY, "booking.created")]


@pytest.mark.parametrize("odd", [None, {}, {"id": 7}, {"id": "we 3"}, "we_3"], ids=ascii)
def test_odd_row_of_an_endpoint_costs_that_webhook_alone(odd: object) -> None:
    crm = FakeCrm("we_1", "we_2")
    crm.answer["endpoints"].insert(1, odd)

    follow_ups = list(handler.decide(message(), crm=crm) or ())

    assert [each.discriminator for each in follow_ups if isinstance(each, Emit) and each.discriminator] == [
        "we_1",
        "we_2",
    ]
    (left_out,) = [each for each in follow_ups if isinstance(each, LeftOut)]
    assert left_out.sentence.startswith("endpoints[1]")


@pytest.mark.parametrize("changes", [{"url": None}, {"url": 7}, {"secrets": None}, {"secrets": "x"}], ids=ascii)
def test_endpoint_that_delivery_will_refuse_costs_no_other_webhook(changes: dict[str, Any]) -> None:
    crm = FakeCrm("we_1", "we_2")
    crm.answer["endpoints"][0] |= changes

    assert [each.discriminator for each in decide(message(), crm)][-2:] == ["we_1", "we_2"]


def test_endpoints_of_which_none_can_be_read_are_no_silent_success() -> None:
    crm = FakeCrm("we_1")
    crm.answer["endpoints"][0]["id"] = None

    with pytest.raises(UnreadableError, match=r"none of the .* endpoints can be notified; .*: endpoints\[0\].id"):
        decide(message(), crm)


def test_webhook_carries_the_booking_as_on_the_wire() -> None:
    webhook = decide(message(), FakeCrm("we_1"))[-1].payload

    assert isinstance(webhook, WebhookDeliver)
    assert (webhook.company_id, webhook.event, webhook.occurred_at) == (COMPANY, "booking.created", message().timestamp)
    assert webhook.data == booking_payload()


def test_webhook_message_has_neither_url_nor_secret() -> None:
    webhook = decide(message(), FakeCrm("we_1"))[-1].payload.model_dump_json()

    assert "https://" not in webhook
    assert "whsec_" not in webhook


def test_booking_fails_while_the_crm_is_down() -> None:
    with pytest.raises(ConnectionError):
        decide(message(), Down())
