"""The stand-in CRM keeps what is reported about addresses and numbers, the later report of two."""

import json
from itertools import permutations
from typing import Any

import pytest

from local.standins.crm.api import CrmEndpoints
from local.standins.crm.companies import COMPANIES
from local.standins.crm.http import CrmRequest, CrmResponse
from local.standins.crm.state import CrmFailure, CrmState
from schemas.contacts import EmailStatus

TOKEN = "token"  # noqa: S105 no secret
COMPANY = COMPANIES[0].id
EMAIL_STATUS = f"/internal/companies/{COMPANY}/contacts/email-status"
SMS_STATUS = f"/internal/companies/{COMPANY}/contacts/sms-status"


class CrmClient:
    def __init__(self) -> None:
        self.state = CrmState()
        self._endpoints = CrmEndpoints(self.state, TOKEN, lambda _: None)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> CrmResponse:
        text = b"" if body is None else json.dumps(body).encode()
        return self._endpoints.answer(CrmRequest(method=method, path=path, body=text, key=key, token=TOKEN))


@pytest.fixture
def crm() -> CrmClient:
    return CrmClient()


def report(status: str = "bounced", at: str = "2026-04-14T14:00:33.000Z", **changes: Any) -> dict[str, Any]:
    return {
        "companyId": COMPANY,
        "email": "ada@example.com",
        "status": status,
        "reason": "the mailbox is unknown",
        "occurredAt": at,
    } | changes


REPORTS = (
    report(),
    report("complained", "2026-04-14T15:00:00.000Z"),
    report("bounced", "2026-04-14T15:00:00.000Z"),
    report("bounced", "2026-04-14T13:00:00.000Z"),
)


def test_a_reported_address_has_its_status(crm: CrmClient) -> None:
    answer = crm.ask("POST", EMAIL_STATUS, report(email="Ada@Example.com"), key="1")

    assert (answer.status, answer.body) == (200, {"result": "done"})
    assert crm.state.contacts.email_status(COMPANY, "ada@example.com") is EmailStatus.BOUNCED
    assert crm.state.contacts.email_status(COMPANIES[1].id, "ada@example.com") is None


@pytest.mark.parametrize("order", list(permutations(REPORTS)))
def test_the_later_report_counts_in_any_order(crm: CrmClient, order: tuple[dict[str, Any], ...]) -> None:
    for number, body in enumerate(order):
        crm.ask("POST", EMAIL_STATUS, body, key=str(number))

    assert crm.ask("GET", f"/_control/contacts/{COMPANY}").body == {
        "emails": {
            "ada@example.com": {
                "status": "complained",
                "reason": "the mailbox is unknown",
                "occurredAt": "2026-04-14T15:00:00.000Z",
            }
        },
        "phones": {},
    }


def test_a_number_that_opted_out_is_known(crm: CrmClient) -> None:
    body = {"companyId": COMPANY, "phone": "+14155550123", "occurredAt": "2026-04-14T14:00:33.000Z"}

    assert crm.ask("POST", SMS_STATUS, body, key="1").status == 200

    assert crm.state.contacts.opted_out(COMPANY, "+14155550123")
    assert not crm.state.contacts.opted_out(COMPANY, "+14155550124")


@pytest.mark.parametrize(
    ("path", "body"),
    [(EMAIL_STATUS, report(status="unknown")), (EMAIL_STATUS, report(email="none")), (SMS_STATUS, {"phone": "1"})],
)
def test_a_report_that_is_none_is_refused(crm: CrmClient, path: str, body: dict[str, Any]) -> None:
    assert crm.ask("POST", path, body, key="1").status == 400


def test_a_report_without_a_key_is_refused(crm: CrmClient) -> None:
    assert crm.ask("POST", EMAIL_STATUS, report()).status == 400


@pytest.mark.parametrize("failure", [CrmFailure(status=404), CrmFailure(status=503), CrmFailure(text="<html>")])
def test_a_report_that_failed_changes_nothing(crm: CrmClient, failure: CrmFailure) -> None:
    crm.state.fail(COMPANY, failure)

    crm.ask("POST", EMAIL_STATUS, report(), key="1")

    assert crm.state.contacts.email_status(COMPANY, "ada@example.com") is None
