"""The stand-in CRM is away for a while, takes only so many calls a second, and says whether it is well."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.standins.crm.api import CrmEndpoints
from local.standins.crm.companies import COMPANIES
from local.standins.crm.http import CrmRequest, CrmResponse
from local.standins.crm.outage import RateLimit
from local.standins.crm.state import CrmState
from schemas.crm_answers import says_well
from schemas.destinations import GENERATE_REPORT

COMPANY = COMPANIES[0].id
ADMINS = f"/internal/companies/{COMPANY}/admins"
NOON = datetime(2026, 4, 14, 12, tzinfo=UTC)


class CrmClient:
    def __init__(self) -> None:
        self.at = NOON
        self.state = CrmState(lambda: self.at)
        self._endpoints = CrmEndpoints(self.state, "token", lambda _: None)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        token: str = "token",  # noqa: S107 no secret
    ) -> CrmResponse:
        text = b"" if body is None else json.dumps(body).encode()
        return self._endpoints.answer(CrmRequest(method=method, path=path, body=text, key=key, token=token))

    def generate(self, report: str) -> CrmResponse:
        return self.ask("POST", f"/internal/reports/{report}/generate", {"companyId": COMPANY}, key=report)

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def crm() -> CrmClient:
    return CrmClient()


def test_a_crm_that_is_well_says_so_to_its_token_alone(crm: CrmClient) -> None:
    answer = crm.ask("GET", "/internal/health")

    assert (answer.status, says_well(json.dumps(answer.body).encode())) == (200, True)
    assert crm.ask("GET", "/internal/health", token="another").status == 401  # noqa: S106 no secret


@pytest.mark.parametrize("status", [401, 503])
def test_an_outage_refuses_all_calls_and_ends_by_itself(crm: CrmClient, status: int) -> None:
    assert crm.ask("PUT", "/_control/outage", {"seconds": 20, "status": status}).status == 200

    during = [crm.ask("GET", ADMINS), crm.generate("r"), crm.ask("GET", "/internal/health")]
    crm.later(20)
    after = [crm.ask("GET", ADMINS), crm.generate("r"), crm.ask("GET", "/internal/health")]

    assert [answer.status for answer in during] == [status] * 3
    assert not says_well(json.dumps(during[-1].body).encode())
    assert [answer.status for answer in after] == [200] * 3
    assert crm.state.times_accepted() == {"r": 1}


def test_an_outage_of_some_routes_leaves_the_others(crm: CrmClient) -> None:
    crm.ask("PUT", "/_control/outage", {"seconds": 20, "routes": [GENERATE_REPORT.name]})

    assert (crm.generate("r").status, crm.ask("GET", ADMINS).status) == (503, 200)


def test_an_outage_is_over_when_the_crm_recovers(crm: CrmClient) -> None:
    crm.state.begin_outage(20)
    crm.later(5)

    crm.ask("DELETE", "/_control/proxy")

    assert crm.ask("GET", ADMINS).status == 200
    assert [(each.began, each.ends) for each in crm.state.outages] == [(NOON, NOON + timedelta(seconds=5))]


def test_a_limited_route_takes_so_many_calls_in_any_second(crm: CrmClient) -> None:
    crm.ask("PUT", "/_control/limits", {GENERATE_REPORT.name: {"calls": 2, "retry_after": "5"}})

    answers = [crm.generate(str(number)) for number in range(3)]
    crm.later(0.9)
    answers.append(crm.generate("3"))
    crm.later(0.1)
    answers.append(crm.generate("4"))

    assert [answer.status for answer in answers] == [200, 200, 429, 429, 200]
    assert {answer.failure.retry_after for answer in answers if answer.status == 429} == {"5"}
    assert crm.ask("GET", ADMINS).status == 200
    assert crm.state.times_accepted() == {"0": 1, "1": 1, "4": 1}


def test_a_limit_is_lifted_when_the_crm_recovers(crm: CrmClient) -> None:
    crm.state.limit(GENERATE_REPORT.name, RateLimit(1))
    crm.state.recover()

    assert [crm.generate(str(number)).status for number in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("outage", {}, "seconds"),
        ("outage", {"seconds": 0}, "seconds"),
        ("outage", {"seconds": 1, "status": 200}, "status"),
        ("outage", {"seconds": 1, "minutes": 2}, "minutes"),
        ("outage", {"seconds": 1, "routes": ["GET /internal/nowhere"]}, "there is no route GET /internal/nowhere"),
        ("limits", {GENERATE_REPORT.name: {"calls": 0}}, "calls"),
        ("limits", {GENERATE_REPORT.name: {}}, "calls"),
        ("limits", {"GET /_control/calls": {"calls": 1}}, "there is no route GET /_control/calls"),
    ],
)
def test_nonsense_is_refused_with_the_problem(crm: CrmClient, path: str, body: object, problem: str) -> None:
    answer = crm.ask("PUT", f"/_control/{path}", body)

    assert answer.status == 400
    assert problem in answer.body["error"]
    assert crm.ask("GET", ADMINS).status == 200
