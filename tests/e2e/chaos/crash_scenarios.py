"""Functions that crash, hang or cannot start; published first, since SQS redelivers their messages after a timeout."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from local.standins.crm.state import CrmFailure
from local.traffic import appointments, reports
from local.traffic.publication import Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.reports import REPORT_GENERATED
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.queues import paused, set_handler, set_visibility_timeout

_VISIBILITY_TIMEOUT = 1
"""Seconds until SQS redelivers a message to the function that cannot start."""


@dataclass(frozen=True)
class CrashScenarios:
    """The published messages."""

    crashing_reminder: AcceptedPublication
    batch_neighbours: Sequence[AcceptedPublication]
    crashing_activity: AcceptedPublication
    other_activities: Sequence[AcceptedPublication]
    hanging: Sequence[AcceptedPublication]
    """Each hangs once."""

    unstartable: AcceptedPublication
    original_handler: str
    """The function's handler before it was broken."""


def start(chaos: Chaos) -> CrashScenarios:
    """Publish the messages."""
    unstartable, original_handler = _break_handler(chaos)
    # A function's first batch takes long and may time out: let it pass.
    chaos.settle("first batch", chaos.send(chaos.messages(appointments.unchanged)))
    crashing_reminder, *batch_neighbours = _crash_one_of_ten(chaos)
    activities = chaos.send(activity_jobs(chaos, 12))
    crashing = activity_jobs(chaos, 1)
    chaos.stage.crm.state.fail(crashing[0].subject, CrmFailure(signal=signal.SIGKILL))
    return CrashScenarios(
        crashing_reminder=crashing_reminder,
        batch_neighbours=batch_neighbours,
        crashing_activity=chaos.send(crashing)[0],
        other_activities=activities,
        hanging=_hang_once(chaos, chaos.messages(reports.regenerate, appointments.created_and_cancelled)),
        unstartable=unstartable,
        original_handler=original_handler,
    )


def _crash_one_of_ten(chaos: Chaos) -> list[AcceptedPublication]:
    """Ten messages in one batch of which the sixth crashes the process; the result has that one first."""
    reminders = chaos.messages(appointments.unchanged, times=10)
    crashing = reminders[5]
    chaos.stage.crm.state.fail(crashing.subject, CrmFailure(signal=signal.SIGKILL))
    with paused(chaos.stage.endpoint, chaos.queue_url(APPOINTMENT_REMINDER.name)):
        accepted = chaos.send_to_its_queue(reminders)
    return [accepted[5], *accepted[:5], *accepted[6:]]


def _hang_once(chaos: Chaos, publications: Sequence[Publication]) -> list[AcceptedPublication]:
    for item in publications:
        chaos.stage.crm.state.fail(item.subject, CrmFailure(times=1, signal=signal.SIGSTOP))
    return chaos.send(publications)


def _break_handler(chaos: Chaos) -> tuple[AcceptedPublication, str]:
    queue = chaos.queue_url(REPORT_GENERATED.name)
    set_visibility_timeout(chaos.stage.endpoint, queue, _VISIBILITY_TIMEOUT)
    handler = set_handler(chaos.stage.endpoint, queue, "lambdas.report_generated.nowhere.handler")
    (accepted,) = chaos.send(chaos.messages(reports.generated, door=PublicationDoor.BUS))
    return accepted, handler
