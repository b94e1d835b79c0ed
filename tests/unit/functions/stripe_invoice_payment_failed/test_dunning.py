"""A whole dunning: Stripe's events, our retries and the CRM's count of them, until the admins are notified."""

import importlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.payment_failed.dunning import Dunning
from local.standins.crm.companies import admins_of
from local.standins.crm.state import CrmCall, CrmFailure, CrmState, Facts
from schemas.catalogue import BY_NAME
from tests.fakes.crm import connect_stand_in
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.ses import FakeSes
from tests.messages import COMPANY
from tests.stripe.events import GIVEN_UP, INVOICE_ID, invoice, stripe_event, uncollected

WAITS = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
ADMINS = [admin.email for admin in admins_of(COMPANY).admins]


class Account:
    """A customer's invoice, whose charges are all declined."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.crm, self.ses = CrmState(), FakeSes()
        self.harness = FunctionHarness(clients={"sesv2": self.ses})
        connect_stand_in(self.harness, self.crm)
        self.harness.capabilities[Dunning] = Dunning(WAITS)
        self._events = 0

    @property
    def charges(self) -> list[CrmCall]:
        return [call for call in self.crm.calls() if call.path.endswith("/retry")]

    @property
    def mailed(self) -> list[str]:
        return [mail["Destination"]["ToAddresses"][0] for mail in self.ses.sent]

    def stripe_says_declined(self, *, times: int = 1) -> None:
        """One event of Stripe's, delivered so many times, and all that follows from it at once."""
        self._events += 1
        event = stripe_event(invoice(**GIVEN_UP | self.fields), id=f"evt_{self._events}")
        message = uncollected(event, id=f"evt_{self._events}", timestamp=self.harness.now.isoformat())
        for _ in range(times):
            self._run(message)

    def until_nothing_is_due(self, *, times: int = 1) -> None:
        """Let time pass: each retry that is due is made, and Stripe says that it was declined."""
        for body in self._due():
            self._run(body)
            self.stripe_says_declined(times=times)

    def _due(self) -> Iterator[dict[str, Any]]:
        schedules = self.harness.scheduler.schedules
        while schedules:
            ((name, schedule),) = schedules.items()
            self.harness.now = datetime.fromisoformat(schedule["ScheduleExpression"][3:-1] + "+00:00")
            del schedules[name]
            yield json.loads(schedule["Target"]["Input"])

    def _run(self, message: dict[str, Any]) -> None:
        waiting = [message]
        while waiting:
            body = waiting.pop(0)
            module = importlib.import_module(f"lambdas.{BY_NAME[body['type']].folder}.handler")
            module.handler.process(sqs_event(json.dumps(body)), FakeContext(), self.harness.runtime())
            waiting += [json.loads(entry["Detail"]) for entry in self.harness.events.published]
            self.harness.events.published.clear()


@pytest.mark.parametrize("stripes", [..., None, 0, 1, 2, 4, 99], ids=str)
def test_three_charges_under_three_keys_then_one_mail_an_admin(stripes: Any) -> None:
    account = Account(attempt_count=stripes)

    account.stripe_says_declined()
    account.until_nothing_is_due()

    assert [call.body["attempt"] for call in account.charges] == [2, 3, 4]
    assert len({call.key for call in account.charges}) == 3
    assert account.mailed == ADMINS
    assert account.harness.now - NOW >= sum(WAITS, timedelta())


def test_events_that_stripe_delivers_twice_charge_and_mail_once() -> None:
    account = Account()

    account.stripe_says_declined(times=2)
    account.until_nothing_is_due(times=2)

    assert [call.body["attempt"] for call in account.charges] == [2, 3, 4]
    assert account.mailed == ADMINS


@pytest.mark.parametrize("fields", [{"collection_method": "send_invoice"}, {"billing_reason": "subscription_create"}])
def test_what_the_customer_pays_leads_to_the_mail_alone(fields: dict[str, Any]) -> None:
    account = Account(**fields)

    account.stripe_says_declined()
    account.until_nothing_is_due()

    assert account.charges == []
    assert account.mailed == ADMINS


def test_a_payment_that_the_crm_does_not_know_is_never_charged() -> None:
    account = Account()
    account.crm.fail(INVOICE_ID, CrmFailure(status=404))

    account.stripe_says_declined()
    account.until_nothing_is_due()

    assert account.charges == []
    assert account.mailed == ADMINS


@pytest.mark.parametrize("made", [0, 1, 3])
def test_nobody_is_mailed_about_what_was_paid(made: int) -> None:
    account = Account()
    account.crm.add(Facts(retries={INVOICE_ID: made}, paid=(INVOICE_ID,)))

    account.stripe_says_declined()
    account.until_nothing_is_due()

    assert account.charges == []
    assert account.mailed == []
    assert account.harness.outcomes == ["skipped"]


def test_a_retry_of_what_was_paid_meanwhile_ends_the_dunning() -> None:
    account = Account()
    account.stripe_says_declined()
    account.crm.add(Facts(paid=(INVOICE_ID,)))

    account.until_nothing_is_due()

    assert [call.status for call in account.charges] == [409]
    assert account.mailed == []
