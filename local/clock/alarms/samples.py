"""The samples of recent minutes and their statistics by CloudWatch's names."""

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import ceil, floor
from statistics import fmean

from local.clock.alarms.alarm import MetricAlarm
from local.clock.alarms.evaluation import Datapoint
from local.clock.alarms.sources import Metric

_BY_NAME: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": fmean,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}

_PERCENTILE = re.compile("p([0-9]{1,2}(?:[.][0-9]+)?|100)")

_MAX_MINUTES = 24 * 60
"""CloudWatch evaluates at most a day (PutMetricAlarm) where a period is shorter than an hour."""


def statistic(name: str, samples: Sequence[float]) -> float | None:
    """Calculate a statistic by its CloudWatch name. Without samples it is None: there is no datapoint, even for Sum.

    Raises:
        ValueError: the statistic is not supported here.
    """
    if not samples:
        return None
    if name in _BY_NAME:
        return float(_BY_NAME[name](samples))
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is None:
        raise ValueError(f"the statistic {name} is not supported here")
    return _percentile(sorted(samples), float(percentile[1]) / 100)


def minimum_samples(name: str) -> int:
    """The number of samples that a percentile needs to be meaningful: 200 for p95. Other statistics need one.

    Source: CloudWatch User Guide, "Percentile-based CloudWatch alarms and low data samples".
    """
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is None:
        return 1
    share = float(percentile[1]) / 100
    return round(10 / (min(1 - share, share) or 1))


@dataclass(frozen=True, slots=True)
class _Minute:
    at: datetime
    samples: Mapping[Metric, Sequence[float]]


class SampleHistory:
    """The samples of recent minutes, at most of one day."""

    def __init__(self) -> None:
        self._minutes: deque[_Minute] = deque(maxlen=_MAX_MINUTES)
        self._added = 0

    def add(self, at: datetime, samples: Mapping[Metric, Sequence[float]]) -> None:
        """Add the samples of a minute that has ended."""
        self._minutes.append(_Minute(at, samples))
        self._added += 1

    def covers(self, alarm: MetricAlarm) -> bool:
        """Whether the history holds all periods that the alarm needs; minutes before the first are unknown."""
        return len(self._minutes) >= alarm.evaluation_periods * alarm.period

    def has_few_samples(self, alarm: MetricAlarm) -> bool:
        """Whether the alarm's last period has samples, but fewer than its statistic needs."""
        samples = _samples(alarm, self._periods(alarm)[-1])
        return 0 < len(samples) < minimum_samples(alarm.statistic)

    def datapoints(self, alarm: MetricAlarm) -> list[Datapoint | None]:
        """The datapoints of an alarm's evaluation range, the latest last; None for a period without samples.

        Like CloudWatch, this evaluates a period of five minutes every minute: the last period has begun, and need not
        have ended.
        """
        return [_datapoint(alarm, span) for span in self._periods(alarm)]

    def _periods(self, alarm: MetricAlarm) -> list[Sequence[_Minute]]:
        """The minutes of each period of an alarm's evaluation range, the latest last.

        Each period begins at a multiple of its length, as those of the datapoints that CloudWatch returns and draws. If
        periods ended with the last minute, two minutes would be in one period and in two by turns, and an alarm on old
        samples would go on and off.
        """
        minutes, first = list(self._minutes), self._added - len(self._minutes)
        last = (self._added - 1) // alarm.period * alarm.period - first
        begins = range(last, -alarm.period, -alarm.period)[: alarm.evaluation_range]
        return [minutes[max(0, begin) : begin + alarm.period] for begin in reversed(begins)]


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Interpolate between the two nearest ranks; CloudWatch does not document its method."""
    rank = share * (len(ordered) - 1)
    low, high = ordered[floor(rank)], ordered[ceil(rank)]
    return low + (high - low) * (rank - floor(rank))


def _datapoint(alarm: MetricAlarm, span: Sequence[_Minute]) -> Datapoint | None:
    value = statistic(alarm.statistic, _samples(alarm, span))
    return None if value is None else Datapoint(value, span[0].at)


def _samples(alarm: MetricAlarm, span: Sequence[_Minute]) -> Sequence[float]:
    return list(chain.from_iterable(minute.samples.get(alarm.metric, ()) for minute in span))
