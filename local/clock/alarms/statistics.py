"""A period's samples as one number."""

import re
from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor
from statistics import fmean

_BY_NAME: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": fmean,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}
_PERCENTILE = re.compile("p([0-9]{1,2}(?:[.][0-9]+)?|100)")


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


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest ranks; how CloudWatch does it is not said."""
    rank = share * (len(ordered) - 1)
    low, high = ordered[floor(rank)], ordered[ceil(rank)]
    return low + (high - low) * (rank - floor(rank))
