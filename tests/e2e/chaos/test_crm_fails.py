"""The CRM fails, is slow, asks for a delay or responds with a wrong body: nothing is lost, nothing is done twice.

Few of the calls fail, since a CRM of which most calls fail counts as unavailable: `test_away.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

import pytest

from local.polling import poll
from local.standins.crm.state import CrmFailure
from local.traffic import appointments, payments, reports
from local.traffic.publication import Case, Publication
from local.traffic.publish import AcceptedPublication
from schemas.reasons import Outcome, Reason
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

HEALTHY = 5
"""For each message whose call fails, so many of the same type whose calls succeed."""

MOST_ATTEMPTS = 3
MOST_RUNS = 12
"""Of a message that always fails among others that succeed."""

POISON = CrmFailure(HTTPStatus.INTERNAL_SERVER_ERROR)

NO_BODY = "null"

WRONG_BODIES = {
    "no JSON": "<html>It works!</html>",
    "half of it": '{"id": "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11", "companyId": ',
    "a list": "[]",
    "nothing": NO_BODY,
    "something else": '{"companyName": 7, "admins": "nobody", "startTime": "tomorrow"}',
    "hostile depth": "[" * 5_000,
}


@dataclass(frozen=True)
class Requests:
    """The messages, published at once, since most of the time passes between attempts."""

    with_failures: Sequence[AcceptedPublication]
    with_one_wrong_body: Sequence[AcceptedPublication]
    """The first response has a wrong body."""

    healthy: Sequence[AcceptedPublication]


@pytest.fixture(scope="module")
def requests(chaos: Chaos) -> Requests:
    fails: list[Publication] = []
    wrong_once: list[Publication] = []
    for failure in FAILURES.values():
        fails += with_failing_crm(chaos, chaos.messages(*READS, *WRITES) + activity_jobs(chaos, 1), failure)
    for body in WRONG_BODIES.values():
        wrong_once += with_failing_crm(chaos, chaos.messages(*READS), CrmFailure(times=1, text=body))
    failing = [*fails, *wrong_once]
    times = HEALTHY * len(FAILURES)
    healthy = chaos.messages(*READS, *WRITES, times=times) + activity_jobs(chaos, times)
    accepted = {item.id: item for item in chaos.send(shuffled([*failing, *healthy]))}

    def of(publications: Sequence[Publication]) -> list[AcceptedPublication]:
        return [accepted[item.id] for item in publications]

    return Requests(of(fails), of(wrong_once), of(healthy))


def shuffled(publications: Sequence[Publication]) -> list[Publication]:
    """The messages in an order that is always the same."""
    return Random(1).sample(publications, len(publications))  # noqa: S311 no secret


def test_a_failing_crm_costs_no_message(chaos: Chaos, requests: Requests) -> None:
    """Each kind of failure, in every case that calls the CRM."""
    settled = chaos.settle("CRM that fails", [*requests.with_failures, *requests.healthy])

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_wrong_response_body_is_waited_out(chaos: Chaos, requests: Requests) -> None:
    settled = chaos.settle("CRM with one wrong body", requests.with_one_wrong_body)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEFERRED] >= len(requests.with_one_wrong_body)
    assert settled.outcomes[Outcome.RETRYING] == settled.outcomes[Outcome.DEAD_LETTERED] == 0


@pytest.mark.long
@pytest.mark.timeout(420)
def test_a_call_that_always_fails_among_others_has_three_attempts(chaos: Chaos) -> None:
    """The third is made once the CRM has refused nothing for a minute."""
    (failing,) = with_failing_crm(chaos, activity_jobs(chaos, 1), POISON)
    accepted = chaos.send(shuffled([failing, *activity_jobs(chaos, 50)]))
    (poison,) = [item for item in accepted if item.id == failing.id]

    settled = chaos.settle("CRM that always fails at one message", accepted, seconds=300)

    assert settled.findings == []
    lines = settled.of(poison.id)
    assert [line.attempt for line in lines if line.what is not Outcome.DEFERRED] == [1, 2, 3]
    assert (lines[-1].what, lines[-1].reason) == (Outcome.DEAD_LETTERED, Reason.ATTEMPTS_EXHAUSTED)
    assert len(chaos.stage.crm.state.calls_about(poison.publication.subject)) <= MOST_RUNS


def test_a_message_waits_until_the_response_has_a_body_again(chaos: Chaos) -> None:
    crm = chaos.stage.crm.state
    accepted = chaos.send(with_failing_crm(chaos, chaos.messages(reports.regenerate), CrmFailure(text=NO_BODY)))
    (item,) = accepted
    poll(
        lambda: len(crm.calls_about(item.publication.subject)) > MOST_ATTEMPTS,
        what="more calls than attempts",
        seconds=120,
    )
    crm.fail(item.publication.subject, CrmFailure(times=0))
    settled = chaos.settle("CRM with a wrong body for long", accepted)

    assert settled.findings == []
    assert {line.what for line in settled.of(item.id)} == {Outcome.DEFERRED, Outcome.SUCCEEDED}
    assert {line.attempt for line in settled.of(item.id)} == {1}
