"""EventBridge Scheduler and SQS, as far as schedules in operators' hands use them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.schedules.schedules import ScheduleGroup
from ops.stage.deployed import DeployedStage
from schemas.schedule_names import schedule_name

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
INGRESS = "arn:aws:sqs:eu-central-1:123456789012:ingress"
APPOINTMENT, TENANT, OTHER_TENANT = (f"{digit * 8}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for digit in "123")
KEY = f"reminder/{APPOINTMENT}/24h"


@dataclass
class FakeAws:
    """EventBridge Scheduler and SQS as far as they are used, which can end the process at any call."""

    page: int = 100
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _call: None
    after: Callable[[str], None] = lambda _call: None

    def add(self, key: str, due: datetime, *, type_name: str = "appointment.reminder", tenant: str = TENANT) -> None:
        message = {
            "id": key.replace("/", "."),
            "type": type_name,
            "payload": {"companyId": tenant},
            "timestamp": due.isoformat(),
            "attempts": 1,
        }
        self.set(schedule_name(key), f"at({due:%Y-%m-%dT%H:%M:%S})", json.dumps(message), key, tenant)

    def add_recurring(self, name: str = "Heartbeat-XYZ") -> None:
        self.set(name, "rate(1 minute)", json.dumps({"type": "system.heartbeat"}), "A sign of life each minute", "")

    def set(self, name: str, expression: str, body: str, description: str, group: str) -> None:
        self.schedules[name] = {
            "Name": name,
            "Description": description,
            "ScheduleExpression": expression,
            "LastModificationDate": NOON,
            "Target": {"Arn": INGRESS, "Input": body, "SqsParameters": {"MessageGroupId": group}},
        }

    @property
    def stage(self) -> DeployedStage:
        return DeployedStage("dev", {"scheduler": self, "sqs": self}.__getitem__)

    @property
    def group(self) -> ScheduleGroup:
        return ScheduleGroup.of(self.stage)

    def list_schedules(self, **request: Any) -> dict[str, Any]:
        assert request["GroupName"] == "taly-async-dev"
        begin = int(request.get("NextToken", 0))
        names = [name for name in self.schedules if name.startswith(request.get("NamePrefix", ""))]
        end = begin + self.page
        token = {"NextToken": str(end)} if end < len(names) else {}
        return {"Schedules": [{"Name": name} for name in names[begin:end]], **token}

    def get_schedule(self, **request: Any) -> dict[str, Any]:
        with_call = self._called("get", request)
        return with_call(lambda: self.schedules[request["Name"]])

    def delete_schedule(self, **request: Any) -> dict[str, Any]:
        self._called("delete", request)(lambda: self.schedules.pop(request["Name"]))
        return {}

    def get_queue_url(self, **request: Any) -> dict[str, Any]:
        assert request == {"QueueName": "ingress", "QueueOwnerAWSAccountId": "123456789012"}
        return {"QueueUrl": "https://sqs.test/ingress"}

    def send_message(self, **request: Any) -> dict[str, Any]:
        self.before("send")
        self.calls.append("send")
        self.sent.append(request)
        self.after("send")
        return {"MessageId": "m-1"}

    def _called(self, call: str, request: dict[str, Any]) -> Callable[[Callable[[], dict[str, Any]]], dict[str, Any]]:
        assert request["GroupName"] == "taly-async-dev"

        def run(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
            self.before(call)
            self.calls.append(call)
            if request["Name"] not in self.schedules:
                raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, call)
            answer = act()
            self.after(call)
            return answer

        return run


def with_a_reminder() -> FakeAws:
    """One that is due in three hours."""
    fake = FakeAws()
    fake.add(KEY, NOON + timedelta(hours=3))
    return fake
