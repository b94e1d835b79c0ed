"""An appointment that was moved, and one of whose new reminders is brought forward."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.emulator.deployment import STAGE
from local.traffic import appointments
from local.traffic.publish import AcceptedPublication
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.names import schedule_group_name
from tests.e2e.scene import Scene

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient


@dataclass(frozen=True)
class Moved:
    """What came of it."""

    reminder: AcceptedPublication
    """Of the start that it had before."""

    decided: LogLine
    schedules: tuple[PendingSchedule, ...]
    """As they stood before the first of them was brought forward."""


def move(scene: Scene) -> Moved:
    """Let it happen: the first of the new reminders is due in a second."""
    reminder = scene.publish(appointments.moved)
    decided = scene.decided(reminder)
    standing = [scene.schedule(due.key) for due in reminder.publication.due]
    schedules = tuple(schedule for schedule in standing if schedule)
    _bring_forward(scene.stage.endpoint.scheduler, schedules[0].name, datetime.now(UTC) + timedelta(seconds=1))
    return Moved(reminder, decided, schedules)


def _bring_forward(scheduler: "EventBridgeSchedulerClient", name: str, at: datetime) -> None:
    """UpdateSchedule takes all of a schedule: all else stays as it is."""
    group = schedule_group_name(STAGE)
    stands = scheduler.get_schedule(Name=name, GroupName=group)
    scheduler.update_schedule(
        Name=name,
        GroupName=group,
        Description=stands["Description"],
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow=stands["FlexibleTimeWindow"],
        ActionAfterCompletion=stands["ActionAfterCompletion"],
        Target=stands["Target"],
    )
