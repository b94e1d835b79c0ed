"""Which answers are the CRM's word, by status, content type and body; any other leaves the CRM unavailable."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.common.clients import crm_responses
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.response import HttpResult
from lambdas.common.errors import NotNowError, PermanentError, Skip, UnavailableError, UnclearError
from schemas.activities import ActivityRecord
from schemas.contacts import ContactEmailStatus
from schemas.crm import CompanyWebhooks
from schemas.crm_answers import CrmError
from schemas.payments import PaymentRetry
from schemas.reports import ReportGenerate
from schemas.webhooks import WebhookEndpointDisabled
from tests.fakes.crm import FakeCrmHttp, answer
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
RETRY = PaymentRetry(company_id=COMPANY, payment_id="in_1", attempt=2)
REPORT = ReportGenerate(company_id=COMPANY, report_id="5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f")
DISABLED = WebhookEndpointDisabled.model_validate_json(text(disabled_endpoint()["payload"]))
EMAIL_STATUS = ContactEmailStatus.model_validate_json(text(contact_email_status()["payload"]))

READS: dict[str, Callable[[Crm], object]] = {
    "appointment": lambda crm: crm.appointment(APPOINTMENT, company_id=COMPANY),
    "admins": lambda crm: crm.admins(COMPANY),
    "webhooks": lambda crm: crm.webhooks(COMPANY, "booking.created"),
}
WRITES: dict[str, Callable[[Crm], object]] = {
    "activity": lambda crm: crm.record_activity(ACTIVITY, idempotency_key="a-1"),
    "payment": lambda crm: crm.retry_payment(RETRY, idempotency_key="a-1"),
    "report": lambda crm: crm.generate_report(REPORT, idempotency_key="a-1"),
    "email status": lambda crm: crm.report_email_status(EMAIL_STATUS, idempotency_key="a-1"),
    "endpoint": lambda crm: crm.disable_endpoint(DISABLED, disabled_at=NOW, idempotency_key="a-1"),
}
CALLS = READS | WRITES

HTML = "<html><body>It works! ada@example.com</body></html>"
STATUSES = [200, 201, 204, 206, 301, 302, 304, 400, 401, 402, 403, 404, 405, 408, 409, 410, 422, 429]
STATUSES += [500, 502, 503, 504, 599, 999]

FOREIGN: dict[str, tuple[Any, str]] = {
    "HTML": (HTML, "text/html"),
    "HTML with a charset": (HTML, "text/html; charset=utf-8"),
    "HTML that claims to be JSON": (HTML, "application/json"),
    "plain text": ("no healthy upstream", "text/plain"),
    "nothing": ("", ""),
    "nothing as JSON": ("", "application/json"),
    "a gateway's JSON": ({"message": "Not Found"}, "application/json"),
    "a framework's JSON": ({"statusCode": 404, "error": "Not Found", "message": "Cannot GET /"}, "application/json"),
    "problem details": ({"type": "about:blank", "error": "not_found"}, "application/problem+json"),
    "cut JSON": ('{"result": "do', "application/json"),
    "two values": ('{"result": "done"}{"result": "done"}', "application/json"),
    "a comment after JSON": ('{"result": "done"}<!-- cached -->', "application/json"),
    "JSON behind a byte order mark": (b'\xef\xbb\xbf{"result": "done"}', "application/json"),
    "UTF-16": ('{"result": "done"}'.encode("utf-16"), "application/json; charset=utf-16"),
    "null": ("null", "application/json"),
    "a list": ([{"result": "done"}], "application/json"),
    "a string": ('"done"', "application/json"),
    "another result": ({"result": "queued"}, "application/json"),
    "a result of another type": ({"result": True}, "application/json"),
    "a result in capitals": ({"Result": "done"}, "application/json"),
    "an unknown error": ({"error": "teapot"}, "application/json"),
    "an error and no text": ({"error": None}, "application/json"),
    "hostile depth": ("[" * 50_000, "application/json"),
    "bytes": (b"\x00\xff\xfe", "application/json"),
    "the right body as text": ({"result": "done"}, "text/plain"),
    "the right body without a type": ({"result": "done"}, ""),
    "the right body as another type": ({"result": "done"}, "application/jsonp"),
    "the right body of two types": ({"result": "done"}, "application/json, text/html"),
    "the right error as HTML": ({"error": "not_found"}, "text/html"),
    "compressed": (gzip.compress(b'{"result": "done"}'), "application/json"),
}

NOBODY_KNOWS = {408, 500, 502, 503, 504, 599, 999}
"""Statuses after which nobody knows whether the message is at fault. Any other is about us or about now."""


def not_its_word(status: int) -> type[Exception]:
    return UnclearError if status in NOBODY_KNOWS else UnavailableError


FOREIGN_TYPE = "instead of application/json: a proxy or a login page may have answered"
OTHER_CONFLICT = 'a body that does not say {"error": "already_done"} or {"error": "in_progress"}'


def client(response: HttpResult) -> Crm:
    http: Any = FakeCrmHttp(lambda _method, _url: response)
    return Crm("https://crm.test", http=http, read_token=lambda: "t", seconds=lambda: 4, now=lambda: NOW)


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_foreign_answer_leaves_the_crm_unavailable(call: Callable[[Crm], object], foreign: tuple[Any, str]) -> None:
    """Whatever its status."""
    body, content_type = foreign

    for status in STATUSES:
        text = f"^the CRM is unavailable: it answered {status} to "
        with pytest.raises(not_its_word(status), match=text) as raised:
            call(client(answer(status, body, content_type=content_type)))
        assert "ada@" not in str(raised.value)


@pytest.mark.parametrize("foreign", ["result", "extra"])
@pytest.mark.parametrize("status", [200, 201, 202, 299])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_write_is_done_when_the_body_says_so(write: Callable[[Crm], object], status: int, foreign: str) -> None:
    body = {"result": "done"} if foreign == "result" else {"extra": 1, "result": "done"}

    write(client(answer(status, body)))


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", " application/json "])
@pytest.mark.parametrize("body", ["{}", " { }\n", '{"result":"done"}'])
def test_empty_object_and_parameters_of_the_type_count_too(body: str, content_type: str) -> None:
    WRITES["activity"](client(answer(200, body, content_type=content_type)))


@pytest.mark.parametrize("error", CrmError)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_error_with_another_status_does_not_count(call: Callable[[Crm], object], error: CrmError) -> None:
    for status in {*STATUSES} - {error.status}:
        with pytest.raises(not_its_word(status), match=r"^the CRM is unavailable: "):
            call(client(answer(status, {"error": error})))


@pytest.mark.parametrize("read", ["appointment", "admins"])
def test_read_of_what_does_not_exist_is_skipped(read: str) -> None:
    with pytest.raises(Skip, match=r"answered 404 to GET .*: it does not exist"):
        READS[read](client(answer(404, {"error": "not_found"})))


def test_company_without_a_list_has_no_endpoints() -> None:
    assert READS["webhooks"](client(answer(404, {"error": "not_found"}))) == CompanyWebhooks(endpoints=())


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(("status", "error"), [(409, "already_done"), (409, "in_progress"), (402, "declined")])
def test_error_of_a_write_is_no_answer_to_a_read(read: Callable[[Crm], object], status: int, error: str) -> None:
    with pytest.raises(UnavailableError, match=f"unavailable: it answered {status}"):
        read(client(answer(status, {"error": error})))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("status", "error", "raised", "sentence"),
    [
        (409, "already_done", Skip, "it was already done"),
        (409, "in_progress", NotNowError, "it is being done at this moment"),
        (422, "refused", PermanentError, "it refuses the request for good"),
    ],
)
def test_agreed_error_of_a_write_is_its_outcome(
    write: Callable[[Crm], object], status: int, error: str, raised: type[Exception], sentence: str
) -> None:
    with pytest.raises(raised, match=f"^the CRM answered {status} to POST /internal/.*: {sentence}$"):
        write(client(answer(status, {"error": error, "message": HTML})))


@pytest.mark.parametrize("write", ["activity", "payment", "report"])
def test_write_about_what_does_not_exist_is_permanent(write: str) -> None:
    with pytest.raises(PermanentError, match=r"^the CRM answered 404 to POST /internal/.*: there is no such thing$"):
        WRITES[write](client(answer(404, {"error": "not_found"})))


def test_endpoint_that_does_not_exist_needs_not_be_disabled() -> None:
    with pytest.raises(Skip, match=r"^the CRM answered 404 to POST /internal/.*/disable: there is no such thing$"):
        WRITES["endpoint"](client(answer(404, {"error": "not_found"})))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_refused_read_is_permanent(read: Callable[[Crm], object]) -> None:
    with pytest.raises(PermanentError, match="answered 422 to GET"):
        read(client(answer(422, {"error": "refused"})))


def test_declined_charge_is_an_answer() -> None:
    WRITES["payment"](client(answer(402, {"error": "declined"})))


@pytest.mark.parametrize("call", ["activity", "report", "endpoint", "appointment"])
def test_decline_of_what_is_no_charge_does_not_count(call: str) -> None:
    with pytest.raises(UnavailableError, match="unavailable: it answered 402"):
        CALLS[call](client(answer(402, {"error": "declined"})))


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("appointment", appointment()),
        ("admins", company_admins("ada@example.com")),
        ("webhooks", company_webhooks("we_1")),
    ],
)
def test_right_body_with_a_foreign_type_or_status_is_not_read(call: str, body: Any) -> None:
    assert READS[call](client(answer(200, body)))

    for response in (answer(200, body, content_type="text/html"), answer(302, body), answer(404, body)):
        with pytest.raises(UnavailableError, match=r"^the CRM is unavailable: "):
            READS[call](client(response))


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (answer(503, HTML, content_type="text/html"), "it answered 503 to POST /internal/activity"),
        (
            answer(404, HTML, content_type="text/html"),
            f"it answered 404 to POST /internal/activity with text/html {FOREIGN_TYPE}",
        ),
        (
            answer(200, "", content_type="x/ada-lovelace"),
            f"it answered 200 to POST /internal/activity with another content type {FOREIGN_TYPE}",
        ),
        (
            answer(409, {"message": "Conflict"}),
            f"it answered 409 to POST /internal/activity with {OTHER_CONFLICT}",
        ),
        (
            answer(200, {"message": "ok"}),
            'it answered 200 to POST /internal/activity with a body that does not say {"result": "done"}',
        ),
        (
            answer(200, {"result": "done"}, Content_Encoding="gzip"),
            "it answered 200 to POST /internal/activity with a compressed body, which was not asked for",
        ),
        (
            answer(200, json.dumps({"result": "done", "x": "y" * crm_responses.MAX_ANSWER})),
            "it answered 200 to POST /internal/activity with a body of more than 1,048,576 bytes",
        ),
    ],
)
def test_sentence_says_why_an_answer_does_not_count(response: HttpResult, sentence: str) -> None:
    with pytest.raises(not_its_word(response.status)) as raised:
        WRITES["activity"](client(response))

    assert str(raised.value) == f"the CRM is unavailable: {sentence}"


@pytest.mark.parametrize("status", [200, 302, 403, 404, 429])
def test_retry_after_of_whoever_answered_is_honoured(status: int) -> None:
    with pytest.raises(UnavailableError) as raised:
        WRITES["activity"](client(answer(status, HTML, content_type="text/html", Retry_After="30")))

    assert raised.value.after == 30


@pytest.mark.parametrize("status", sorted(NOBODY_KNOWS))
def test_retry_after_of_a_failure_is_honoured(status: int) -> None:
    with pytest.raises(UnclearError) as raised:
        WRITES["activity"](client(answer(status, HTML, content_type="text/html", Retry_After="30")))

    assert raised.value.retry_after == 30


@pytest.mark.parametrize("status", STATUSES)
def test_only_429_says_that_this_is_too_fast(status: int) -> None:
    with pytest.raises(not_its_word(status)) as raised:
        WRITES["activity"](client(answer(status, HTML, content_type="text/html")))

    assert getattr(raised.value, "throttled", False) == (status == 429)


@pytest.mark.parametrize(
    ("status", "to_do"),
    [
        (401, "The CRM refuses the token, also after it was read again: store a valid one."),
        (403, "The CRM refuses this system: ask its team to let the token use the internal API."),
        (404, ""),
        (429, ""),
        (302, ""),
    ],
)
def test_what_is_ours_to_mend_says_what_people_must_do(status: int, to_do: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        WRITES["activity"](client(answer(status, HTML, content_type="text/html")))

    assert raised.value.to_do == to_do
