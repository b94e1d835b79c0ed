"""A moved appointment; its first new reminder is brought forward."""

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
class MovedAppointment:
    """The result of the move."""

    reminder: AcceptedPublication
    """The reminder for the previous start."""

    decided: LogLine
    schedules: tuple[PendingSchedule, ...]
    """As they were before the first one was brought forward."""


def move(scene: Scene) -> MovedAppointment:
    """Move an appointment, and set its first new reminder to one second from now."""
    reminder = scene.publish(appointments.moved)
    decided = scene.outcome_of(reminder)
    pending = [scene.schedule(due.key) for due in reminder.publication.schedules]
    schedules = tuple(schedule for schedule in pending if schedule)
    _bring_forward(scene.stage.endpoint.scheduler, schedules[0].name, datetime.now(UTC) + timedelta(seconds=1))
    return MovedAppointment(reminder, decided, schedules)


def _bring_forward(scheduler: "EventBridgeSchedulerClient", name: str, at: datetime) -> None:
    """Change only the schedule's time; UpdateSchedule requires all other fields too."""
    group = schedule_group_name(STAGE)
    schedule = scheduler.get_schedule(Name=name, GroupName=group)
    scheduler.update_schedule(
        Name=name,
        GroupName=group,
        Description=schedule["Description"],
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow=schedule["FlexibleTimeWindow"],
        ActionAfterCompletion=schedule["ActionAfterCompletion"],
        Target=schedule["Target"],
    )
