"""Functions that die, hang or cannot start: begun first, since SQS lets some time go by before it delivers again."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from local.standins.crm.state import CrmFailure
from local.traffic import appointments, reports
from local.traffic.publication import Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.reports import REPORT_GENERATED
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.queues import hide_for, paused, set_handler

_SOON = 1
"""Second that a message stays away from a function that cannot start."""


@dataclass(frozen=True)
class Trouble:
    """What was published."""

    deadly_reminder: AcceptedPublication
    its_neighbours: Sequence[AcceptedPublication]
    deadly_activity: AcceptedPublication
    other_activities: Sequence[AcceptedPublication]
    hanging: Sequence[AcceptedPublication]
    """Each hangs once."""

    unstartable: AcceptedPublication
    its_handler: str
    """Where its function was to be called, until it could not start any more."""


def brew(chaos: Chaos) -> Trouble:
    """Begin it all."""
    unstartable, its_handler = _cannot_start(chaos)
    # A function's first batch takes long, and may be cut short: let that be over.
    chaos.settle("first light", chaos.hand_over(chaos.made(appointments.stands)))
    deadly_reminder, *its_neighbours = _one_kills_the_process_of_all(chaos)
    activities = chaos.hand_over(recorded(chaos, 12))
    deadly = recorded(chaos, 1)
    chaos.stage.crm.books.fail(deadly[0].subject, CrmFailure(signal=signal.SIGKILL))
    return Trouble(
        deadly_reminder=deadly_reminder,
        its_neighbours=its_neighbours,
        deadly_activity=chaos.hand_over(deadly)[0],
        other_activities=activities,
        hanging=_hang(chaos, chaos.made(reports.run_again, appointments.created_and_cancelled)),
        unstartable=unstartable,
        its_handler=its_handler,
    )


def _one_kills_the_process_of_all(chaos: Chaos) -> list[AcceptedPublication]:
    """Ten in one batch; the one that comes first here stands in their midst."""
    reminders = chaos.made(appointments.stands, times=10)
    deadly = reminders[5]
    chaos.stage.crm.books.fail(deadly.subject, CrmFailure(signal=signal.SIGKILL))
    with paused(chaos.stage.endpoint, chaos.queue_url(APPOINTMENT_REMINDER.name)):
        accepted = chaos.send_to_its_queue(reminders)
    return [accepted[5], *accepted[:5], *accepted[6:]]


def _hang(chaos: Chaos, made: Sequence[Publication]) -> list[AcceptedPublication]:
    for item in made:
        chaos.stage.crm.books.fail(item.subject, CrmFailure(times=1, signal=signal.SIGSTOP))
    return chaos.hand_over(made)


def _cannot_start(chaos: Chaos) -> tuple[AcceptedPublication, str]:
    queue = chaos.queue_url(REPORT_GENERATED.name)
    hide_for(chaos.stage.endpoint, queue, _SOON)
    handler = set_handler(chaos.stage.endpoint, queue, "lambdas.report_generated.nowhere.handler")
    (accepted,) = chaos.hand_over(chaos.made(reports.generated, door=PublicationDoor.BUS))
    return accepted, handler
