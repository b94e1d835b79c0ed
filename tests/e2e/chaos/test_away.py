"""The CRM or a part of AWS is away, or the CRM takes few calls a second: no message dies, all is done soon after."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest

from local.emulator.fault_proxy import Fault
from local.polling import poll
from local.standins.crm.outage import RateLimit
from local.traffic import appointments, bookings, invitations, mix, payments, reports
from local.traffic.publication import Publication, PublicationDoor
from ops.terminal.output import console
from schemas.destinations import GENERATE_REPORT, ROUTES, Destination
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATED
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos, SettledScenario
from tests.e2e.chaos.crash_scenarios import CrashScenarios
from tests.e2e.chaos.queues import set_handler

SHORT, LONG = 15, 120
"""Seconds of an outage."""

REPORTS, REPORTS_A_SECOND = 200, 5
MOST_REFUSED = 0.1
"""Of the calls to a CRM that takes few a second."""

RECOVERY_SECONDS = 60
"""From the end of an outage of two minutes until all is done, beside the time that the messages take."""

HANDLED_A_SECOND = 10
"""Messages a second that a local stage handles on a busy machine: less than any declared rate."""

BESIDE_REPORTS = tuple(each.name for each in ROUTES if each.destination is Destination.CRM and each != GENERATE_REPORT)


@dataclass(frozen=True)
class Waited:
    """Messages that had to wait, and their outcomes."""

    settled: SettledScenario
    recovered_at: datetime

    @property
    def seconds(self) -> float:
        """From the recovery until the last outcome."""
        return max((line.at - self.recovered_at).total_seconds() for line in self.settled.lines if line.final)

    def check(self) -> None:
        """Check that no message was lost, doubled or dead."""
        console.print(f"done {self.seconds:.0f} s after the recovery")
        assert self.settled.findings == []
        assert self.settled.outcomes[Outcome.DEAD_LETTERED] == 0


@dataclass(frozen=True)
class ShortOutages:
    """Outages and a rate limit, one beside the other, since most of the time passes while messages wait."""

    table: Waited
    crm: Waited
    reports: Waited
    report_calls: Counter[int]
    """The statuses of the calls about the reports."""


@pytest.fixture(scope="module", autouse=True)
def _startable(chaos: Chaos, crashes: CrashScenarios) -> None:
    """Repair the function that cannot start, in case this file runs alone."""
    set_handler(chaos.stage.endpoint, chaos.queue_url(REPORT_GENERATED.name), crashes.original_handler)


@pytest.fixture(scope="module")
def short(chaos: Chaos) -> ShortOutages:
    crm = chaos.stage.crm.state
    with chaos.faults.injecting(away("dynamodb")):
        for_table = chaos.send(activity_jobs(chaos, 60) + chaos.messages(invitations.by_name, times=20))
        pass_seconds(SHORT)
    table_is_back = datetime.now(UTC)
    crm.limit(GENERATE_REPORT.name, RateLimit(REPORTS_A_SECOND, retry_after="5"))
    of_reports = chaos.send(chaos.messages(reports.regenerate, times=REPORTS))
    reports_are_sent = datetime.now(UTC)
    crm.begin_outage(SHORT, routes=BESIDE_REPORTS)
    cases = (appointments.unchanged, bookings.confirmed, payments.retry_overdue)
    for_crm = chaos.send(activity_jobs(chaos, 60) + chaos.messages(*cases, times=10))
    crm_is_back = crm.outages[-1].ends
    table = Waited(chaos.settle("table away for 15 s", for_table), table_is_back)
    others = Waited(chaos.settle("CRM away for 15 s", for_crm), crm_is_back)
    generated = Waited(chaos.settle("200 reports at 5 a second", of_reports, seconds=300), reports_are_sent)
    subjects = {item.publication.subject for item in of_reports}
    statuses = Counter(call.status for call in crm.calls() if call.about in subjects)
    crm.recover()
    return ShortOutages(table, others, generated, statuses)


def test_no_job_dies_while_the_table_is_away(short: ShortOutages) -> None:
    short.table.check()
    assert short.table.settled.outcomes[Outcome.DEFERRED] > 0


def test_no_message_dies_while_the_crm_is_away(short: ShortOutages) -> None:
    short.crm.check()
    assert short.crm.settled.outcomes[Outcome.DEFERRED] > 0


def test_a_crm_that_takes_five_reports_a_second_gets_all_200(short: ShortOutages) -> None:
    short.reports.check()
    console.print(f"answers to the reports: {dict(short.report_calls)}")
    assert short.report_calls[HTTPStatus.OK] == REPORTS
    assert short.report_calls[HTTPStatus.TOO_MANY_REQUESTS] < MOST_REFUSED * short.report_calls.total()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_an_outage_that_lasts_for_a_minute_has_one_card(chaos: Chaos) -> None:
    chaos.stage.crm.state.begin_outage(LONG)
    accepted = chaos.send(activity_jobs(chaos, 40))
    pass_seconds(LONG * 0.75)
    for _ in range(2):
        chaos.stage.clock.tick()
    announced = cards_about_the_crm(chaos)
    pass_seconds(LONG * 0.25)
    settled = chaos.settle("CRM away for 2 min, with its card", accepted, seconds=240)

    assert len(announced) == 1
    assert settled.findings == []


def cards_about_the_crm(chaos: Chaos) -> list[str]:
    """The cards about an outage of the CRM, as texts."""
    texts = (json.dumps(card) for card in chaos.stage.slack.state.cards())
    return [text for text in texts if "The CRM has not answered since" in text]


StartOutage = Callable[[Chaos], AbstractContextManager[None]]


@contextmanager
def crm_is_away(chaos: Chaos) -> Iterator[None]:
    chaos.stage.crm.state.begin_outage(LONG)
    yield
    chaos.stage.crm.state.recover()


@contextmanager
def secrets_are_away(chaos: Chaos) -> Iterator[None]:
    """Meanwhile the CRM refuses the token for a moment, so that it must be read again."""
    with chaos.faults.injecting(away("secretsmanager")):
        chaos.stage.crm.state.begin_outage(5, HTTPStatus.UNAUTHORIZED)
        yield


def service_is_away(*services: str) -> StartOutage:
    def outage(chaos: Chaos) -> AbstractContextManager[None]:
        return chaos.faults.injecting(*(away(service) for service in services))

    return outage


def jobs(chaos: Chaos) -> Sequence[Publication]:
    return activity_jobs(chaos, 60)


def mails_and_texts(chaos: Chaos) -> Sequence[Publication]:
    return chaos.messages(invitations.by_name, appointments.unchanged, times=30)


def heartbeats_and_mails(chaos: Chaos) -> Sequence[Publication]:
    heartbeats = chaos.messages(mix.heartbeat, times=60, door=PublicationDoor.QUEUE)
    return heartbeats + chaos.messages(invitations.by_name, times=30)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("outage", "messages"),
    [
        pytest.param(crm_is_away, jobs, id="crm"),
        pytest.param(service_is_away("ses", "sns"), mails_and_texts, id="ses and sns"),
        pytest.param(secrets_are_away, jobs, id="secrets"),
        pytest.param(service_is_away("dynamodb"), jobs, id="table"),
        pytest.param(service_is_away("events"), heartbeats_and_mails, id="bus"),
    ],
)
def test_two_minutes_without_another_system_cost_no_message(
    chaos: Chaos,
    request: pytest.FixtureRequest,
    outage: StartOutage,
    messages: Callable[[Chaos], Sequence[Publication]],
) -> None:
    with outage(chaos):
        ends = datetime.now(UTC) + timedelta(seconds=LONG)
        accepted = chaos.send(messages(chaos))
        pass_seconds(LONG / 2)
        accepted += chaos.send(messages(chaos))
        pass_seconds((ends - datetime.now(UTC)).total_seconds())
    settled = chaos.settle(f"{request.node.callspec.id} away for 2 min", accepted, seconds=240)

    waited = Waited(settled, ends)
    waited.check()
    assert settled.outcomes[Outcome.DEFERRED] > 0
    assert waited.seconds <= RECOVERY_SECONDS + settled.outcomes[Outcome.SUCCEEDED] / HANDLED_A_SECOND


def away(service: str) -> Fault:
    """A service of AWS that fails at every call."""
    return Fault(service=service, code="ServiceUnavailable", status=503)


def pass_seconds(seconds: float) -> None:
    """Wait until the seconds of an outage are over."""
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    poll(lambda: datetime.now(UTC) >= ends, what="the end of an outage", seconds=seconds + 10)
