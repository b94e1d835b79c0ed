"""A deployed stage made of fakes, as operators' tools see it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from ops.dead_letters.audit_log import Audit
from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.deployed import DeployedStage
from schemas.catalogue import CATALOGUE
from schemas.names import MessagingOutput, MonitoringOutput, ProcessingOutput, stack_name
from tests.fakes.cloudformation import FakeCloudFormation
from tests.fakes.cloudwatch import FakeCloudWatch
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import FakeEvents
from tests.fakes.logs import FakeLogs
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service import Clock, FakeService
from tests.fakes.sqs import FakeSqs
from tests.messages import COMPANY

SERVICE, REGION = "activity.record", "eu-central-1"
QUEUE, DEAD_LETTERS = "activity queue", "activity dead letters"
CAUSE = "c83d68dfbef7"
OTHER_CAUSE = "0123456789ab"
OPERATOR = "arn:aws:sts::123456789012:assumed-role/Admin/ada"
Outputs = Mapping[str, Mapping[str, str]]
"""Stack outputs by the stack's part of the stage, such as `Messaging`."""

OF_ONE_TYPE: Outputs = {
    "Messaging": {
        MessagingOutput.queue_url("ActivityRecord"): QUEUE,
        MessagingOutput.dead_letter_queue_url("ActivityRecord"): DEAD_LETTERS,
        MessagingOutput.INGRESS_QUEUE_URL: "ingress",
        MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL: "ingress dead letters",
        MessagingOutput.UNROUTED_QUEUE_URL: "unrouted messages",
        MessagingOutput.UNDELIVERABLE_QUEUE_URL: "undeliverable messages",
        MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL: "dead schedules",
        MessagingOutput.IDEMPOTENCY_TABLE_NAME: "taly-done",
    },
    "Processing": {ProcessingOutput.log_group_name("ActivityRecord"): "log of activity.record"},
    "Monitoring": {MonitoringOutput.AUDIT_LOG_GROUP_NAME: "audit"},
}
"""The queues of one type and the ingress, and the logs that a redrive needs."""

OF_ALL_LOGS: Outputs = {
    "Processing": {
        ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME: "log of queue_processor",
        **{ProcessingOutput.log_group_name(each.construct_id): f"log of {each.name}" for each in CATALOGUE},
    },
    "Monitoring": {MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME: "log of slack_notifier"},
}
"""The log groups of all functions."""


@dataclass(kw_only=True)
class FakeSts(FakeService):
    """STS, which returns the operator's identity."""

    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name=REGION))

    def get_caller_identity(self) -> dict[str, str]:
        with self.called("get_caller_identity", {}):
            return {"Arn": OPERATOR}


@dataclass
class FakeStage:
    """A stage whose services share a clock."""

    name: str = "dev"
    outputs: Outputs = field(default_factory=lambda: OF_ONE_TYPE)
    clock: Clock = field(default_factory=Clock)
    sqs: FakeSqs = field(init=False)
    dynamodb: FakeDynamoDb = field(init=False)
    logs: FakeLogs = field(init=False)
    events: FakeEvents = field(init=False)
    scheduler: FakeScheduler = field(init=False)
    cloudwatch: FakeCloudWatch = field(init=False)
    cloudformation: FakeCloudFormation = field(init=False)
    sts: FakeSts = field(init=False)

    def __post_init__(self) -> None:
        self.sqs = FakeSqs(clock=self.clock, parallel=8)
        self.dynamodb = FakeDynamoDb(clock=self.clock)
        self.logs = FakeLogs(clock=self.clock)
        self.events = FakeEvents(clock=self.clock)
        self.scheduler = FakeScheduler(clock=self.clock, group=f"taly-async-{self.name}")
        self.cloudwatch = FakeCloudWatch(clock=self.clock, stage=self.name)
        self.sts = FakeSts(clock=self.clock)
        stacks = {stack_name(self.name, part): dict(outputs) for part, outputs in self.outputs.items()}
        self.cloudformation = FakeCloudFormation(clock=self.clock, outputs=stacks)

    def client(self, service: str) -> Any:
        """The fake client for a boto3 service name."""
        return getattr(self, service)

    @cached_property
    def deployed(self) -> DeployedStage:
        return DeployedStage(self.name, self.client)

    def log(self, service: str, at: datetime, **fields: Any) -> None:
        """Write a line to a function's log."""
        self.logs.write(f"log of {service}", at, service=service, **fields)

    @property
    def dead_letter_queue(self) -> DeadLetterQueue:
        return DeadLetterQueue(self.sqs, DEAD_LETTERS, clock=self.clock)

    @property
    def audit(self) -> Audit:
        return Audit(
            logs=self.logs,
            log_group="audit",
            stream="s",
            service=SERVICE,
            who=OPERATOR,
            now=self.clock.now,
        )

    def add_dead_letter(  # noqa: PLR0913 one argument for each property of a dead letter
        self,
        number: int,
        cause: str = CAUSE,
        *,
        body: str | None = None,
        reason: str = "permanent",
        company: str = COMPANY,
        url: str = DEAD_LETTERS,
        **biography: Any,
    ) -> str:
        """Add a dead letter as a function does; with an empty cause, as SQS's redrive policy does."""
        history = {
            "id": f"task-{number}",
            "deadLetteredAt": self.clock.now().isoformat(),
            "errorClass": "PermanentError",
            "message": "the CRM answered 422",
        } | biography
        values = {"fingerprint": cause, "reason": reason, "biography": json.dumps(history)} if cause else {}
        message = {"id": f"task-{number}", "type": SERVICE, "attempts": 3, "payload": {"companyId": company}}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
        return self.sqs.put(url, json.dumps(message) if body is None else body, attributes, company)

    def ids(self, url: str) -> list[str]:
        """The ids of the messages in a queue, sorted."""
        return sorted(json.loads(each.body)["id"] for each in self.sqs.messages(url))
