"""The fixed monthly cost of a stage, counted in its synthesized templates."""

from collections.abc import Iterable, Iterator, Sequence

from ops.cost import prices
from ops.cost.assumptions import Assumptions
from ops.cost.bill import Item
from ops.cost.per_event import UsageCost
from ops.cost.templates import Template, read_sizes
from schemas.names import CAUSES, SKIPPED
from schemas.system import SYSTEM_HEARTBEAT

DAYS = 365 / 12
MINUTES = 60 * 24 * DAYS
"""Days and minutes in a month."""

_POLLS_PER_MINUTE = 5 * 3
"""Lambda holds five long polls of twenty seconds open on an idle queue (Lambda's guide for SQS, "Scaling")."""

_NOTIFIER_SECONDS = 1.0
"""Duration of a run of the notifier with no alerts; an assumption on the safe side."""

_CAUSES_READ_UNITS = 25
"""Units of a strongly consistent scan of a hundred causes, each of a kibibyte (DynamoDB, "Read consistency").

The notifier reads the table of causes in each run. A stage with fewer causes pays less.
"""

_KEEPER_SECONDS = 60.0
"""Duration of a run of the dead-letter keeper, a second for each queue; an assumption on the safe side."""

_KEEPER_CALLS = 3
"""Calls to SQS for a queue without dead letters: its URL, its attributes, an empty receive."""

_METRICS_PER_FUNCTION = 2
"""`Failure` and `Latency`; some functions have `Skipped`, too."""


def monitoring(templates: Iterable[Template]) -> list[Item]:
    """Count the fixed cost of monitoring: alarms, metrics, dashboard, key, secret, scheduled functions, reads.

    Args:
        templates: of all stacks of the stage.
    """
    resources = [resource for template in templates for resource in template["Resources"].values()]
    alarms = list(_of_type(resources, "AWS::CloudWatch::Alarm"))
    schedules = [each["Properties"] for each in _of_type(resources, "AWS::Scheduler::Schedule")]
    of_functions = [each["ScheduleExpression"] for each in schedules if "Input" not in each["Target"]]  # no heartbeat
    minutely = of_functions.count("rate(1 minute)")
    daily = len(of_functions) - minutely
    calls = _KEEPER_CALLS * prices.SQS_REQUEST * len(list(_of_type(resources, "AWS::SQS::Queue")))
    functions = len(list(_of_type(resources, "AWS::Lambda::EventSourceMapping")))
    causes = sum(_is_about_causes(each) for each in _of_type(resources, "AWS::DynamoDB::Table"))
    slack = [each for each in _of_type(resources, "AWS::SecretsManager::Secret") if "Slack" in str(each)]
    return [
        Item("alarm metrics", sum(map(_metrics, alarms)), prices.ALARM_METRIC),
        Item(
            "composite alarms",
            len(list(_of_type(resources, "AWS::CloudWatch::CompositeAlarm"))),
            prices.COMPOSITE_ALARM,
        ),
        Item(
            "custom metrics",
            functions * _METRICS_PER_FUNCTION + sum(map(_is_about_skips, alarms)),
            prices.CUSTOM_METRIC,
        ),
        Item("dashboards", len(list(_of_type(resources, "AWS::CloudWatch::Dashboard"))), prices.DASHBOARD),
        Item("KMS keys", len(list(_of_type(resources, "AWS::KMS::Key"))), prices.KEY),
        Item("secrets for Slack", len(slack), prices.SECRET),
        Item("runs of the notifier", minutely * MINUTES, _run_price(resources, "slack_notifier", _NOTIFIER_SECONDS)),
        Item(
            "runs of the dead-letter keeper",
            daily * DAYS,
            _run_price(resources, "dead_letter_keeper", _KEEPER_SECONDS) + calls,
        ),
        Item("reads of the causes by the notifier", causes * MINUTES, _CAUSES_READ_UNITS * prices.DYNAMODB_READ),
    ]


def secrets(templates: Iterable[Template]) -> list[Item]:
    """Count the fixed cost of secrets other than the notifier's.

    Args:
        templates: of all stacks of the stage.
    """
    resources = [resource for template in templates for resource in template["Resources"].values()]
    others = [each for each in _of_type(resources, "AWS::SecretsManager::Secret") if "Slack" not in str(each)]
    return [Item("secrets of the CRM's token and the suppression list's key", len(others), prices.SECRET)]


def idle(templates: Iterable[Template]) -> list[Item]:
    """Count the fixed cost of Lambda's polls on idle queues.

    Args:
        templates: of all stacks of the stage.
    """
    resources = [resource for template in templates for resource in template["Resources"].values()]
    queues = len(list(_of_type(resources, "AWS::Lambda::EventSourceMapping")))
    return [Item("empty receives of idle queues", queues * _POLLS_PER_MINUTE * MINUTES, prices.SQS_REQUEST)]


def fixed(templates: Sequence[Template], assumed: Assumptions) -> list[Item]:
    """Count the whole fixed cost: monitoring, secrets, idle queues and heartbeats, each in a batch of one.

    Args:
        templates: of all stacks of the stage.
        assumed: the assumed durations.
    """
    heartbeat = UsageCost(read_sizes(templates), assumed).unbatched().of(SYSTEM_HEARTBEAT)
    return [
        *monitoring(templates),
        *secrets(templates),
        *idle(templates),
        Item("heartbeats", MINUTES, heartbeat.dollars),
    ]


def _of_type(resources: Iterable[Template], type_name: str) -> Iterator[Template]:
    return (resource for resource in resources if resource["Type"] == type_name)


def _metrics(alarm: Template) -> int:
    """Count an alarm's metrics: those of its expression, or one."""
    return sum("MetricStat" in metric for metric in alarm["Properties"].get("Metrics", ())) or 1


def _is_about_causes(table: Template) -> bool:
    return str(table["Properties"].get("TableName", "")).endswith(f"-{CAUSES}")


def _is_about_skips(alarm: Template) -> bool:
    """Whether an alarm watches a function's metric `Skipped`, which only functions with such an alarm write."""
    metrics = [metric.get("MetricStat", {}).get("Metric", {}) for metric in alarm["Properties"].get("Metrics", ())]
    return any(metric.get("MetricName") == SKIPPED for metric in metrics)


def _run_price(resources: Iterable[Template], folder: str, seconds: float) -> float:
    """Return the price of one run of a scheduled function: its start by the scheduler, invocation and duration."""
    functions = [
        each for each in _of_type(resources, "AWS::Lambda::Function") if folder in each["Properties"]["Handler"]
    ]
    gigabytes = max((each["Properties"]["MemorySize"] / 1024 for each in functions), default=0.0)
    return prices.SCHEDULE + prices.LAMBDA_REQUEST + seconds * gigabytes * prices.LAMBDA_GB_SECOND
