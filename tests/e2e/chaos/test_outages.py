"""All of AWS is away for a while."""

from collections.abc import Sequence
from http import HTTPStatus

from local.emulator.fault_proxy import Fault
from local.polling import poll
from local.standins.crm.state import CrmFailure
from local.traffic import appointments, mix, payments, reports
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from schemas.activities import ACTIVITY_RECORD
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.queues import HIDDEN_SECONDS, hide_for, paused, waiting

SOON = 7
"""Seconds that a message stays away whose function could not even send it back."""

LATER = CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="8")


def test_functions_that_reach_nothing_of_aws_leave_their_messages_where_they_are(chaos: Chaos) -> None:
    queues = (chaos.stage.deployed.ingress_queue_url, chaos.queue_url(ACTIVITY_RECORD.name))
    for queue in queues:
        hide_for(chaos.stage.endpoint, queue, SOON)

    with chaos.faults.causing(Fault(service="*", is_reset=True)):
        accepted = chaos.hand_over(
            chaos.made(mix.heartbeat, times=100, door=PublicationDoor.QUEUE) + recorded(chaos, 20)
        )
        poll(lambda: chaos.faults.happened()["sqs"] >= 20, what="copies that cannot be sent", seconds=60, every=0.1)
    settled = chaos.settle("AWS out of reach", accepted)
    for queue in queues:
        hide_for(chaos.stage.endpoint, queue, HIDDEN_SECONDS)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_what_waits_when_all_of_aws_is_restarted_is_done_once_afterwards(chaos: Chaos) -> None:
    """Messages in queues, copies that are delayed, schedules, and what is remembered of finished jobs."""
    delayed = to_be_tried_later(chaos)
    paused_queues = [chaos.queue_url(each.name) for each in (PAYMENT_FAILED, ACTIVITY_RECORD, REPORT_GENERATE)]

    with paused(chaos.stage.endpoint, *paused_queues):
        made = chaos.made(payments.due_at_once, reports.run_again, times=30) + recorded(chaos, 60)
        scheduled = chaos.hand_over(chaos.made(appointments.created, times=4))
        accepted = [*chaos.hand_over(made), *delayed, *scheduled]
        assert chaos.settle("schedules", scheduled).findings == []
        poll(
            lambda: waiting(chaos.stage.endpoint, *paused_queues) >= len(made),
            what="all messages in their queues",
            seconds=60,
        )
        chaos.stage.emulator.restart()
        chaos.ledger.forget_workers()
    settled = chaos.settle("AWS restarted", accepted)

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def to_be_tried_later(chaos: Chaos) -> Sequence[AcceptedPublication]:
    """Jobs that failed once, and whose copies wait for their time."""
    jobs = recorded(chaos, 10)
    for job in jobs:
        chaos.stage.crm.books.fail(job.subject, LATER)
    accepted = chaos.hand_over(jobs)
    ids = {job.id for job in jobs}
    poll(
        lambda: ids <= {line.id for line in chaos.ledger.lines() if line.what is Outcome.RETRYING},
        what="jobs that are to be tried later",
        seconds=60,
    )
    return accepted
