"""The stand-in CRM responds as the real one does, and fails as it was set to."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.standins.crm.api import CrmEndpoints
from local.standins.crm.companies import COMPANIES
from local.standins.crm.http import CrmRequest, CrmResponse
from local.standins.crm.state import CrmFailure, CrmState, Facts
from schemas.crm import Appointment, CompanyAdmins

TOKEN = "token"  # noqa: S105 no secret
COMPANY = COMPANIES[0].id
APPOINTMENT = {
    "id": "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
    "companyId": COMPANY,
    "companyName": "Café Zoë",
    "status": "booked",
    "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
    "service": "Brunch",
    "staff": "Émile",
    "startTime": "2026-04-15T14:00:00Z",
    "endTime": "2026-04-15T15:00:00Z",
    "timeZone": "Europe/Paris",
}
DISABLE = f"/internal/companies/{COMPANY}/webhooks/we_1/disable"
DISABLED = {
    "reason": "failing",
    "failingSince": "2026-04-09T14:00:00Z",
    "lastAnswer": "the endpoint answered 503",
    "disabledAt": "2026-04-14T14:00:00Z",
}
ENDPOINT = {"id": "we_1", "url": "https://we-1.example", "secrets": ["whsec_MfKQ"]}
RETRY = {"companyId": COMPANY, "paymentId": "in_1", "attempt": 2}


class CrmClient:
    def __init__(self) -> None:
        self.state = CrmState()
        self.waits: list[float] = []
        self._endpoints = CrmEndpoints(self.state, TOKEN, self.waits.append)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "", token: str = TOKEN) -> CrmResponse:
        text = b"" if body is None else json.dumps(body).encode()
        return self._endpoints.answer(CrmRequest(method=method, path=path, body=text, key=key, token=token))


@pytest.fixture
def crm() -> CrmClient:
    return CrmClient()


def test_an_appointment_is_returned_as_it_was_put(crm: CrmClient) -> None:
    assert crm.ask("PUT", f"/_control/appointments/{APPOINTMENT['id']}", APPOINTMENT).status == 200

    answer = crm.ask("GET", f"/internal/appointments/{APPOINTMENT['id']}")

    received = Appointment.model_validate_json(json.dumps(answer.body), by_alias=True, by_name=False)
    assert received.customer.name == "Ada Lovelace"
    assert not received.is_cancelled


def test_an_appointment_is_cancelled_and_removed(crm: CrmClient) -> None:
    crm.ask("PUT", f"/_control/appointments/{APPOINTMENT['id']}", APPOINTMENT)

    assert crm.ask("PATCH", f"/_control/appointments/{APPOINTMENT['id']}", {"status": "cancelled"}).status == 200
    assert crm.ask("GET", f"/internal/appointments/{APPOINTMENT['id']}").body["status"] == "cancelled"
    crm.ask("DELETE", f"/_control/appointments/{APPOINTMENT['id']}")
    missing = crm.ask("GET", f"/internal/appointments/{APPOINTMENT['id']}")
    assert (missing.status, missing.body) == (404, {"error": "not_found"})


def test_an_invalid_appointment_is_refused_with_the_problem(crm: CrmClient) -> None:
    answer = crm.ask("PUT", "/_control/appointments/1", APPOINTMENT)

    assert answer.status == 400
    assert "id" in answer.body["error"]
    assert crm.ask("PATCH", "/_control/appointments/1", {"status": "cancelled"}).status == 404


def test_any_company_has_admins_and_always_the_same(crm: CrmClient) -> None:
    for company in (COMPANY, "f47ac10b-58cc-4372-a567-0e02b2c3d479"):
        first, second = (crm.ask("GET", f"/internal/companies/{company}/admins").body for _ in range(2))
        received = CompanyAdmins.model_validate_json(json.dumps(first), by_alias=True, by_name=False)
        assert first == second
        assert received.admins


def test_a_company_can_be_set_to_have_no_admins(crm: CrmClient) -> None:
    crm.ask("PUT", f"/_control/admins/{COMPANY}", {"companyName": "Café Zoë", "admins": []})

    assert crm.ask("GET", f"/internal/companies/{COMPANY}/admins").body["admins"] == []


def test_a_payment_is_retried_unless_it_is_paid(crm: CrmClient) -> None:
    assert crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1").status == 200
    crm.ask("PUT", "/_control/paid/in_1", {})
    assert crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-2").status == 409

    assert crm.state.times_accepted() == {"retry-1": 1}


def test_a_payment_counts_its_retries_once_for_each_key(crm: CrmClient) -> None:
    crm.state.add(Facts(retries={"in_1": 1}))
    for key in ("retry-1", "retry-1", "retry-2"):
        crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key=key)

    assert crm.ask("GET", "/internal/payments/in_1").body == {"status": "open", "retries": 3}
    crm.ask("PUT", "/_control/paid/in_1", {})
    crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-3")
    assert crm.ask("GET", "/internal/payments/in_1").body == {"status": "paid", "retries": 3}
    assert crm.ask("GET", "/internal/payments/in_2").body == {"status": "open", "retries": 0}


@pytest.mark.parametrize(("status", "retries"), [(402, 1), (503, 0)])
def test_a_declined_charge_is_a_retry_an_outage_is_none(crm: CrmClient, status: int, retries: int) -> None:
    crm.ask("PUT", "/_control/failures/in_1", {"status": status, "times": 1})
    crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1")

    assert crm.ask("GET", "/internal/payments/in_1").body["retries"] == retries


def test_a_companys_endpoints_are_those_that_were_set(crm: CrmClient) -> None:
    subscription = f"/webhooks/{COMPANY}?event=booking.created"
    path = f"/internal/companies/{COMPANY}/webhooks?event=booking.created"
    endpoint = {"id": "we_1", "url": "http://127.0.0.1:1/hooks/we_1", "secrets": ["whsec_MfKQ"]}
    assert crm.ask("GET", path).body == {"endpoints": []}

    assert crm.ask("PUT", f"/_control{subscription}", {"endpoints": [endpoint]}).status == 200

    assert crm.ask("GET", path).body == {"endpoints": [endpoint | {"enabledAt": None}]}
    assert crm.ask("GET", path.replace("created", "deleted")).body == {"endpoints": []}
    crm.ask("DELETE", f"/_control{subscription}")
    assert crm.ask("GET", path).body == {"endpoints": []}
    assert crm.ask("GET", f"/internal/companies/{COMPANY}/webhooks").status == 400


def listed(crm: CrmClient, event: str = "booking.created", company: str = COMPANY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = crm.ask("GET", f"/internal/companies/{company}/webhooks?event={event}").body[
        "endpoints"
    ]
    return found


def subscribed(crm: CrmClient, event: str = "booking.created", company: str = COMPANY) -> None:
    crm.ask("PUT", f"/_control/webhooks/{company}?event={event}", {"endpoints": [ENDPOINT]})


def test_a_disabled_endpoint_is_listed_for_no_event(crm: CrmClient) -> None:
    subscribed(crm)
    subscribed(crm, "booking.deleted")

    answer = crm.ask("POST", DISABLE, DISABLED, key="disabled-1")

    assert (answer.status, answer.body) == (200, {"result": "done"})
    assert listed(crm) == listed(crm, "booking.deleted") == []


def test_another_companys_endpoint_of_that_id_stays_enabled(crm: CrmClient) -> None:
    other = COMPANIES[1].id
    subscribed(crm)
    subscribed(crm, company=other)

    crm.ask("POST", DISABLE, DISABLED, key="disabled-1")

    assert [each["id"] for each in listed(crm, company=other)] == ["we_1"]


def test_an_endpoint_that_is_disabled_or_unknown_is_not_disabled_again(crm: CrmClient) -> None:
    unknown = crm.ask("POST", DISABLE, DISABLED, key="disabled-1")
    subscribed(crm)
    crm.ask("POST", DISABLE, DISABLED, key="disabled-2")
    again = crm.ask("POST", DISABLE, DISABLED, key="disabled-3")

    assert (unknown.status, unknown.body) == (404, {"error": "not_found"})
    assert (again.status, again.body) == (409, {"error": "already_done"})


def test_an_endpoint_is_listed_again_with_the_time_it_was_enabled(crm: CrmClient) -> None:
    subscribed(crm)
    crm.ask("POST", DISABLE, DISABLED, key="disabled-1")

    assert crm.ask("PUT", f"/_control/webhooks/{COMPANY}/we_1/enabled", {}).status == 200

    (endpoint,) = listed(crm)
    assert datetime.fromisoformat(endpoint["enabledAt"]) <= datetime.now(UTC)
    assert crm.ask("PUT", f"/_control/webhooks/{COMPANY}/we_2/enabled", {}).status == 404


def test_an_endpoint_that_was_enabled_since_stays_enabled(crm: CrmClient) -> None:
    subscribed(crm)
    crm.ask("PUT", f"/_control/webhooks/{COMPANY}/we_1/enabled", {})
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    assert crm.ask("POST", DISABLE, DISABLED, key="disabled-1").status == 409
    assert crm.ask("POST", DISABLE, DISABLED | {"disabledAt": tomorrow}, key="disabled-2").status == 200


@pytest.mark.parametrize("failure", [{"status": 503}, {"text": "<html>", "content_type": "text/html"}])
def test_an_endpoint_that_was_not_disabled_stays_listed(crm: CrmClient, failure: dict[str, Any]) -> None:
    subscribed(crm)
    crm.ask("PUT", "/_control/failures/we_1", failure)

    crm.ask("POST", DISABLE, DISABLED, key="disabled-1")

    assert [each["id"] for each in listed(crm)] == ["we_1"]


@pytest.mark.parametrize("odd", [{"reason": "tired"}, {"disabledAt": "2026-04-14"}, {"lastAnswer": ""}], ids=ascii)
def test_a_request_to_disable_that_breaks_the_contract_is_refused(crm: CrmClient, odd: dict[str, str]) -> None:
    subscribed(crm)

    assert crm.ask("POST", DISABLE, DISABLED | odd, key="disabled-1").status == 400
    assert crm.ask("POST", DISABLE, DISABLED).status == 400
    assert len(listed(crm)) == 1


def test_a_report_is_generated_with_a_key_only(crm: CrmClient) -> None:
    body = {"companyId": COMPANY, "reportId": "r-1"}

    assert crm.ask("POST", "/internal/reports/r-1/generate", body, key="report-1").status == 200
    assert crm.ask("POST", "/internal/reports/r-1/generate", body).status == 400
    assert crm.state.times_accepted() == {"report-1": 1}


def test_a_key_that_is_used_for_something_else_is_refused(crm: CrmClient) -> None:
    crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1")

    assert crm.ask("POST", "/internal/payments/in_1/retry", {**RETRY, "attempt": 3}, key="retry-1").status == 422
    assert crm.ask("POST", "/internal/payments/in_2/retry", RETRY, key="retry-1").status == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "about"),
    [
        ("GET", f"/internal/appointments/{APPOINTMENT['id']}", None, str(APPOINTMENT["id"])),
        ("GET", f"/internal/appointments/{APPOINTMENT['id']}", None, COMPANY),
        ("GET", f"/internal/companies/{COMPANY}/admins", None, COMPANY),
        ("POST", "/internal/payments/in_1/retry", RETRY, "in_1"),
        ("POST", "/internal/payments/in_1/retry", RETRY, COMPANY),
        ("POST", "/internal/activity", {"companyId": COMPANY, "subjectId": "in_1"}, "in_1"),
        ("POST", "/internal/activity", {"companyId": COMPANY, "subjectId": "in_1"}, COMPANY),
        ("POST", DISABLE, DISABLED, "we_1"),
        ("POST", DISABLE, DISABLED, COMPANY),
    ],
)
def test_every_call_can_fail_by_its_subject_or_its_company(
    crm: CrmClient, method: str, path: str, body: Any, about: str
) -> None:
    appointment = Appointment.model_validate_json(json.dumps(APPOINTMENT), by_alias=True, by_name=False)
    crm.state.add(Facts(appointments=(appointment,)))
    subscribed(crm)
    crm.ask("PUT", f"/_control/failures/{about}", {"status": 503, "times": 1, "seconds": 0.5})

    assert [crm.ask(method, path, body, key="k").status for _ in range(2)] == [503, 200]
    assert crm.waits == [0.5, 0]


def test_a_response_can_be_garbage(crm: CrmClient) -> None:
    crm.state.fail("in_1", CrmFailure(garbage=True))

    answer = crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1")

    assert answer.failure.garbage
    assert crm.state.times_accepted() == {}


def test_a_response_can_have_another_body_or_a_retry_after(crm: CrmClient) -> None:
    crm.state.fail(COMPANY, CrmFailure(times=1, text="<html>"))

    false_reply = crm.ask("GET", f"/internal/companies/{COMPANY}/admins")
    crm.ask("PUT", f"/_control/failures/{COMPANY}", {"status": 429, "retry_after": "7"})
    busy_reply = crm.ask("GET", f"/internal/companies/{COMPANY}/admins")

    assert (false_reply.status, false_reply.failure.text) == (200, "<html>")
    assert (busy_reply.status, busy_reply.failure.retry_after) == (429, "7")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, {"result": "done"}),
        (402, {"error": "declined"}),
        (404, {"error": "not_found"}),
        (409, {"error": "already_done"}),
        (422, {"error": "refused"}),
        (503, {"error": "unavailable"}),
    ],
)
def test_each_status_comes_with_the_agreed_body(crm: CrmClient, status: int, said: dict[str, str]) -> None:
    crm.state.fail("in_1", CrmFailure(status))

    assert crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1").body == said


def test_what_a_proxy_answers_was_not_done(crm: CrmClient) -> None:
    crm.state.fail("in_1", CrmFailure(times=1, text="<html>", content_type="text/html"))

    answers = [crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1") for _ in range(2)]

    assert [(answer.status, answer.failure.content_type) for answer in answers] == [
        (200, "text/html"),
        (200, "application/json"),
    ]
    assert crm.state.times_accepted() == {"retry-1": 1}


def test_declined_charge_was_carried_out_unless_a_proxy_says_so(crm: CrmClient) -> None:
    crm.state.fail("in_1", CrmFailure(402, times=1))
    crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1")
    crm.state.fail("in_1", CrmFailure(402, times=1, text="<html>"))
    crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-2")

    assert crm.state.times_accepted() == {"retry-1": 1}


def test_a_caller_that_is_sent_a_signal_gets_no_response(crm: CrmClient) -> None:
    crm.state.fail("in_1", CrmFailure(times=1, signal=9))

    answers = [crm.ask("POST", "/internal/payments/in_1/retry", RETRY, key="retry-1") for _ in range(2)]

    assert [answer.failure.signal for answer in answers] == [9, 0]
    assert [call.status for call in crm.state.calls()] == [0, 200]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (CrmRequest(method="GET", path="/internal/appointments/1"), 401),
        (CrmRequest(method="POST", path="/internal/activity", token=TOKEN, body=b"{}"), 400),
        (CrmRequest(method="POST", path="/internal/activity", token=TOKEN, key="k", body=b"[]"), 400),
        (CrmRequest(method="POST", path="/internal/appointments/1", token=TOKEN), 404),
        (CrmRequest(method="PUT", path="/_control/failures/1", body=b'{"color": "red"}'), 400),
    ],
)
def test_an_invalid_request_is_refused_and_not_recorded(crm: CrmClient, request_: CrmRequest, status: int) -> None:
    answer = CrmEndpoints(crm.state, TOKEN, crm.waits.append).answer(request_)

    assert answer.status == status
    assert answer.body["error"]
    assert crm.state.calls() == ()
