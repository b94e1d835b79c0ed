"""One-time schedules by EventBridge Scheduler: set, moved and called off by name, each as often as one likes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from lambdas.common.clients.outbox import FOR_GOOD, TOO_LARGE, Receipt, RefusedEntry
from schemas.environment import FunctionEnvironment

MAX_INPUT_BYTES = 262_144
"""EventBridge Scheduler, Target: Input."""

_GONE = "ResourceNotFoundException"
_STANDS = "ConflictException"


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that is to come in at a time."""

    at: datetime
    id: str
    body: str
    """ASCII."""

    company_id: str


AWAY: Pending | None = None
"""Nothing stands under the name any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What shall stand under one name from now on."""

    name: str
    key: str
    """The business key that the name is made of."""

    to: Pending | None


class SchedulerClient(Protocol):
    """What is used of boto3's EventBridge Scheduler client."""

    @property
    def create_schedule(self) -> Callable[..., Any]:
        """CreateSchedule."""

    @property
    def update_schedule(self) -> Callable[..., Any]:
        """UpdateSchedule."""

    @property
    def delete_schedule(self) -> Callable[..., Any]:
        """DeleteSchedule."""


def carry_out(
    scheduler: SchedulerClient,
    environment: FunctionEnvironment,
    changes: Sequence[Change],
    *,
    in_time: Callable[[], bool],
) -> Receipt:
    """Make the changes one by one, as EventBridge Scheduler has no batches.

    Args:
        scheduler: the client.
        environment: says where schedules stand and where they send.
        changes: at most one a name. All may have been made before: they are made again, to the same effect.
        in_time: whether there is time for one more call.

    Returns:
        The first refusal, with which it stops; None where all is as it shall be.
    """
    for change in changes:
        if not in_time():
            return RefusedEntry("OutOfTime", for_good=False)
        if refused := _make(scheduler, environment, change):
            return refused
    return None


def _make(scheduler: SchedulerClient, environment: FunctionEnvironment, change: Change) -> Receipt:
    group = environment.schedule_group_name
    if change.to is None:
        return _refusal(lambda: scheduler.delete_schedule(Name=change.name, GroupName=group), fine=_GONE)
    if len(change.to.body) > MAX_INPUT_BYTES:
        return RefusedEntry(TOO_LARGE, for_good=True)
    request = _request(environment, change, change.to)
    refused = _refusal(lambda: scheduler.create_schedule(**request))
    if refused and refused.code == _STANDS:
        return _refusal(lambda: scheduler.update_schedule(**request))
    return refused


def _request(environment: FunctionEnvironment, change: Change, pending: Pending) -> dict[str, Any]:
    return {
        "Name": change.name,
        "GroupName": environment.schedule_group_name,
        "Description": change.key,
        "ScheduleExpression": f"at({pending.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": environment.schedule_target_arn,
            "RoleArn": environment.schedule_role_arn,
            "DeadLetterConfig": {"Arn": environment.schedule_dead_letter_arn},
            "Input": pending.body,
            "SqsParameters": {"MessageGroupId": pending.company_id},
        },
    }


def _refusal(call: Callable[[], object], *, fine: str = "") -> Receipt:
    """Make one call; a refusal with the code `fine` is none."""
    from botocore.exceptions import BotoCoreError, ClientError  # who schedules nothing need not pay for it

    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return None if code == fine else RefusedEntry(code, for_good=code in FOR_GOOD)
    except BotoCoreError as error:  # no answer: the network, a timeout, no credentials
        return RefusedEntry(type(error).__name__, for_good=False)
    return None
