"""The deployed alarms, by CloudWatch's API."""

from typing import Any

from local.clock.alarms.alarm import Alarm
from local.clock.alarms.evaluation import Conclusion

_LONGEST_REASON = 1_023
"""Characters (SetAlarmState: StateReason)."""


class CloudWatchAlarms:
    """Alarms whose names begin alike."""

    def __init__(self, cloudwatch: Any, prefix: str) -> None:  # noqa: ANN401 boto3's types of CloudWatch are not installed
        """Take those alarms whose names have this prefix."""
        self._cloudwatch = cloudwatch
        self._prefix = prefix

    def described(self) -> list[Alarm]:
        """All of them, as they stand.

        Raises:
            NotEvaluatedError: one is of a sort that is not evaluated here.
        """
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, AlarmTypes=["MetricAlarm"]
        )
        return [Alarm.described(fields) for page in pages for fields in page["MetricAlarms"]]

    def turn(self, alarm: Alarm, conclusion: Conclusion) -> None:
        """Set its state, which runs its actions."""
        self._cloudwatch.set_alarm_state(
            AlarmName=alarm.name,
            StateValue=str(conclusion.state),
            StateReason=conclusion.reason[:_LONGEST_REASON],
        )
