"""A webhook: its endpoint, its body, and the outcome of each response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import NotDeliveredError, Skip, UnreadableError
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.endpoints import Endpoints
from lambdas.webhook_deliver.handler import handler
from schemas.crm import CompanyWebhooks, read
from schemas.message import Message
from schemas.webhooks import WebhookDeliver
from tests.fakes.function import FunctionHarness
from tests.messages import BOOKING, COMPANY, SECRET, company_webhooks, text, webhook


@dataclass
class FakeCrm:
    answer: dict[str, Any]
    requests: list[tuple[str, str]] = field(default_factory=list)

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        self.requests.append((company_id, event))
        return read(CompanyWebhooks, text(self.answer).encode())


@dataclass
class FakeWebhooks:
    answer: EndpointResponse = EndpointResponse(200, None)  # noqa: RUF009 it is frozen
    posted: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        self.posted.append((url, body, dict(headers)))
        return self.answer


def deliver(
    status: int = 200,
    retry_after: str | None = None,
    *,
    crm: FakeCrm | None = None,
    now: datetime | None = None,
    **payload: Any,
) -> list[tuple[str, bytes, dict[str, str]]]:
    webhooks = FakeWebhooks(EndpointResponse(status, retry_after))
    message = Message[WebhookDeliver].model_validate_json(text(webhook(**payload) | {"correlationId": "root"}))
    crm = crm or FakeCrm(company_webhooks("we_0", "we_1"))
    clock = Clock(lambda: now or datetime.now(UTC))
    endpoints = Endpoints.connect(FunctionHarness().runtime())
    handler.decide(message, crm=crm, webhooks=webhooks, clock=clock, endpoints=endpoints)
    return webhooks.posted


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_endpoint_is_posted_to_at_its_current_url(status: int) -> None:
    crm = FakeCrm(company_webhooks("we_0", "we_1"))

    ((url, _, headers),) = deliver(status, crm=crm)

    assert crm.requests == [(COMPANY, "booking.created")]
    assert url == "https://we_1.test/hooks"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "Taly-Webhooks/1"


def test_body_is_the_event_in_utf_8() -> None:
    ((_, body, _),) = deliver()

    assert (
        body
        == (
            '{"type":"booking.created","timestamp":"2026-04-14T14:00:00Z",'
            f'"data":{{"bookingId":"{BOOKING}","companyName":"Café Zoë"}}}}'
        ).encode()
    )


def test_posted_body_is_signed_with_the_message_id() -> None:
    ((_, body, headers),) = deliver()

    assert Webhook(SECRET).verify(body, headers) == json.loads(body)
    assert headers["webhook-id"] == "webhook.deliver-1"


def test_second_attempt_has_the_same_body_and_a_new_signature() -> None:
    now = datetime.now(UTC)

    ((_, first, early), (_, second, late)) = deliver(now=now) + deliver(now=now + timedelta(minutes=1))

    assert first == second
    assert early["webhook-id"] == late["webhook-id"]
    assert int(late["webhook-timestamp"]) - int(early["webhook-timestamp"]) == 60
    assert early["webhook-signature"] != late["webhook-signature"]


@pytest.mark.parametrize("endpoints", [(), ("we_0",), ("we_11",)])
def test_unsubscribed_endpoint_is_skipped(endpoints: tuple[str, ...]) -> None:
    with pytest.raises(Skip, match="deleted, or is no longer subscribed"):
        deliver(crm=FakeCrm(company_webhooks(*endpoints)))


@pytest.mark.parametrize("url", [None, 7, "", " ", ["https://we_1.test/hooks"]], ids=ascii)
def test_endpoint_without_a_readable_address_gets_nothing(url: object) -> None:
    answer = company_webhooks("we_0", "we_1")
    answer["endpoints"][1]["url"] = url

    with pytest.raises(NotDeliveredError, match=r"^the endpoint has no address in the CRM: give it one there"):
        deliver(crm=FakeCrm(answer))


@pytest.mark.parametrize("odd", [None, {}, {"id": 7}, {"id": "we 1"}, {"id": "we_0", "url": None}], ids=ascii)
@pytest.mark.parametrize("first", [True, False])
def test_odd_row_of_another_endpoint_costs_no_webhook(odd: object, *, first: bool) -> None:
    (row,) = company_webhooks("we_1")["endpoints"]

    posted = deliver(crm=FakeCrm({"endpoints": [odd, row] if first else [row, odd]}))

    assert [url for url, _, _ in posted] == ["https://we_1.test/hooks"]


def test_endpoint_that_may_be_an_unreadable_row_is_not_taken_for_deleted() -> None:
    answer = company_webhooks("we_0", "we_1")
    answer["endpoints"][1]["id"] = 1

    with pytest.raises(UnreadableError, match=r"may be one of those that cannot be read; .*: endpoints\[1\].id: must"):
        deliver(crm=FakeCrm(answer))


def test_endpoint_that_is_listed_twice_is_posted_to_once() -> None:
    assert len(deliver(crm=FakeCrm(company_webhooks("we_1", "we_1")))) == 1


def test_endpoint_with_invalid_secret_gets_nothing() -> None:
    with pytest.raises(NotDeliveredError, match="signing secret"):
        deliver(crm=FakeCrm(company_webhooks("we_1", secrets=["hunter2"])))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (100, "the endpoint answered 100"),
        (301, "the endpoint answered 301: redirects are not followed; give the CRM the address that it leads to"),
        (308, "the endpoint answered 308: redirects are not followed; give the CRM the address that it leads to"),
        (400, "the endpoint answered 400"),
        (401, "the endpoint answered 401"),
        (404, "the endpoint answered 404"),
        (422, "the endpoint answered 422"),
        (429, "the endpoint answered 429"),
        (503, "the endpoint answered 503"),
        (600, "the endpoint answered 600"),
    ],
)
def test_any_status_but_2xx_is_no_delivery(status: int, sentence: str) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        deliver(status)

    assert str(raised.value) == sentence
    assert raised.value.after == 0


@pytest.mark.parametrize("status", [301, 404, 429, 503])
def test_retry_after_of_the_endpoint_is_kept(status: int) -> None:
    now = datetime.now(UTC).replace(microsecond=0)

    for header in ("120", format_datetime(now + timedelta(minutes=2), usegmt=True)):
        with pytest.raises(NotDeliveredError) as raised:
            deliver(status, header, now=now)
        assert raised.value.after == 120


@pytest.mark.parametrize("header", ["", "soon", "-1", "1e9", "٣"])
def test_retry_after_that_says_nothing_is_ignored(header: str) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        deliver(503, header)

    assert raised.value.after == 0


def test_endpoint_that_is_gone_is_skipped() -> None:
    with pytest.raises(Skip, match=r"^the endpoint answered 410: it is gone; the endpoint is disabled now$"):
        deliver(410)
