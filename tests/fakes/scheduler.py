"""EventBridge Scheduler in memory.

The limits are from the API reference (CreateSchedule, ListSchedules, SqsParameters, Target).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.service import FakeService, client_error

MAX_INPUT_BYTES = 262_144
"""Bytes of a schedule's input."""

MAX_PAGE = 100
_NAME = re.compile("[0-9a-zA-Z-_.]{1,64}")
_AT = re.compile(r"at\((.{19})\)")


@dataclass(kw_only=True)
class FakeScheduler(FakeService):
    """One group of schedules."""

    group: str = "taly-schedules"
    page: int = MAX_PAGE
    """Schedules on each page."""

    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The schedules by name, as GetSchedule returns them."""

    def create_schedule(self, **request: Any) -> None:
        self._may_stand(request)
        with self.called("create_schedule", request):
            if request["Name"] in self.schedules:
                raise client_error("ConflictException", "CreateSchedule")
            self.schedules[request["Name"]] = request

    def update_schedule(self, **request: Any) -> None:
        self._may_stand(request)
        with self.called("update_schedule", request):
            self._found(request, "UpdateSchedule")
            self.schedules[request["Name"]] = request

    def delete_schedule(self, **request: Any) -> dict[str, Any]:
        self._may_be_named(request)
        with self.called("delete_schedule", request):
            self._found(request, "DeleteSchedule")
            del self.schedules[request["Name"]]
            return {}

    def get_schedule(self, **request: Any) -> dict[str, Any]:
        self._may_be_named(request)
        with self.called("get_schedule", request):
            return self._found(request, "GetSchedule")

    def list_schedules(self, **request: Any) -> dict[str, Any]:
        with self.called("list_schedules", request):
            assert request["GroupName"] == self.group
            assert request.get("MaxResults", MAX_PAGE) <= MAX_PAGE, "ValidationException: MaxResults"
            begin = int(request.get("NextToken", 0))
            names = [name for name in self.schedules if name.startswith(request.get("NamePrefix", ""))]
            end = begin + self.page
            token = {"NextToken": str(end)} if end < len(names) else {}
            return {"Schedules": [{"Name": name} for name in names[begin:end]], **token}

    def _found(self, request: Mapping[str, Any], operation: str) -> dict[str, Any]:
        if request["Name"] not in self.schedules:
            raise client_error("ResourceNotFoundException", operation)
        return self.schedules[request["Name"]]

    def _may_be_named(self, request: Mapping[str, Any]) -> None:
        assert _NAME.fullmatch(request["Name"]), "ValidationException: Name"
        assert request["GroupName"] == self.group

    def _may_stand(self, request: Mapping[str, Any]) -> None:
        self._may_be_named(request)
        target = request["Target"]
        assert len(target["Input"].encode()) <= MAX_INPUT_BYTES, "ValidationException: Input"
        assert "SqsParameters" not in target or target["Arn"].endswith(".fifo"), (
            "ValidationException: SqsParameters, a schedule sets the message group of FIFO queues only"
        )
        assert request["FlexibleTimeWindow"] == {"Mode": "OFF"}
        expression = _AT.fullmatch(request["ScheduleExpression"])
        assert expression, "ValidationException: ScheduleExpression"
        due = datetime.fromisoformat(expression[1] + "Z")
        assert due > self.clock.now(), "ValidationException: the schedule's time is in the past"
