"""`cost`: what a stage costs, counted in its synthesized templates: what stands there, and what events use."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ops import prices
from ops.bill import Item
from ops.console import notes
from ops.cost_report import tell, tell_lines
from ops.month import Question, estimated
from ops.synthesis import synthesized
from ops.usage_cost import Template, UsageCost, sizes
from schemas.names import stack_name
from schemas.system import SYSTEM_HEARTBEAT

MINUTES = 60 * 24 * 365 / 12
"""A month's."""

_POLLS_A_MINUTE = 5 * 3
"""Lambda holds five long polls of twenty seconds open on an idle queue (Lambda's guide for SQS, "Scaling")."""

_NOTIFIER_SECONDS = 1.0
"""How long the notifier takes to see that there is nothing to tell; an assumption, on the safe side."""

_METRICS_OF_A_FUNCTION = 2
"""`Failure` and `Latency`."""


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
        Item("runs of the notifier", len(started) * MINUTES, _run_price(resources)),
    ]


def idle(templates: Iterable[Template]) -> list[Item]:
    """What it costs a month that Lambda asks all queues for messages, also where there are none.

    Args:
        templates: of all stacks of the stage.
    """
    resources = [resource for template in templates for resource in template["Resources"].values()]
    queues = len(list(_of_type(resources, "AWS::Lambda::EventSourceMapping")))
    return [Item("empty receives of idle queues", queues * _POLLS_A_MINUTE * MINUTES, prices.SQS_REQUEST)]


def cost(stage: str, question: Question | None = None, *, as_json: bool = False) -> bool:
    """Synthesize a stage, and print what it costs: a million events by type, a month, and what stands there.

    Args:
        stage: its name.
        question: what is assumed, and the volume of a month; None: the defaults, and no volume.
        as_json: one JSON object a line.

    Raises:
        OperatorError: it cannot be synthesized, or there is no such type.
    """
    asked = question or Question()
    with notes.status(f"Synthesize stage {stage} …"):
        folder = synthesized(stage)
    templates = list(_templates(folder, stage))
    usage = UsageCost(sizes(templates), asked.assumed, with_follow_ups=asked.with_follow_ups)
    beats = Item("heartbeats", MINUTES, usage.alone().of(SYSTEM_HEARTBEAT).dollars)
    estimate = estimated(asked, usage, fixed=(*monitoring(templates), *idle(templates), beats))
    (tell_lines if as_json else tell)(estimate, stage)
    return True


def _templates(folder: Path, stage: str) -> Iterator[Template]:
    for part in ("Messaging", "Processing", "Monitoring"):
        yield json.loads((folder / f"{stack_name(stage, part)}.template.json").read_text())


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
    return prices.SCHEDULE + prices.LAMBDA_REQUEST + _NOTIFIER_SECONDS * gigabytes * prices.LAMBDA_GB_SECOND
