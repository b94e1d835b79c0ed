"""A deployed stage made of fakes, as operators' tools see it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.audit_log import Audit
from ops.stage.deployed import DeployedStage
from ops.stage.emulated_queues import EMULATED_QUEUES
from ops.stage.endpoint import RUNS
from ops.stage.services import HOLDING_QUEUES, SERVICES
from schemas.names import (
    ALERTS,
    AUDIT,
    CAUSES,
    IDEMPOTENCY,
    QUEUE_PROCESSOR,
    dead_letter_queue_name,
    log_group_name,
    queue_name,
    resource_name,
    schedule_group_name,
)
from tests.fakes.cloudwatch import FakeCloudWatch
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import FakeEvents
from tests.fakes.lambda_api import FakeLambda
from tests.fakes.logs import FakeLogs
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service import Clock, FakeService
from tests.fakes.sqs import FakeSqs, QueuedMessage
from tests.messages import COMPANY

SERVICE, REGION = "activity.record", "eu-central-1"


def queue_url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}"


QUEUE, DEAD_LETTERS = queue_url("taly-async-dev-activity-record"), queue_url("taly-async-dev-activity-record-dlq")
INGRESS, INGRESS_DEAD_LETTERS = queue_url("taly-async-dev-ingress"), queue_url("taly-async-dev-ingress-dlq")
UNROUTED, UNDELIVERABLE = queue_url("taly-async-dev-unrouted"), queue_url("taly-async-dev-undeliverable")
AUDIT_LOG = "taly-async-dev-audit"
"""Resources of stage dev."""

CAUSE = "c83d68dfbef7"
OTHER_CAUSE = "0123456789ab"
OPERATOR = "arn:aws:sts::123456789012:assumed-role/Admin/ada"

OF_ONE_TYPE = (SERVICE, QUEUE_PROCESSOR, *HOLDING_QUEUES, ALERTS)
OF_ALL_TYPES = (*SERVICES, *HOLDING_QUEUES, ALERTS)
"""Names of the services with queues in a stage."""


@dataclass(kw_only=True)
class FakeSts(FakeService):
    """STS, which returns the operator's identity."""

    def get_caller_identity(self) -> dict[str, str]:
        with self.called("get_caller_identity", {}):
            return {"Arn": OPERATOR}


@dataclass
class FakeQueues:
    """The messages of the emulator's queues, shown without receiving them."""

    sqs: FakeSqs

    def oldest(self, queue_url: str) -> datetime | None:
        """When the oldest message was sent that is due or in flight."""
        due = [
            each for each in self.sqs.messages(queue_url) if each.receives or each.visible_at <= self.sqs.clock.now()
        ]
        return min((each.sent_at for each in due), default=None)


@dataclass
class FakeStage:
    """A stage whose services share a clock."""

    name: str = "dev"
    services: Sequence[str] = OF_ONE_TYPE
    """Services with queues: types, the ingress, holding queues and `ALERTS`."""

    clock: Clock = field(default_factory=Clock)
    sqs: FakeSqs = field(init=False)
    dynamodb: FakeDynamoDb = field(init=False)
    logs: FakeLogs = field(init=False)
    events: FakeEvents = field(init=False)
    scheduler: FakeScheduler = field(init=False)
    cloudwatch: FakeCloudWatch = field(init=False)
    functions: FakeLambda = field(init=False)
    sts: FakeSts = field(init=False)

    def __post_init__(self) -> None:
        queues: dict[str, list[QueuedMessage]] = {self.queue_url(each): [] for each in self.services}
        queues |= {self.dead_letters_url(each): [] for each in self.services if each in SERVICES}
        self.sqs = FakeSqs(clock=self.clock, parallel=8, queues=queues)
        self.dynamodb = FakeDynamoDb(
            clock=self.clock,
            name=resource_name(self.name, IDEMPOTENCY),
            causes_name=resource_name(self.name, CAUSES),
        )
        self.logs = FakeLogs(clock=self.clock)
        self.events = FakeEvents(clock=self.clock, bus=resource_name(self.name))
        self.scheduler = FakeScheduler(clock=self.clock, group=schedule_group_name(self.name))
        self.cloudwatch = FakeCloudWatch(clock=self.clock, stage=self.name)
        self.functions = FakeLambda(clock=self.clock, stage=self.name)
        self.functions.map(each for each in self.services if each in SERVICES)
        self.sts = FakeSts(clock=self.clock)

    def client(self, service: str) -> Any:
        """The fake client for a boto3 service name."""
        if service == EMULATED_QUEUES:
            return FakeQueues(self.sqs)
        return self.functions if service in {"lambda", RUNS} else getattr(self, service)

    @cached_property
    def deployed(self) -> DeployedStage:
        return DeployedStage(self.name, self.client)

    def queue_url(self, service: str) -> str:
        """The URL of the queue of a type, of the ingress, or of another subject."""
        return queue_url(queue_name(self.name, service))

    def dead_letters_url(self, service: str) -> str:
        """The URL of the dead-letter queue of a type or of the ingress."""
        return queue_url(dead_letter_queue_name(self.name, service))

    def log(self, service: str, at: datetime, **fields: Any) -> None:
        """Write a line to a function's log."""
        self.logs.write(log_group_name(self.name, service), at, service=service, **fields)

    @property
    def dead_letter_queue(self) -> DeadLetterQueue:
        return DeadLetterQueue(self.sqs, DEAD_LETTERS, clock=self.clock)

    @property
    def audit(self) -> Audit:
        return Audit(
            logs=self.logs,
            log_group=resource_name(self.name, AUDIT),
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
