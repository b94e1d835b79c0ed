"""All of AWS is unavailable for a while, or Secrets Manager, or the CRM behind a proxy that answers in its place."""

from collections.abc import Sequence
from http import HTTPStatus

from local.emulator.fault_proxy import Fault
from local.polling import poll
from local.standins.crm.state import CrmFailure
from local.traffic import appointments, bookings, mix, payments, reports
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from schemas.activities import ACTIVITY_RECORD
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.fault_kinds import in_sequence, settle_during, with_failing_crm
from tests.e2e.chaos.queues import VISIBILITY_TIMEOUT, paused, set_visibility_timeout, waiting

SHORT_VISIBILITY_TIMEOUT = 7
"""Seconds until SQS redelivers a message that its function could not defer."""

CALLERS = (
    appointments.unchanged,
    appointments.created,
    appointments.rescheduled,
    bookings.two_webhooks,
    payments.retry_overdue,
    reports.regenerate,
)
"""Cases whose messages read from the CRM, write to it, or both; none is to be skipped."""

REFUSED = CrmFailure(HTTPStatus.UNAUTHORIZED, times=1)


def test_get_secret_value(chaos: Chaos) -> None:
    """The CRM refuses the token, and Secrets Manager fails in each way when it is read again."""
    faults = in_sequence("secretsmanager", "GetSecretValue", times=2)

    settled = settle_during(chaos, faults, with_failing_crm(chaos, activity_jobs(chaos, 40), REFUSED))

    assert settled.outcomes[Outcome.SUCCEEDED] == 40


def test_functions_that_cannot_reach_aws_leave_messages_in_their_queues(chaos: Chaos) -> None:
    queues = (chaos.stage.deployed.ingress_queue_url, chaos.queue_url(ACTIVITY_RECORD.name))
    for queue in queues:
        set_visibility_timeout(chaos.stage.endpoint, queue, SHORT_VISIBILITY_TIMEOUT)

    with chaos.faults.injecting(Fault(service="*", is_reset=True)):
        accepted = chaos.send(
            chaos.messages(mix.heartbeat, times=100, door=PublicationDoor.QUEUE) + activity_jobs(chaos, 20)
        )
        poll(lambda: chaos.faults.injected()["sqs"] >= 20, what="copies that cannot be sent", seconds=60, every=0.1)
    settled = chaos.settle("AWS out of reach", accepted)
    for queue in queues:
        set_visibility_timeout(chaos.stage.endpoint, queue, VISIBILITY_TIMEOUT)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_messages_that_wait_during_a_restart_of_aws_are_done_once(chaos: Chaos) -> None:
    """Messages in queues, delayed copies, schedules, and records of finished jobs."""
    delayed = waiting_for_retry(chaos)
    paused_queues = [chaos.queue_url(each.name) for each in (PAYMENT_FAILED, ACTIVITY_RECORD, REPORT_GENERATE)]

    with paused(chaos.stage.endpoint, *paused_queues):
        messages = chaos.messages(payments.retry_overdue, reports.regenerate, times=30) + activity_jobs(chaos, 60)
        scheduled = chaos.send(chaos.messages(appointments.created, times=4))
        accepted = [*chaos.send(messages), *delayed, *scheduled]
        assert chaos.settle("schedules", scheduled).findings == []
        poll(
            lambda: waiting(chaos.stage.endpoint, *paused_queues) >= len(messages),
            what="all messages in their queues",
            seconds=60,
        )
        chaos.stage.emulator.restart()
        chaos.records.forget_workers()
    settled = chaos.settle("AWS restarted", accepted)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_no_answer_of_a_proxy_is_taken_for_the_crms(chaos: Chaos) -> None:
    """The first answer to every call is a load balancer's 404 or a maintenance page with 200."""
    crm = chaos.stage.crm.state
    earlier = len(crm.calls())
    crm.put_behind_proxy()

    settled = chaos.settle("proxy before the CRM", chaos.send(chaos.messages(*CALLERS, times=2)))
    crm.recover()

    calls = crm.calls()[earlier:]
    by_proxy = {(call.method, call.path, call.key) for call in calls if call.by_proxy and call.about}
    assert len(by_proxy) >= 2 * len(CALLERS)
    assert by_proxy <= {(call.method, call.path, call.key) for call in calls if not call.by_proxy}
    assert settled.findings == []
    assert settled.outcomes[Outcome.SKIPPED] == settled.outcomes[Outcome.DEAD_LETTERED] == 0


def waiting_for_retry(chaos: Chaos) -> Sequence[AcceptedPublication]:
    """Jobs that were deferred, or failed once, and whose delayed copies wait."""
    jobs = activity_jobs(chaos, 10)
    chaos.stage.crm.state.begin_outage(seconds=10)
    accepted = chaos.send(jobs)
    ids = {job.id for job in jobs}
    poll(
        lambda: ids <= {line.id for line in chaos.records.lines() if line.what in {Outcome.RETRYING, Outcome.DEFERRED}},
        what="jobs that wait for a retry",
        seconds=60,
    )
    return accepted
