"""CloudWatch metrics and alarms in memory.

The limit is from the API reference (GetMetricData).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.fakes.service import FakeService

MAX_QUERIES = 500
"""Queries in a GetMetricData call."""


@dataclass(kw_only=True)
class FakeCloudWatch(FakeService):
    """Metrics, and alarms in their state for three minutes; each listed on two pages."""

    stage: str = "dev"
    figures: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    """The last minutes of a metric, the latest first, by name, dimension value and statistic."""

    alarms: dict[str, str] = field(default_factory=dict)
    """States by the alarm's name without the stage's prefix."""

    composites: dict[str, str] = field(default_factory=dict)
    """States of composite alarms by name without the stage's prefix."""

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        with self.called("get_metric_data", request):
            assert len(request["MetricDataQueries"]) <= MAX_QUERIES, "ValidationError: 500 queries at most"
            assert request["StartTime"] < request["EndTime"], "ValidationError: StartTime"
            second = "NextToken" in request
            results = []
            for query in request["MetricDataQueries"]:
                stat = query["MetricStat"]
                (dimension,) = stat["Metric"]["Dimensions"]
                known = self.figures.get((stat["Metric"]["MetricName"], dimension["Value"], stat["Stat"]), [])
                results.append({"Id": query["Id"], "Values": known[1:] if second else known[:1]})
            return {"MetricDataResults": results, **({} if second else {"NextToken": "2"})}

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        with self.called("describe_alarms", request):
            assert request["AlarmNamePrefix"] == f"taly-async-{self.stage}/"
            if "NextToken" in request:
                return {"CompositeAlarms": self._described(self.composites)}
            return {"MetricAlarms": self._described(self.alarms), "NextToken": "2"}

    def _described(self, states: Mapping[str, str]) -> list[dict[str, Any]]:
        since = self.clock.now() - timedelta(minutes=3)
        return [
            {"AlarmName": f"taly-async-{self.stage}/{name}", "StateValue": state, "StateTransitionedTimestamp": since}
            for name, state in states.items()
        ]
