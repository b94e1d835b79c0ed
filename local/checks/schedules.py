"""The schedules that stand: what EventBridge Scheduler will send, and when."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef, ScheduleSummaryTypeDef

_MOST = 100
"""A page of ListSchedules."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One that stands, to be sent once."""

    name: str
    key: str
    """The business's own name for it, kept as its description."""

    at: datetime | None
    """None where it is no one-time schedule in UTC."""

    body: str
    """What it will send."""

    target_arn: str
    group: str
    """The SQS message group that it sends with."""

    @property
    def message(self) -> dict[str, Any]:
        """The body's fields."""
        return dict(json.loads(self.body))

    @property
    def id(self) -> str:
        """The message's."""
        return str(self.message["id"])

    @property
    def type(self) -> str:
        """The message's."""
        return str(self.message["type"])

    @property
    def due(self) -> datetime:
        """When the message itself says that it is due, in whole seconds."""
        return datetime.fromisoformat(self.message["timestamp"]).astimezone(UTC).replace(microsecond=0)


class ScheduleGroup:
    """Reads one group on and on; what has not changed is not read again."""

    def __init__(self, scheduler: "EventBridgeSchedulerClient", name: str) -> None:
        """Read the group of this name."""
        self._scheduler = scheduler
        self._name = name
        self._read: dict[tuple[str, datetime], Schedule] = {}

    def standing(self) -> list[Schedule]:
        """All that stand now, the next one first."""
        found: dict[tuple[str, datetime], Schedule] = {}
        for summary in self._summaries():
            version = (summary["Name"], summary["LastModificationDate"])
            known = self._read.get(version) or self.find(summary["Name"])
            if known:
                found[version] = known
        self._read = found
        return sorted(
            found.values(), key=lambda schedule: (schedule.at or datetime.max.replace(tzinfo=UTC), schedule.name)
        )

    def find(self, name: str) -> Schedule | None:
        """The one of a name; None where none stands."""
        try:
            return _schedule(self._scheduler.get_schedule(Name=name, GroupName=self._name))
        except self._scheduler.exceptions.ResourceNotFoundException:
            return None

    def _summaries(self) -> "list[ScheduleSummaryTypeDef]":
        """Every schedule of the group. The emulator gives one page and no token: a full page may not be all.

        Raises:
            ValueError: there may be more.
        """
        pages = self._scheduler.get_paginator("list_schedules").paginate(GroupName=self._name)
        summaries = [summary for page in pages for summary in page["Schedules"]]
        if len(summaries) == _MOST:
            raise ValueError(f"{_MOST} schedules stand or more: the emulator lists no more than these")
        return summaries


def _schedule(answer: "GetScheduleOutputTypeDef") -> Schedule:
    target = answer["Target"]
    return Schedule(
        name=answer["Name"],
        key=answer.get("Description", ""),
        at=_at(answer["ScheduleExpression"], answer.get("ScheduleExpressionTimezone", "UTC")),
        body=target.get("Input", ""),
        target_arn=target["Arn"],
        group=target.get("SqsParameters", {}).get("MessageGroupId", ""),
    )


def _at(expression: str, zone: str) -> datetime | None:
    once = re.fullmatch(r"at\((.+)\)", expression)
    return datetime.fromisoformat(once[1]).replace(tzinfo=UTC) if once and zone == "UTC" else None
