"""A fake stage with schedules."""

import json
from datetime import datetime, timedelta

from ops.schedules.schedules import ScheduleGroup
from schemas.schedule_names import schedule_name
from tests.fakes.service import NOON
from tests.fakes.stage import FakeStage

INGRESS, INGRESS_URL = "arn:aws:sqs:eu-central-1:123456789012:ingress", "https://sqs.test/123456789012/ingress"
APPOINTMENT, TENANT, OTHER_TENANT = (f"{digit * 8}-aaaa-4aaa-8aaa-aaaaaaaaaaaa" for digit in "123")
KEY = f"reminder/{APPOINTMENT}/24h"


class ScheduleStage(FakeStage):
    """A stage whose schedules send to its ingress queue."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sqs.queues[INGRESS_URL] = []
        self.schedules = self.scheduler.schedules

    def add(self, key: str, due: datetime, *, type_name: str = "appointment.reminder", tenant: str = TENANT) -> None:
        message = {
            "id": key.replace("/", "."),
            "type": type_name,
            "payload": {"companyId": tenant},
            "timestamp": due.isoformat(),
            "attempts": 1,
        }
        self.set(schedule_name(key), f"at({due:%Y-%m-%dT%H:%M:%S})", json.dumps(message), key)

    def add_recurring(self, name: str = "Heartbeat-XYZ") -> None:
        self.set(name, "rate(1 minute)", json.dumps({"type": "system.heartbeat"}), "A sign of life each minute")

    def set(self, name: str, expression: str, body: str, description: str) -> None:
        self.schedules[name] = {
            "Name": name,
            "Description": description,
            "ScheduleExpression": expression,
            "LastModificationDate": NOON,
            "Target": {"Arn": INGRESS, "Input": body},
        }

    @property
    def sent(self) -> list[dict[str, object]]:
        """The messages that were sent to the ingress queue."""
        return self.sqs.sent.get(INGRESS_URL, [])

    @property
    def group(self) -> ScheduleGroup:
        return ScheduleGroup.of(self.deployed)


def with_a_reminder() -> ScheduleStage:
    """A stage with one reminder, due in three hours."""
    stage = ScheduleStage()
    stage.add(KEY, NOON + timedelta(hours=3))
    return stage
