"""An event goes to each endpoint that subscribes to it."""

from typing import Any

import pytest

from lambdas.common.errors import RetryableError, UnreadableError
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.webhook_fan_out.handler import handler
from schemas.crm import CompanyWebhooks, read
from schemas.message import Message
from schemas.webhooks import WEBHOOK_DELIVER, WebhookDeliver, WebhookFanOut
from tests.messages import BOOKING, COMPANY, company_webhooks, message, text

DATA = {"bookingId": BOOKING, "unknown": {"nested": [1, 2.5, None, "é"]}}


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
        raise RetryableError("the CRM did not answer")


def run(crm: Any) -> list[FollowUp]:
    payload = {"event": "booking.created", "occurredAt": "2026-04-14T14:00:00Z", "data": DATA}
    fan_out = Message[WebhookFanOut].model_validate_json(text(message("webhook.fan_out", payload)))
    return list(handler.decide(fan_out, crm=crm) or ())


def decide(crm: Any) -> list[Emit]:
    return [each for each in run(crm) if isinstance(each, Emit)]


def webhooks(emitted: list[Emit]) -> list[WebhookDeliver]:
    return [each.payload for each in emitted if isinstance(each.payload, WebhookDeliver)]


def test_each_subscribed_endpoint_gets_its_own_message() -> None:
    crm = FakeCrm("we_1", "we_2")

    emitted = decide(crm)

    assert [each.event_type for each in emitted] == [WEBHOOK_DELIVER, WEBHOOK_DELIVER]
    assert [each.discriminator for each in emitted] == ["we_1", "we_2"]
    assert [webhook.endpoint_id for webhook in webhooks(emitted)] == ["we_1", "we_2"]
    assert crm.requests == [(COMPANY, "booking.created")]


def test_an_endpoint_that_is_listed_twice_is_notified_once() -> None:
    assert [each.discriminator for each in decide(FakeCrm("we_1", "we_2", "we_1"))] == ["we_1", "we_2"]


@pytest.mark.parametrize("odd", [None, {}, {"id": 7}, {"id": "we 3"}, "we_3"], ids=ascii)
def test_odd_row_of_an_endpoint_costs_that_webhook_alone(odd: object) -> None:
    crm = FakeCrm("we_1", "we_2")
    crm.answer["endpoints"].insert(1, odd)

    follow_ups = run(crm)

    assert [each.discriminator for each in follow_ups if isinstance(each, Emit)] == ["we_1", "we_2"]
    (left_out,) = [each for each in follow_ups if isinstance(each, LeftOut)]
    assert left_out.sentence.startswith("endpoints[1]")


@pytest.mark.parametrize("changes", [{"url": None}, {"url": 7}, {"secrets": None}, {"secrets": "x"}], ids=ascii)
def test_endpoint_that_delivery_will_refuse_costs_no_other_webhook(changes: dict[str, Any]) -> None:
    crm = FakeCrm("we_1", "we_2")
    crm.answer["endpoints"][0] |= changes

    assert [each.discriminator for each in decide(crm)] == ["we_1", "we_2"]


def test_endpoints_of_which_none_can_be_read_are_no_silent_success() -> None:
    crm = FakeCrm("we_1")
    crm.answer["endpoints"][0]["id"] = None

    with pytest.raises(UnreadableError, match=r"none of the .* endpoints can be notified; .*: endpoints\[0\].id"):
        decide(crm)


def test_a_company_without_endpoints_has_nobody_notified() -> None:
    assert decide(FakeCrm()) == []


def test_a_webhook_carries_the_event_unchanged() -> None:
    (webhook,) = webhooks(decide(FakeCrm("we_1")))

    assert (webhook.company_id, webhook.event) == (COMPANY, "booking.created")
    assert webhook.occurred_at.isoformat() == "2026-04-14T14:00:00+00:00"
    assert webhook.data == DATA


def test_a_webhook_has_neither_url_nor_secret() -> None:
    (webhook,) = webhooks(decide(FakeCrm("we_1")))

    assert "https://" not in webhook.model_dump_json()
    assert "whsec_" not in webhook.model_dump_json()


def test_while_the_crm_is_down_only_the_fan_out_is_retried() -> None:
    with pytest.raises(RetryableError):
        decide(Down())
