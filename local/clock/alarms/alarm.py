"""A metric alarm as CloudWatch describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.clock.alarms.sources import Metric

_MINUTE = 60
_EXTRA_PERIODS = 2
"""Periods in an alarm's evaluation range beyond those that it needs, in case some have no data.

Source: User Guide, "Configuring how CloudWatch alarms treat missing data": 5 for 3.
"""


class AlarmState(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """How an alarm treats a period without samples (TreatMissingData)."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """How a datapoint breaches a threshold."""

    OVER_OR_AT = "GreaterThanOrEqualToThreshold"
    OVER = "GreaterThanThreshold"
    UNDER = "LessThanThreshold"
    UNDER_OR_AT = "LessThanOrEqualToThreshold"

    @property
    def words(self) -> str:
        """The comparison as CloudWatch writes it in an alarm's reason."""
        return _WORDS[self]

    def breached(self, value: float, threshold: float) -> bool:
        """Whether a value breaches a threshold."""
        match self:
            case Comparison.OVER_OR_AT:
                return value >= threshold
            case Comparison.OVER:
                return value > threshold
            case Comparison.UNDER:
                return value < threshold
            case Comparison.UNDER_OR_AT:
                return value <= threshold


_WORDS = {
    Comparison.OVER_OR_AT: "greater than or equal to",
    Comparison.OVER: "greater than",
    Comparison.UNDER: "less than",
    Comparison.UNDER_OR_AT: "less than or equal to",
}


class NotEvaluatedError(Exception):
    """An alarm of a kind that is not evaluated here; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarm:
    """An alarm on one metric."""

    name: str
    metric: Metric
    statistic: str
    """`Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, or a percentile such as `p95`."""

    period: int
    """Minutes."""

    evaluation_periods: int
    datapoints_to_alarm: int | None = None
    """How many of the evaluation periods must breach; None for all."""

    threshold: float
    comparison: Comparison
    missing: Missing = Missing.MISSING
    ignores_low_samples: bool = False
    """Whether the state stays while the last period has too few samples for the percentile (see `minimum_samples`)."""

    state: AlarmState = AlarmState.INSUFFICIENT_DATA

    @classmethod
    def from_api(cls, fields: Mapping[str, Any]) -> "MetricAlarm":
        """Read an alarm from DescribeAlarms' response or from a template's properties, which have the same names.

        Raises:
            NotEvaluatedError: the alarm uses metric math, a period that is not whole minutes, or an anomaly band.
        """
        name = fields["AlarmName"]
        if fields.get("Metrics"):
            raise NotEvaluatedError(f"{name} uses metric math, which the emulator does not support")
        if fields["Period"] % _MINUTE:
            raise NotEvaluatedError(f"{name} has a period of {fields['Period']} s, not a whole number of minutes")
        if fields["ComparisonOperator"] not in set(Comparison):
            raise NotEvaluatedError(f"{name} compares by {fields['ComparisonOperator']}, which is not supported here")
        dimensions = {each["Name"]: each["Value"] for each in fields.get("Dimensions", [])}
        return cls(
            name=name,
            metric=Metric.of(fields["Namespace"], fields["MetricName"], dimensions),
            # For an alarm on a percentile the emulator also returns the statistic `Average`.
            statistic=fields.get("ExtendedStatistic") or fields["Statistic"],
            period=fields["Period"] // _MINUTE,
            evaluation_periods=fields["EvaluationPeriods"],
            datapoints_to_alarm=fields.get("DatapointsToAlarm"),
            threshold=float(fields["Threshold"]),
            comparison=Comparison(fields["ComparisonOperator"]),
            missing=Missing(fields.get("TreatMissingData", Missing.MISSING)),
            # The emulator drops this setting of an alarm; CloudWatch's default is to evaluate.
            ignores_low_samples=fields.get("EvaluateLowSampleCountPercentile") == "ignore",
            state=AlarmState(fields.get("StateValue", AlarmState.INSUFFICIENT_DATA)),
        )

    @property
    def needed(self) -> int:
        """The number of breaching datapoints that sets the alarm off."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def evaluation_range(self) -> int:
        """The number of periods in the alarm's evaluation range."""
        return self.evaluation_periods + _EXTRA_PERIODS

    def is_breached_by(self, value: float) -> bool:
        """Whether a value breaches the alarm's threshold."""
        return self.comparison.breached(value, self.threshold)
