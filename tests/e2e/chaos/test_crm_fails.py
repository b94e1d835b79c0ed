"""The CRM fails, is slow, asks for patience, and lies: no message is lost for it, and no side effect is done twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from local.standins.crm.state import CrmFailure
from local.traffic import appointments, payments, reports
from local.traffic.publication import Case, Publication
from local.traffic.publish import AcceptedPublication
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.weather import failing

READS: tuple[Case, ...] = (appointments.stands, appointments.created_and_cancelled)
"""What cannot go on without the CRM's answer."""

WRITES: tuple[Case, ...] = (reports.run_again, payments.due_at_once)

FAILURES = {
    "fails": CrmFailure(HTTPStatus.INTERNAL_SERVER_ERROR, times=1),
    "is away": CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=2),
    "is slow": CrmFailure(times=1, seconds=1),
    "asks for patience": CrmFailure(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="1"),
    "asks for patience until a day gone by": CrmFailure(
        HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"
    ),
    "asks for nonsense": CrmFailure(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="soon"),
    "speaks no HTTP": CrmFailure(times=1, garbage=True),
}

LIES = {
    "no JSON": "<html>It works!</html>",
    "half of it": '{"id": "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11", "companyId": ',
    "a list": "[]",
    "nothing": "null",
    "something else": '{"companyName": 7, "admins": "nobody", "startTime": "tomorrow"}',
    "hostile depth": "[" * 5_000,
}


@dataclass(frozen=True)
class Asking:
    """What asks a CRM that is no help: all at once, as most of the time is waited for the next attempt."""

    where_it_fails: Sequence[AcceptedPublication]
    where_it_lies: Sequence[AcceptedPublication]
    """Once."""

    where_it_lies_on: Sequence[AcceptedPublication]


@pytest.fixture(scope="module")
def asking(chaos: Chaos) -> Asking:
    fails: list[Publication] = []
    lies: list[Publication] = []
    lies_on: list[Publication] = []
    for failure in FAILURES.values():
        fails += failing(chaos, chaos.made(*READS, *WRITES, times=2) + recorded(chaos, 4), failure)
    for lie in LIES.values():
        lies += failing(chaos, chaos.made(*READS, times=2), CrmFailure(times=1, text=lie))
    for item, lie in zip(chaos.made(appointments.stands, times=4), LIES.values(), strict=False):
        lies_on += failing(chaos, [item], CrmFailure(text=lie))
    return Asking(chaos.hand_over(fails), chaos.hand_over(lies), chaos.hand_over(lies_on))


def test_a_crm_that_fails(chaos: Chaos, asking: Asking) -> None:
    """Each failure with all that calls the CRM."""
    settled = chaos.settle("CRM that fails", asking.where_it_fails)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_crm_that_lies(chaos: Chaos, asking: Asking) -> None:
    settled = chaos.settle("CRM that lies", asking.where_it_lies)

    assert settled.findings == []
    assert settled.outcomes[Outcome.RETRYING] == len(asking.where_it_lies)
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_crm_that_lies_on_and_on(chaos: Chaos, asking: Asking) -> None:
    settled = chaos.settle("CRM that lies on and on", asking.where_it_lies_on)

    assert settled.findings == []
    for item in asking.where_it_lies_on:
        lines = settled.of(item.id)
        # It shares its batches with the failures above: one that waits for its answer may leave no time for it.
        assert [line.attempt for line in lines if line.what is not Outcome.DEFERRED] == [1, 2, 3]
        assert lines[-1].what is Outcome.DEAD_LETTERED
