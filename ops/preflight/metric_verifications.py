"""Verifications of what is assumed about CloudWatch's metrics, by calls that change nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ops.preflight.check_result import CheckResult, failed, not_seen, ok
from ops.preflight.reading import Account
from ops.terminal.output import counted
from schemas.names import LATENCY, search_by_service

RECENT = timedelta(minutes=10)
"""Time in which a stage that works has data."""


def fill(here: Account) -> Iterator[CheckResult]:
    """Ask CloudWatch to fill a metric that has never had data."""
    name, now = "fill", datetime.now(UTC)
    metric = {"Namespace": "TalyAsync/preflight", "MetricName": "NeverWritten"}
    results = here.read(
        "cloudwatch:GetMetricData",
        StartTime=now - RECENT,
        EndTime=now,
        MetricDataQueries=[
            {"Id": "never", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "filled", "Expression": "FILL(never, 0)"},
        ],
    )["MetricDataResults"]
    values = [value for each in results for value in each.get("Values", ())]
    if values and not any(values):
        yield ok(name, f"FILL(metric, 0) of a metric without data is 0 ({len(values)} values)")
    else:
        yield failed(
            name,
            "FILL(metric, 0) of a metric without data has no value",
            "The alarm alert-not-published has no data until the alerts queue first has had a message",
            f"taly-async drill --stage {here.assembly.stage} sends one through it",
        )


def search(here: Account) -> Iterator[CheckResult]:
    """Ask CloudWatch for a metric of each service, as the dashboard does for pauses: heartbeats write one."""
    name, now = "search", datetime.now(UTC)
    results = here.read(
        "cloudwatch:GetMetricData",
        StartTime=now - RECENT,
        EndTime=now,
        MetricDataQueries=[
            {"Id": "found", "Expression": search_by_service(here.assembly.stage, LATENCY, "Maximum")},
        ],
    )["MetricDataResults"]
    series = sum(1 for each in results if each.get("Values"))
    if series:
        yield ok(name, f"a search by the stage's namespace finds the metric {LATENCY} of {counted(series, 'service')}")
    else:
        yield not_seen(
            name,
            f"a search by the stage's namespace finds no metric {LATENCY}",
            "run preflight again ten minutes after the first deploy; if heartbeats succeed, correct the search",
        )


def text_metric(here: Account) -> Iterator[CheckResult]:
    """Look for the metric of the month's spending on texts, which an alarm watches."""
    yield _metric(
        here,
        "text-metric",
        ("AWS/SNS", "SMSMonthToDateSpentUSD"),
        "send one text from this account: the metric exists from the first one on",
    )


def mail_metric(here: Account) -> Iterator[CheckResult]:
    """Look for the metric of the bounce rate, which an alarm watches."""
    yield _metric(
        here,
        "mail-metric",
        ("AWS/SES", "Reputation.BounceRate"),
        "send one mail to bounce@simulator.amazonses.com, and wait an hour",
    )


def _metric(here: Account, name: str, metric: tuple[str, str], remedy: str) -> CheckResult:
    namespace, metric_name = metric
    found = here.read_all("cloudwatch:ListMetrics", "Metrics", Namespace=namespace, MetricName=metric_name)
    if any(not each.get("Dimensions") for each in found):
        return ok(name, f"{namespace} has {metric_name} without a dimension")
    if found:
        dimensions = ", ".join(each["Name"] for each in found[0]["Dimensions"])
        meaning = "The alarm on it never has data"
        return failed(
            name, f"{namespace} has {metric_name} by {dimensions} alone", meaning, "correct the alarm's metric"
        )
    return not_seen(name, f"{namespace} has no {metric_name} yet", remedy)
