"""The CRM fails, is slow, asks for a delay or responds with a wrong body: nothing is lost, nothing is done twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from local.standins.crm.state import CrmFailure
from local.traffic import appointments, payments, reports
from local.traffic.publication import Case, Publication
from local.traffic.publish import AcceptedPublication
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.fault_kinds import with_failing_crm

READS: tuple[Case, ...] = (appointments.unchanged, appointments.created_and_cancelled)
"""Cases that need the CRM's response."""

WRITES: tuple[Case, ...] = (reports.regenerate, payments.retry_overdue)

PAGE = "<html>It works!</html>"
HTML = "text/html; charset=utf-8"

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
    "is behind a proxy that finds nothing": CrmFailure(HTTPStatus.NOT_FOUND, times=1, text=PAGE, content_type=HTML),
    "is behind a proxy with a conflict": CrmFailure(HTTPStatus.CONFLICT, times=1, text=PAGE, content_type=HTML),
    "is behind a login page": CrmFailure(times=1, text=PAGE, content_type=HTML),
    "is behind a gateway's JSON": CrmFailure(HTTPStatus.NOT_FOUND, times=1, text='{"message": "Not Found"}'),
}

WRONG_BODIES = {
    "no JSON": "<html>It works!</html>",
    "half of it": '{"id": "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11", "companyId": ',
    "a list": "[]",
    "nothing": "null",
    "something else": '{"companyName": 7, "admins": "nobody", "startTime": "tomorrow"}',
    "hostile depth": "[" * 5_000,
}


@dataclass(frozen=True)
class Requests:
    """The messages, published at once, since most of the time passes between attempts."""

    with_failures: Sequence[AcceptedPublication]
    with_one_wrong_body: Sequence[AcceptedPublication]
    """The first response has a wrong body."""

    with_wrong_bodies: Sequence[AcceptedPublication]


@pytest.fixture(scope="module")
def requests(chaos: Chaos) -> Requests:
    fails: list[Publication] = []
    wrong_once: list[Publication] = []
    always_wrong: list[Publication] = []
    for failure in FAILURES.values():
        fails += with_failing_crm(chaos, chaos.messages(*READS, *WRITES, times=2) + activity_jobs(chaos, 4), failure)
    for body in WRONG_BODIES.values():
        wrong_once += with_failing_crm(chaos, chaos.messages(*READS, times=2), CrmFailure(times=1, text=body))
    for item, body in zip(chaos.messages(appointments.unchanged, times=4), WRONG_BODIES.values(), strict=False):
        always_wrong += with_failing_crm(chaos, [item], CrmFailure(text=body))
    return Requests(chaos.send(fails), chaos.send(wrong_once), chaos.send(always_wrong))


def test_a_failing_crm_leads_to_retries_only(chaos: Chaos, requests: Requests) -> None:
    """Each kind of failure, in every case that calls the CRM."""
    settled = chaos.settle("CRM that fails", requests.with_failures)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_wrong_response_body_is_retried(chaos: Chaos, requests: Requests) -> None:
    settled = chaos.settle("CRM with one wrong body", requests.with_one_wrong_body)

    assert settled.findings == []
    assert settled.outcomes[Outcome.RETRYING] == len(requests.with_one_wrong_body)
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_wrong_response_bodies_dead_letter_after_three_attempts(chaos: Chaos, requests: Requests) -> None:
    settled = chaos.settle("CRM with wrong bodies only", requests.with_wrong_bodies)

    assert settled.findings == []
    for item in requests.with_wrong_bodies:
        lines = settled.of(item.id)
        # Slow calls of the failures above may leave no time for messages in the same batch.
        assert [line.attempt for line in lines if line.what is not Outcome.DEFERRED] == [1, 2, 3]
        assert lines[-1].what is Outcome.DEAD_LETTERED
