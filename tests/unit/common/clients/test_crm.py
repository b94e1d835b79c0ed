"""The CRM's requests, and its responses mapped to results and errors."""

import json
from datetime import datetime
from typing import Any

import pytest

from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.errors import NoConnectionError, NoResponseError
from lambdas.common.clients.http.response import HttpResult
from lambdas.common.errors import PermanentError, Skip, UnavailableError, UnclearError
from schemas.activities import ActivityRecord
from schemas.contacts import ContactEmailStatus
from schemas.crm import PaymentState
from schemas.destinations import READ_SECRET, RECORD_ACTIVITY
from schemas.payments import PaymentRetry
from schemas.reports import ReportGenerate
from schemas.webhooks import WebhookEndpointDisabled
from schemas.wire import timestamp
from tests.fakes.crm import FakeCrmHttp, answer, in_turn
from tests.fakes.function import NOW
from tests.messages import (
    APPOINTMENT,
    COMPANY,
    activity,
    appointment,
    company_admins,
    company_webhooks,
    contact_email_status,
    disabled_endpoint,
    text,
)

ACTIVITY = ActivityRecord.model_validate_json(text(activity()["payload"]))


def crm(*answers: HttpResult | Exception, tokens: tuple[str, ...] = ("token-1",)) -> tuple[Crm, FakeCrmHttp]:
    http = FakeCrmHttp(in_turn(*answers))
    secret = iter(tokens)
    given: Any = http
    return Crm(
        "https://crm.test/", http=given, read_token=lambda: next(secret), seconds=lambda: 4, now=lambda: NOW
    ), http


def record(crm: Crm) -> None:
    crm.record_activity(ACTIVITY, idempotency_key="a-1")


DONE = {"result": "done"}


def test_write_sends_the_whole_request() -> None:
    client, http = crm(answer(200, DONE))

    record(client)

    (request,) = http.requests
    assert (request["method"], request["url"]) == ("POST", "https://crm.test/internal/activity")
    assert request["headers"]["Idempotency-Key"] == "a-1"
    assert request["headers"]["Authorization"] == "Bearer token-1"
    assert request["seconds"] == pytest.approx(4 - 1.2), "it leaves time for a probe"
    assert b'"subjectId":"0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"' in request["body"]


def test_no_response_may_be_the_messages_fault_and_is_named_by_its_class() -> None:
    client, _ = crm(NoResponseError("TimeoutError"))

    with pytest.raises(UnclearError, match=r"^the CRM did not answer POST /internal/activity: TimeoutError$") as raised:
        record(client)

    assert raised.value.route == RECORD_ACTIVITY


def test_without_a_connection_the_crm_is_unavailable() -> None:
    client, _ = crm(NoConnectionError("ConnectionRefusedError"))

    with pytest.raises(UnavailableError, match=r"^the CRM cannot be reached: ConnectionRefusedError$") as raised:
        record(client)

    assert (raised.value.route, raised.value.to_do, raised.value.throttled) == (RECORD_ACTIVITY, "", False)


def test_token_is_read_once() -> None:
    client, http = crm(answer(200, DONE), tokens=("token-1",))

    record(client)
    record(client)

    assert len(http.requests) == 2


@pytest.mark.parametrize("pasted", ["token-1\n", " token-1", "\ufefftoken-1", "token-1\u200b"])
def test_what_was_copied_along_with_a_token_is_taken_off(pasted: str) -> None:
    client, http = crm(answer(200, DONE), tokens=(pasted,))

    record(client)

    assert http.requests[0]["headers"]["Authorization"] == "Bearer token-1"


def test_rotated_token_is_read_again() -> None:
    client, http = crm(answer(200, DONE), answer(401), answer(200, DONE), tokens=("old", "new"))

    record(client)
    record(client)

    assert [request["headers"]["Authorization"] for request in http.requests] == ["Bearer old"] * 2 + ["Bearer new"]


def test_token_refused_twice_leaves_it_unavailable_and_says_what_to_do() -> None:
    client, http = crm(answer(401), tokens=("old", "new"))

    with pytest.raises(UnavailableError, match=r"answered 401 to POST /internal/activity$") as raised:
        record(client)

    assert "store a valid one" in raised.value.to_do
    assert len(http.requests) == 2


def test_appointment_is_read() -> None:
    client, http = crm(answer(200, text(appointment(rating=5))))

    found = client.appointment(APPOINTMENT, company_id=COMPANY)

    (request,) = http.requests
    assert (request["method"], request["url"]) == ("GET", f"https://crm.test/internal/appointments/{APPOINTMENT}")
    assert request["headers"]["Authorization"] == "Bearer token-1"
    assert "Idempotency-Key" not in request["headers"]
    assert found.customer.email == "ada@example.com"
    assert not found.is_cancelled


def test_another_companys_appointment_is_refused() -> None:
    client, _ = crm(answer(200, text(appointment(companyId="00000000-0000-4000-8000-000000000000"))))

    with pytest.raises(PermanentError, match="another company"):
        client.appointment(APPOINTMENT, company_id=COMPANY)


def test_another_appointment_than_the_one_asked_for_is_refused() -> None:
    client, _ = crm(answer(200, text(appointment(id="00000000-0000-4000-8000-000000000000"))))

    with pytest.raises(PermanentError, match="another appointment"):
        client.appointment(APPOINTMENT, company_id=COMPANY)


def test_company_admins_are_read() -> None:
    client, http = crm(answer(200, text(company_admins("ada@example.com"))))

    found = client.admins(COMPANY)

    assert http.requests[0]["url"] == f"https://crm.test/internal/companies/{COMPANY}/admins"
    assert [(admin.id, admin.email) for admin in found.admins] == [("admin-0", "ada@example.com")]


def test_endpoints_are_read_by_event_type() -> None:
    client, http = crm(answer(200, text(company_webhooks("we_1", "we_2"))))

    found = client.webhooks(COMPANY, "booking.created")

    expected = f"https://crm.test/internal/companies/{COMPANY}/webhooks?event=booking.created"
    assert http.requests[0]["url"] == expected
    assert [endpoint.id for endpoint in found.endpoints] == ["we_1", "we_2"]


def test_company_without_endpoint_list_has_no_endpoints() -> None:
    client, _ = crm(answer(404, {"error": "not_found"}))

    assert client.webhooks(COMPANY, "booking.created").endpoints == ()


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "paid", "retries": 2}, PaymentState(status="paid", retries=2)),
        ({"status": " Paid\n"}, PaymentState(status="paid")),
        ({"status": "open", "retries": 2.0, "unknown": [1]}, PaymentState(status="open", retries=2)),
        ({"status": None, "retries": None}, PaymentState()),
        ({}, PaymentState()),
    ],
)
def test_the_state_of_a_payment_is_read(body: dict[str, Any], state: PaymentState) -> None:
    client, http = crm(answer(200, body))

    assert client.payment("in_1") == state
    assert http.requests[0]["url"] == "https://crm.test/internal/payments/in_1"


def test_of_an_unknown_payment_nothing_is_known() -> None:
    client, _ = crm(answer(404, {"error": "not_found"}))

    assert client.payment("in_1") == PaymentState()


@pytest.mark.parametrize("wrong", [{"url": "ftp://10.0.0.1"}, {"secrets": []}, {"secrets": ["short"]}])
def test_misconfigured_endpoint_does_not_invalidate_the_list(wrong: dict[str, Any]) -> None:
    client, _ = crm(answer(200, text(company_webhooks("we_1", **wrong))))

    assert [endpoint.id for endpoint in client.webhooks(COMPANY, "booking.created").endpoints] == ["we_1"]


def test_endpoint_repr_hides_url_and_secrets() -> None:
    client, _ = crm(answer(200, text(company_webhooks("we_1"))))

    assert (
        repr(client.webhooks(COMPANY, "booking.created").endpoints) == "(WebhookEndpoint(id='we_1', enabled_at=None),)"
    )


def test_missing_appointment_is_a_skip() -> None:
    client, _ = crm(answer(404, {"error": "not_found"}))

    with pytest.raises(Skip, match=f"answered 404 to GET /internal/appointments/{APPOINTMENT}"):
        client.appointment(APPOINTMENT, company_id=COMPANY)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Login</html>",
        "[]",
        "null",
        "{}",
        text(appointment(startTime="2026-04-15 14:00")),
        text(appointment(status=None)),
        text(appointment(companyId=7)),
        '{"id": 1e999',
    ],
)
def test_response_that_breaks_the_contract_leaves_it_unavailable(body: str) -> None:
    client, _ = crm(answer(200, body))

    with pytest.raises(
        UnavailableError, match=r"^the CRM is unavailable: it answered 200 to GET .* breaks the contract"
    ):
        client.appointment(APPOINTMENT, company_id=COMPANY)


def test_response_that_is_no_json_is_named_so() -> None:
    client, _ = crm(answer(200, "<html>Login</html>"))

    with pytest.raises(UnavailableError, match="breaks the contract: is no JSON"):
        client.appointment(APPOINTMENT, company_id=COMPANY)


def test_contract_error_does_not_show_values() -> None:
    client, _ = crm(answer(200, text(appointment(startTime="ada at example"))))

    with pytest.raises(UnavailableError) as raised:
        client.appointment(APPOINTMENT, company_id=COMPANY)

    assert "startTime: must be an RFC 3339 timestamp" in str(raised.value)
    assert "ada at" not in str(raised.value)


def test_payment_retry_uses_the_message_id_as_idempotency_key() -> None:
    client, http = crm(answer(202, DONE))

    client.retry_payment(PaymentRetry(company_id=COMPANY, payment_id="in_1", attempt=2), idempotency_key="r-1")

    (request,) = http.requests
    assert (request["method"], request["url"]) == ("POST", "https://crm.test/internal/payments/in_1/retry")
    assert request["headers"]["Idempotency-Key"] == "r-1"
    assert request["body"] == f'{{"companyId":"{COMPANY}","paymentId":"in_1","attempt":2}}'.encode()


def test_payment_already_paid_is_a_skip() -> None:
    client, _ = crm(answer(409, {"error": "already_done"}))

    with pytest.raises(Skip, match="already done"):
        client.retry_payment(PaymentRetry(company_id=COMPANY, payment_id="in_1", attempt=2), idempotency_key="r-1")


REPORT = ReportGenerate(company_id=COMPANY, report_id="5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f")


def test_report_uses_the_message_id_as_idempotency_key() -> None:
    client, http = crm(answer(202, DONE))

    client.generate_report(REPORT, idempotency_key="g-1")

    (request,) = http.requests
    path = f"/internal/reports/{REPORT.report_id}/generate"
    assert (request["method"], request["url"]) == ("POST", f"https://crm.test{path}")
    assert request["headers"]["Idempotency-Key"] == "g-1"
    assert request["body"] == f'{{"companyId":"{COMPANY}","reportId":"{REPORT.report_id}"}}'.encode()


@pytest.mark.parametrize(("gone", "reason"), [(True, "gone"), (False, "failing")])
def test_endpoint_is_disabled_with_the_reason_and_the_time(gone: bool, reason: str) -> None:
    client, http = crm(answer(200, DONE))
    disabled = disabled_endpoint(gone=gone, failingSince="2026-04-11T16:00:00.5+02:00")
    endpoint = WebhookEndpointDisabled.model_validate_json(text(disabled["payload"]))

    client.disable_endpoint(endpoint, disabled_at=NOW, idempotency_key="d-1")

    (request,) = http.requests
    path = f"/internal/companies/{COMPANY}/webhooks/we_1/disable"
    assert (request["method"], request["url"]) == ("POST", f"https://crm.test{path}")
    assert request["headers"]["Idempotency-Key"] == "d-1"
    assert json.loads(request["body"]) == {
        "reason": reason,
        "failingSince": "2026-04-11T14:00:00.500Z",
        "lastAnswer": "the endpoint answered 503",
        "disabledAt": timestamp(NOW),
    }


def test_an_address_is_reported_with_its_status_and_the_time() -> None:
    client, http = crm(answer(200, DONE))
    contact = ContactEmailStatus.model_validate_json(text(contact_email_status()["payload"]))

    client.report_email_status(contact, idempotency_key="c-1")

    (request,) = http.requests
    path = f"/internal/companies/{COMPANY}/contacts/email-status"
    assert (request["method"], request["url"]) == ("POST", f"https://crm.test{path}")
    assert request["headers"]["Idempotency-Key"] == "c-1"
    body = json.loads(request["body"])
    assert datetime.fromisoformat(body.pop("occurredAt")) == contact.occurred_at
    assert body == {
        "companyId": COMPANY,
        "email": "ada@example.com",
        "status": "bounced",
        "reason": "the mailbox is unknown",
    }


def test_report_already_generated_is_a_skip() -> None:
    client, _ = crm(answer(409, {"error": "already_done"}))

    with pytest.raises(Skip, match="already done"):
        client.generate_report(REPORT, idempotency_key="g-1")


TO_DO = (
    "The secret with the CRM's token is empty, or has spaces, line breaks or other characters in it that no token has: "
    "store the token alone there."
)


@pytest.mark.parametrize("token", ["", "tok en", "tok\nen", "Bearer tok-en\r\nX: y", "tök-en", "put the token here"])
def test_invalid_token_is_neither_sent_nor_shown(token: str) -> None:
    client, http = crm(answer(200, DONE), tokens=(token,))

    with pytest.raises(UnavailableError, match=r"^the secret with the CRM's token has no token$") as raised:
        record(client)

    assert http.requests == []
    assert (raised.value.route, raised.value.to_do) == (READ_SECRET, TO_DO)


def test_empty_token_secret_is_reported() -> None:
    client, _ = crm(answer(200, DONE), tokens=("\n",))

    with pytest.raises(UnavailableError) as raised:
        record(client)

    assert raised.value.to_do == TO_DO


def test_token_is_stripped_of_its_line_break() -> None:
    client, http = crm(answer(200, DONE), tokens=(" token-1\n",))

    record(client)

    assert http.requests[0]["headers"]["Authorization"] == "Bearer token-1"


WELL = {"status": "ok"}


def test_a_probe_asks_for_the_crms_health_with_the_token_within_a_second() -> None:
    client, http = crm(answer(200, DONE), answer(200, WELL))
    record(client)

    assert client.is_well()

    probe = http.requests[1]
    assert (probe["method"], probe["url"], probe["seconds"]) == ("GET", "https://crm.test/internal/health", 1)
    assert probe["headers"]["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    "response",
    [
        answer(200, {"status": "down"}),
        answer(200, {}),
        answer(200, "<html>It works!</html>", content_type="text/html"),
        answer(200, {"status": "ok"}, content_type="text/html"),
        answer(204),
        answer(302, WELL),
        answer(401, WELL),
        answer(503, WELL),
        NoResponseError("TimeoutError"),
        NoConnectionError("ConnectionRefusedError"),
    ],
    ids=str,
)
def test_any_other_answer_to_a_probe_means_that_it_is_not_well(response: HttpResult | Exception) -> None:
    client, _ = crm(response)

    assert not client.is_well()
