"""A stage in memory, with all that the console asks of AWS."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from ops.stage.deployed import DeployedStage
from ops.stage.services import RESTING
from schemas.names import ProcessingOutput, stack_name
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.letter_fakes import DEAD_LETTERS, QUEUE, FakeLogs, FakeStage

SERVICE, REGION = "activity.record", "eu-central-1"
INGRESS_DEAD_LETTERS = "ingress dead letters"
LETTERS = 25
EVERYTHING = {f"task-{number}" for number in range(LETTERS)}
ADA = "ada@example.com"
"""Somebody's data."""


@dataclass
class FakeCloudWatch:
    """Figures by metric, dimension's value and statistic; states of alarms by name."""

    figures: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    stage: FakeStage = field(kw_only=True)

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def get_metric_data(self, **request: Any) -> list[dict[str, Any]]:
        results = []
        for query in request["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            key = metric["MetricName"], metric["Dimensions"][0]["Value"], query["MetricStat"]["Stat"]
            results.append({"Id": query["Id"], "Values": self.figures.get(key, [])})
        return [{"MetricDataResults": results}]

    def describe_alarms(self, **_: Any) -> list[dict[str, Any]]:
        since = self.stage.clock.now() - timedelta(minutes=3)
        described = [
            {"AlarmName": f"taly-async-dev/{name}", "StateValue": state, "StateTransitionedTimestamp": since}
            for name, state in self.alarms.items()
        ]
        return [{"MetricAlarms": described}]


@dataclass
class ConsoleLogs(FakeLogs):
    """As `FakeLogs`, and searched by a quoted term."""

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        self.before("filter_log_events")
        term = request["filterPattern"].strip('"')
        texts = [json.dumps(line) for line in self.outcomes if request["logGroupName"] == "activity log"]
        return {"events": [{"message": text, "timestamp": 0} for text in texts if term in text]}


@dataclass
class ConsoleStage(FakeStage):
    """A stage with all that the console asks."""

    logs: ConsoleLogs = field(default_factory=ConsoleLogs)
    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name=REGION))
    cloudwatch: FakeCloudWatch = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.cloudwatch = FakeCloudWatch(stage=self)

    @cached_property
    def deployed(self) -> DeployedStage:
        """One for all who ask, as the console has it."""
        clients = {"sqs": self.sqs, "logs": self.logs, "cloudformation": self, "sts": self}
        return DeployedStage("dev", (clients | {"cloudwatch": self.cloudwatch}).__getitem__)

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        described = super().describe_stacks(**request)
        more = {
            stack_name("dev", "Processing"): {ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME: "ingress log"},
            stack_name("dev", "Messaging"): {key: f"{name} queue" for name, key in RESTING.items()},
        }.get(request["StackName"], {})
        described["Stacks"][0]["Outputs"] += [{"OutputKey": key, "OutputValue": value} for key, value in more.items()]
        return described

    def outcome(self, what: str, **fields: Any) -> None:
        """Let each message that is sent from now on come to this outcome at once."""
        told = self.sqs.after

        def after(operation: str) -> None:
            told(operation)
            if operation == "send_message_batch":
                known = {line["sqs_message_id"] for line in self.logs.outcomes}
                for message in self.sqs.lying(QUEUE):
                    if message.id not in known:
                        line = {"message": what, "outcome": what, "service": SERVICE, "sqs_message_id": message.id}
                        stamp = self.clock.now().isoformat(timespec="milliseconds")
                        self.logs.outcomes.append(line | {"timestamp": stamp} | fields)

        self.sqs.after = after


def message(**payload: Any) -> str:
    """A body that is one."""
    known = {"id": "task-1", "type": SERVICE, "timestamp": "2026-04-14T11:00:00Z", "attempts": 3, "zone": "b"}
    return json.dumps(known | {"payload": {"companyId": COMPANY} | payload})


def buried() -> ConsoleStage:
    """With all of them dead."""
    stage = ConsoleStage()
    for number in range(LETTERS):
        stage.bury(number)
    return stage


def visible(stage: ConsoleStage) -> set[str]:
    """The ids of those that others see where they lie."""
    return {json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)}
