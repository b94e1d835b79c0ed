"""A stage whose logs are written by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from ops.stage.deployed import DeployedStage
from schemas.catalogue import CATALOGUE
from tests.unit.fakes import client_error

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)


def outputs() -> dict[str, dict[str, str]]:
    """Of a stage's stacks."""
    groups = {f"{each.construct_id}LogGroupName": f"log of {each.name}" for each in CATALOGUE}
    return {
        "TalyAsync-Prod-Processing": {"QueueProcessorLogGroupName": "log of queue_processor", **groups},
        "TalyAsync-Prod-Monitoring": {"SlackNotifierLogGroupName": "log of slack_notifier"},
    }


@dataclass
class FakeLogs:
    """CloudWatch Logs as far as quoted terms go, with pages; safe for threads."""

    groups: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    page_size: int = 2
    refuse: Callable[[dict[str, Any]], str | None] = lambda _request: None
    requests: list[dict[str, Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def write(self, service: str, at: datetime, **fields: Any) -> None:
        """A line of a function's."""
        stamp = at.isoformat(timespec="milliseconds")
        line = json.dumps({"timestamp": stamp, "service": service, **fields})
        self.groups.setdefault(f"log of {service}", []).append((int(at.timestamp() * 1000), line))

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            self.requests.append(request)
        if code := self.refuse(request):
            raise client_error(code, "FilterLogEvents")
        pattern = request["filterPattern"]
        term = "" if pattern.startswith("{") else pattern.strip('"')
        events = [
            {"timestamp": at, "message": text, "logStreamName": "stream"}
            for at, text in self.groups.get(request["logGroupName"], ())
            if at >= request["startTime"] and term in text
        ]
        start = int(request.get("nextToken", 0))
        more = {"nextToken": str(start + self.page_size)} if start + self.page_size < len(events) else {}
        return {"events": events[start : start + self.page_size], **more}


@dataclass
class FakeStage:
    """Stage prod."""

    logs: FakeLogs = field(default_factory=FakeLogs)
    outputs: dict[str, dict[str, str]] = field(default_factory=outputs)

    @property
    def deployed(self) -> DeployedStage:
        return DeployedStage("prod", {"cloudformation": self, "logs": self.logs}.__getitem__)

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        if request["StackName"] not in self.outputs:
            raise client_error("ValidationError", "DescribeStacks")
        of_stack = self.outputs[request["StackName"]]
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in of_stack.items()]}]}
