"""The samples of the last minutes, and their statistics as CloudWatch names them."""

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

_MOST = 24 * 60
"""Minutes: CloudWatch evaluates no more than a day (PutMetricAlarm) where a period is shorter than an hour."""


def statistic(name: str, samples: Sequence[float]) -> float | None:
    """A statistic by CloudWatch's name for it; None where there are no samples: that is no datapoint, not even for Sum.

    Raises:
        ValueError: it is not known here.
    """
    if not samples:
        return None
    if name in _BY_NAME:
        return float(_BY_NAME[name](samples))
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is None:
        raise ValueError(f"the statistic {name} is not known here")
    return _percentile(sorted(samples), float(percentile[1]) / 100)


def fewest(name: str) -> int:
    """How many samples a percentile needs to say anything: 200 for p95. Of other statistics one is enough.

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
    """What was measured, minute by minute."""

    def __init__(self) -> None:
        self._minutes: deque[_Minute] = deque(maxlen=_MOST)

    def enter(self, at: datetime, samples: Mapping[Metric, Sequence[float]]) -> None:
        """A minute is over; these are its samples."""
        self._minutes.append(_Minute(at, samples))

    def covers(self, alarm: MetricAlarm) -> bool:
        """Whether all periods that an alarm needs lie within: of what was before the first minute nothing is known."""
        return len(self._minutes) >= alarm.evaluation_periods * alarm.period

    def is_thin(self, alarm: MetricAlarm) -> bool:
        """Whether an alarm's last period has samples, and fewer than its statistic needs to say anything."""
        samples = _samples(alarm, list(self._minutes)[-alarm.period :])
        return 0 < len(samples) < fewest(alarm.statistic)

    def datapoints(self, alarm: MetricAlarm) -> list[Datapoint | None]:
        """What an alarm looks at, the youngest period last; None where a period has no samples.

        Periods end with the last minute, whatever the clock says: where a period is five minutes, CloudWatch looks
        each minute at the last five.
        """
        minutes = list(self._minutes)
        ends = range(len(minutes), 0, -alarm.period)[: alarm.looks_back]
        return [_datapoint(alarm, minutes[max(0, end - alarm.period) : end]) for end in reversed(ends)]


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest ranks; how CloudWatch does it is not said."""
    rank = share * (len(ordered) - 1)
    low, high = ordered[floor(rank)], ordered[ceil(rank)]
    return low + (high - low) * (rank - floor(rank))


def _datapoint(alarm: MetricAlarm, span: Sequence[_Minute]) -> Datapoint | None:
    value = statistic(alarm.statistic, _samples(alarm, span))
    return None if value is None else Datapoint(value, span[0].at)


def _samples(alarm: MetricAlarm, span: Sequence[_Minute]) -> Sequence[float]:
    return list(chain.from_iterable(minute.samples.get(alarm.metric, ()) for minute in span))
