"""An alarm as CloudWatch describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.clock.alarms.sources import Metric

_MINUTE = 60
_LOOKS_FURTHER = 2
"""Periods that CloudWatch looks back beyond those that it needs, in case some have no data (User Guide, "Configuring
how CloudWatch alarms treat missing data": 5 for 3).
"""


class AlarmState(StrEnum):
    """What an alarm says."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """What a period without a sample counts as."""

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
        """As CloudWatch has it in an alarm's reason."""
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
    """An alarm of a sort that is not evaluated here; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarm:
    """One alarm on one metric."""

    name: str
    metric: Metric
    statistic: str
    """`Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount`, or a percentile such as `p95`."""

    period: int
    """Minutes."""

    evaluation_periods: int
    datapoints_to_alarm: int | None = None
    """How many of those periods must breach; None for all."""

    threshold: float
    comparison: Comparison
    missing: Missing = Missing.MISSING
    ignores_few: bool = False
    """Whether it stays as it is while its last period has too few samples for its percentile to say anything."""

    state: AlarmState = AlarmState.INSUFFICIENT_DATA

    @classmethod
    def described(cls, fields: Mapping[str, Any]) -> "MetricAlarm":
        """Of DescribeAlarms' answer, or of a template's properties, which have the same names.

        Raises:
            NotEvaluatedError: it is one with metric math, with a period of seconds or with an anomaly band.
        """
        name = fields["AlarmName"]
        if fields.get("Metrics"):
            raise NotEvaluatedError(f"{name} is an alarm with metric math: the emulator knows none such")
        if fields["Period"] % _MINUTE:
            raise NotEvaluatedError(f"{name} has a period of {fields['Period']} s, which are no whole minutes")
        if fields["ComparisonOperator"] not in set(Comparison):
            raise NotEvaluatedError(f"{name} compares by {fields['ComparisonOperator']}, which is not known here")
        dimensions = {each["Name"]: each["Value"] for each in fields.get("Dimensions", [])}
        return cls(
            name=name,
            metric=Metric.of(fields["Namespace"], fields["MetricName"], dimensions),
            # The emulator describes both of an alarm on a percentile: `Average` besides.
            statistic=fields.get("ExtendedStatistic") or fields["Statistic"],
            period=fields["Period"] // _MINUTE,
            evaluation_periods=fields["EvaluationPeriods"],
            datapoints_to_alarm=fields.get("DatapointsToAlarm"),
            threshold=float(fields["Threshold"]),
            comparison=Comparison(fields["ComparisonOperator"]),
            missing=Missing(fields.get("TreatMissingData", Missing.MISSING)),
            # The emulator does not keep what an alarm says of it; CloudWatch's own default is to evaluate.
            ignores_few=fields.get("EvaluateLowSampleCountPercentile") == "ignore",
            state=AlarmState(fields.get("StateValue", AlarmState.INSUFFICIENT_DATA)),
        )

    @property
    def needed(self) -> int:
        """How many breaching datapoints make it go off."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def looks_back(self) -> int:
        """Periods of its evaluation range."""
        return self.evaluation_periods + _LOOKS_FURTHER

    def is_breached_by(self, value: float) -> bool:
        """Whether a datapoint is one that it is there for."""
        return self.comparison.breached(value, self.threshold)
