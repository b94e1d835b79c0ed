"""The time when a schedule is due, for every time zone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ops.schedules.schedules import ScheduleGroup

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)


class Scheduler:
    """A fake client with one schedule."""

    def __init__(self, expression: str, **more: str) -> None:
        self._answer = {"ScheduleExpression": expression, **more}

    def get_schedule(self, **request: Any) -> dict[str, Any]:
        return {"Name": request["Name"], "Target": {"Arn": "arn:aws:sqs:eu-central-1:123456789012:q"}, **self._answer}


@pytest.mark.parametrize(
    ("scheduler", "due"),
    [
        (Scheduler("at(2026-04-14T12:00:00)"), NOON),
        (Scheduler("at(2026-04-14T12:00:00)", ScheduleExpressionTimezone="UTC"), NOON),
        (Scheduler("at(2026-04-14T14:00:00)", ScheduleExpressionTimezone="Europe/Berlin"), NOON),
        (Scheduler("rate(1 minute)", ScheduleExpressionTimezone="Europe/Berlin"), None),
    ],
)
def test_a_schedule_is_due_in_utc(scheduler: Scheduler, due: datetime | None) -> None:
    found = ScheduleGroup(scheduler, "taly-async-dev").find("payment/1/2")

    assert found is not None
    assert found.due == due
