"""A proxy answers in the stand-in CRM's place; odd rows and fields are in the CRM's own answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.standins.crm.api import CrmEndpoints
from local.standins.crm.companies import COMPANIES, admins_of
from local.standins.crm.http import CrmRequest, CrmResponse
from local.standins.crm.proxy import PAGES
from local.standins.crm.state import CrmState, Facts

COMPANY = COMPANIES[0].id
RETRY = {"companyId": COMPANY, "paymentId": "in_1", "attempt": 2}
ADMINS = f"/internal/companies/{COMPANY}/admins"


class CrmClient:
    def __init__(self) -> None:
        self.state = CrmState()
        self._endpoints = CrmEndpoints(self.state, "token", lambda _: None)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> CrmResponse:
        text = b"" if body is None else json.dumps(body).encode()
        return self._endpoints.answer(CrmRequest(method=method, path=path, body=text, key=key, token="token"))  # noqa: S106 no secret

    def retry(self, payment: str, key: str) -> CrmResponse:
        return self.ask("POST", f"/internal/payments/{payment}/retry", RETRY, key=key)


@pytest.fixture
def crm() -> CrmClient:
    return CrmClient()


def is_page(answer: CrmResponse) -> bool:
    pages = {(page.status, page.body, page.content_type) for page in PAGES}
    return (answer.status, answer.failure.text, answer.failure.content_type) in pages


def test_a_proxy_before_all_answers_the_first_call_of_each_request(crm: CrmClient) -> None:
    crm.ask("PUT", "/_control/proxy", {})

    calls: list[Callable[[], CrmResponse]] = [
        lambda: crm.ask("GET", ADMINS),
        lambda: crm.retry("in_1", "a"),
        lambda: crm.retry("in_1", "b"),
    ]

    assert [is_page(call()) for call in calls] == [True] * 3
    assert [is_page(call()) for call in calls] == [False] * 3
    assert crm.state.times_accepted() == {"a": 1, "b": 1}


def test_a_proxys_pages_take_turns(crm: CrmClient) -> None:
    crm.ask("PUT", "/_control/proxy", {"answers_each": 2})

    assert [crm.retry("in_1", "a").status for _ in range(3)] == [404, 200, 200]
    assert [call.by_proxy for call in crm.state.calls()] == [True, True, False]


def test_a_proxy_before_some_ids_lets_other_calls_pass(crm: CrmClient) -> None:
    crm.state.add(Facts(behind_proxy=("in_1",)))

    assert is_page(crm.retry("in_1", "a"))
    assert not is_page(crm.retry("in_2", "b"))
    assert crm.state.times_accepted() == {"b": 1}


@pytest.mark.parametrize("about", [None, ("in_1",)])
def test_calls_reach_the_crm_once_the_proxy_is_gone(crm: CrmClient, about: tuple[str, ...] | None) -> None:
    crm.state.put_behind_proxy(about)

    crm.ask("DELETE", "/_control/proxy")

    assert not is_page(crm.retry("in_1", "a"))


@pytest.mark.parametrize("answers_each", [0, -1, "2", True, None])
def test_a_proxy_without_a_number_of_answers_is_refused(crm: CrmClient, answers_each: object) -> None:
    assert crm.ask("PUT", "/_control/proxy", {"answers_each": answers_each}).status == 400
    assert not is_page(crm.retry("in_1", "a"))


def test_odd_rows_stand_after_the_others_and_odd_fields_replace_them(crm: CrmClient) -> None:
    row = {"id": None, "email": "ada@"}

    assert crm.ask("PUT", "/_control/odd", {ADMINS: {"admins": [row], "companyName": 7}}).status == 200

    body = crm.ask("GET", ADMINS).body
    assert body["admins"][-1] == row
    assert len(body["admins"]) == len(admins_of(COMPANY).admins) + 1
    assert body["companyName"] == 7


def test_odd_fields_of_an_object_leave_its_other_fields(crm: CrmClient) -> None:
    appointment = {
        "companyId": COMPANY,
        "companyName": "Café Zoë",
        "status": "booked",
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+14155550123"},
        "service": "Brunch",
        "staff": "Émile",
        "startTime": "2026-04-15T14:00:00Z",
        "endTime": "2026-04-15T15:00:00Z",
        "timeZone": "Europe/Paris",
    }
    id_ = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"
    crm.ask("PUT", f"/_control/appointments/{id_}", appointment)
    crm.state.add(Facts(odd={f"/internal/appointments/{id_}": {"customer": {"phone": ""}}}))

    customer = crm.ask("GET", f"/internal/appointments/{id_}").body["customer"]

    assert (customer["name"], customer["phone"]) == ("Ada Lovelace", "")


def test_odd_fields_that_are_no_object_are_refused(crm: CrmClient) -> None:
    assert crm.ask("PUT", "/_control/odd", {ADMINS: []}).status == 400
