"""`cost`: what the monitoring of a stage costs a month, whatever happens, counted in its synthesized templates."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from ops import prices
from ops.console import console
from ops.synthesis import synthesized
from schemas.names import stack_name

Template = Mapping[str, Any]

_MINUTES = 60 * 24 * 365 / 12
"""A month's."""

_NOTIFIER_SECONDS = 1.0
"""How long the notifier takes to see that there is nothing to tell; an assumption, on the safe side."""

_METRICS_OF_A_FUNCTION = 2
"""`Failure` and `Latency`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bill."""

    what: str
    count: float
    price: float
    """Dollars a month for one."""

    @property
    def dollars(self) -> float:
        """A month."""
        return self.count * self.price


def monitoring(templates: Iterable[Template]) -> list[Item]:
    """The fixed cost of a stage's monitoring: what AWS asks for what stands there, and what runs each minute.

    Args:
        templates: of all stacks of the stage.
    """
    resources = [resource for template in templates for resource in template["Resources"].values()]
    alarms = list(_of_type(resources, "AWS::CloudWatch::Alarm"))
    started = [
        resource
        for resource in _of_type(resources, "AWS::Scheduler::Schedule")
        if "SqsParameters" not in resource["Properties"]["Target"]
    ]
    functions = len(list(_of_type(resources, "AWS::Lambda::EventSourceMapping")))
    slack = [each for each in _of_type(resources, "AWS::SecretsManager::Secret") if "Slack" in str(each)]
    return [
        Item("metrics under alarm", sum(map(_metrics, alarms)), prices.ALARM_METRIC),
        Item(
            "composite alarms",
            len(list(_of_type(resources, "AWS::CloudWatch::CompositeAlarm"))),
            prices.COMPOSITE_ALARM,
        ),
        Item("custom metrics", functions * _METRICS_OF_A_FUNCTION, prices.CUSTOM_METRIC),
        Item("dashboards", len(list(_of_type(resources, "AWS::CloudWatch::Dashboard"))), prices.DASHBOARD),
        Item("KMS keys", len(list(_of_type(resources, "AWS::KMS::Key"))), prices.KEY),
        Item("secrets for Slack", len(slack), prices.SECRET),
        Item("runs of the notifier", len(started) * _MINUTES, _run_price(resources)),
    ]


def cost(stage: str) -> bool:
    """Synthesize a stage, and print the bill.

    Raises:
        OperatorError: it cannot be synthesized.
    """
    with console.status(f"Synthesize stage {stage} …"):
        folder = synthesized(stage)
    items = monitoring(_templates(folder, stage))
    console.print(_bill(items, stage))
    return True


def _templates(folder: Path, stage: str) -> Iterator[Template]:
    for part in ("Messaging", "Processing", "Monitoring"):
        yield json.loads((folder / f"{stack_name(stage, part)}.template.json").read_text())


def _bill(items: Sequence[Item], stage: str) -> Table:
    table = Table(
        title=f"Monitoring of stage {stage}, dollars a month, whatever happens (us-east-1, no free tier)",
        title_justify="left",
        show_footer=True,
    )
    table.add_column("what", "in all")
    table.add_column("number", justify="right")
    table.add_column("each", justify="right")
    table.add_column("a month", f"{sum(item.dollars for item in items):.2f}", justify="right")
    for item in items:
        table.add_row(
            item.what, f"{item.count:,.0f}", f"{item.price:.7f}".rstrip("0").rstrip("."), f"{item.dollars:.2f}"
        )
    return table


def _of_type(resources: Iterable[Template], type_name: str) -> Iterator[Template]:
    return (resource for resource in resources if resource["Type"] == type_name)


def _metrics(alarm: Template) -> int:
    """How many metrics an alarm watches: those of its expression, or the one that it names."""
    return sum("MetricStat" in metric for metric in alarm["Properties"].get("Metrics", ())) or 1


def _run_price(resources: Iterable[Template]) -> float:
    """One run of the notifier: started, and run for a second."""
    notifiers = [
        each
        for each in _of_type(resources, "AWS::Lambda::Function")
        if "slack_notifier" in each["Properties"]["Handler"]
    ]
    gigabytes = max((each["Properties"]["MemorySize"] / 1024 for each in notifiers), default=0.0)
    return prices.SCHEDULE + prices.REQUEST + _NOTIFIER_SECONDS * gigabytes * prices.GB_SECOND
