"""Create, move and cancel one-time schedules in EventBridge Scheduler; every change is idempotent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from lambdas.common.clients.aws import aws_exceptions
from lambdas.common.clients.outbox import TOO_LARGE, Receipt, RefusedEntry, refused
from schemas.environment import FunctionEnvironment

MAX_INPUT_BYTES = 262_144
"""EventBridge Scheduler's limit for `Target.Input`."""

OUT_OF_TIME = "OutOfTime"
"""The code of a change for which the function has no time left: it was not asked for."""


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A message to send to the ingress queue at a given time."""

    at: datetime
    id: str
    body: str
    """ASCII."""


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """The state that the schedule of one name must have: a message, or none."""

    name: str
    key: str
    """The business key from which the name is derived."""

    to: ScheduledMessage | None
    """None cancels the schedule."""


class _SchedulerClient(Protocol):
    """The methods of boto3's EventBridge Scheduler client that this module calls."""

    @property
    def create_schedule(self) -> Callable[..., Any]: ...
    @property
    def update_schedule(self) -> Callable[..., Any]: ...
    @property
    def delete_schedule(self) -> Callable[..., Any]: ...


def apply_changes(
    scheduler: _SchedulerClient,
    environment: FunctionEnvironment,
    changes: Sequence[ScheduleChange],
    *,
    has_time: Callable[[], bool],
) -> Receipt:
    """Apply changes one by one, because EventBridge Scheduler has no batch API.

    Args:
        scheduler: boto3's client.
        environment: names the schedule group, the target and its role.
        changes: at most one per name; applying a change again has no further effect.
        has_time: returns whether there is time for one more call.

    Returns:
        The first refusal, after which no change is applied; None if all were applied.
    """
    for change in changes:
        if not has_time():
            return RefusedEntry(OUT_OF_TIME, is_permanent=False)
        if refusal := _apply(scheduler, environment, change):
            return refusal
    return None


def _apply(scheduler: _SchedulerClient, environment: FunctionEnvironment, change: ScheduleChange) -> Receipt:
    group = environment.schedule_group_name
    if change.to is None:
        refusal = _refusal(lambda: scheduler.delete_schedule(Name=change.name, GroupName=group), "DeleteSchedule")
        return None if refusal and refusal.is_done else refusal
    if len(change.to.body) > MAX_INPUT_BYTES:
        return RefusedEntry(TOO_LARGE, is_permanent=True)
    request = _request(environment, change, change.to)
    refusal = _refusal(lambda: scheduler.create_schedule(**request), "CreateSchedule")
    if refusal and refusal.is_done:  # there is one of this name
        return _refusal(lambda: scheduler.update_schedule(**request), "UpdateSchedule")
    return refusal


def _request(environment: FunctionEnvironment, change: ScheduleChange, message: ScheduledMessage) -> dict[str, Any]:
    return {
        "Name": change.name,
        "GroupName": environment.schedule_group_name,
        "Description": change.key,
        "ScheduleExpression": f"at({message.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": environment.schedule_target_arn,
            "RoleArn": environment.schedule_role_arn,
            "DeadLetterConfig": {"Arn": environment.schedule_dead_letter_arn},
            "Input": message.body,
        },
    }


def _refusal(call: Callable[[], object], operation: str) -> Receipt:
    """Make one call and return AWS's refusal."""
    try:
        call()
    except aws_exceptions() as error:
        return refused(error, f"scheduler:{operation}")
    return None
