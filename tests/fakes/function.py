"""A function's runtime made of fakes, its context, and its records."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.common.availability.circuit import Circuit
from lambdas.common.batch.delivery import SqsEvent, SqsRecord
from lambdas.common.runtime import Runtime
from schemas.environment import FunctionEnvironment
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import FakeEvents
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import Clock
from tests.fakes.sqs import FakeSqs, QueuedMessage

NOW = datetime(2026, 4, 14, 14, 0, tzinfo=UTC)
QUEUE = "https://sqs.test/queue"
DEAD_LETTER_QUEUE = "https://sqs.test/dead-letters"
SENDER = "AROA1234567890ABCDEFG:taly-test"
"""SQS's `SenderId` of the function's own role."""

SUPPRESSION_KEY_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:suppression"  # noqa: S105 an address
SUPPRESSION_KEY = "the key of the suppression list"

ENVIRONMENT = FunctionEnvironment(
    queue_url=QUEUE,
    dead_letter_queue_url=DEAD_LETTER_QUEUE,
    event_bus_name="taly-bus",
    stage="prod",
    code_version="5d41402a",
    crm_base_url="https://crm.test",
    crm_token_secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:crm",  # noqa: S106 an address
    mail_sender="Taly <no-reply@mail.taly.dev>",
    idempotency_table_name="taly-done",
    suppression_key_secret_arn=SUPPRESSION_KEY_SECRET,
    schedule_group_name="taly-schedules",
    schedule_target_arn="arn:aws:sqs:us-east-1:123456789012:ingress",
    schedule_role_arn="arn:aws:iam::123456789012:role/schedules",
    schedule_dead_letter_arn="arn:aws:sqs:us-east-1:123456789012:dead-schedules",
    reminder_leads="86400,3600",
    dunning="86400,259200,432000",
)
"""Environment of the function under test; tests replace the fields that they are about."""


def _secrets() -> FakeSecrets:
    """The secrets that AWS itself makes up."""
    return FakeSecrets(clock=_clock(), secrets={SUPPRESSION_KEY_SECRET: SUPPRESSION_KEY})


def _clock() -> Clock:
    """A clock for the services around a function; the function's clock is `FunctionHarness.now`."""
    return Clock(NOW)


@dataclass
class FakeContext:
    """Lambda's context. `milliseconds` is the remaining time; a test's handler or clock may reduce it."""

    milliseconds: float = 30_000
    aws_request_id: str = "request-1"
    function_name: str = "taly-test"
    log_group_name: str = "/aws/lambda/taly-test"
    clock: Clock = field(default_factory=_clock)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def get_remaining_time_in_millis(self) -> int:
        return int(self.milliseconds - (self.clock() - self.began) * 1000)


@dataclass
class FunctionHarness:
    """A function's runtime made of fakes, and its log."""

    sqs: FakeSqs = field(default_factory=lambda: FakeSqs(clock=_clock()))
    events: FakeEvents = field(default_factory=lambda: FakeEvents(clock=_clock()))
    scheduler: FakeScheduler = field(default_factory=lambda: FakeScheduler(clock=_clock()))
    dynamodb: FakeDynamoDb = field(default_factory=FakeDynamoDb)
    secrets: FakeSecrets = field(default_factory=_secrets)
    clients: dict[str, Any] = field(default_factory=dict)
    capabilities: dict[type, Any] = field(default_factory=dict)
    tripped: list[Circuit] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict)
    """Fields of `FunctionEnvironment` that differ from the usual ones."""

    now: datetime = NOW
    jitter: float = 1.0
    log: list[str] = field(default_factory=list)

    def runtime(self) -> Runtime:
        clients = {
            "sqs": self.sqs,
            "events": self.events,
            "scheduler": self.scheduler,
            "dynamodb": self.dynamodb,
            "secretsmanager": self.secrets,
            **self.clients,
        }
        environment = ENVIRONMENT._replace(**self.settings)
        return Runtime(
            environment=environment,
            client=clients.__getitem__,
            now=self._tick,
            sleep=self._sleep,
            jitter=lambda: self.jitter,
            write=self.log.append,
            capabilities=self.capabilities,
            tripped=self.tripped,
        )

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _tick(self) -> datetime:
        """Advance the clock by a millisecond at each reading."""
        self.now += timedelta(milliseconds=1)
        return self.now

    @property
    def copies(self) -> list[dict[str, Any]]:
        """The messages that the function sent to its queue. Tests may remove some."""
        return self.sqs.sent.setdefault(QUEUE, [])

    def next_copy(self) -> SqsRecord:
        """Take the first copy from the queue; time passes until SQS delivers it."""
        copy = self.copies.pop(0)
        self.now += timedelta(seconds=copy.get("DelaySeconds", 0))
        return redelivered(copy)

    @property
    def dead_letters(self) -> list[dict[str, Any]]:
        """The messages that the function sent to its dead-letter queue."""
        return self.sqs.sent.setdefault(DEAD_LETTER_QUEUE, [])

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The outcome lines."""
        return [line for text in self.log if "outcome" in (line := json.loads(text))]

    @property
    def outcomes(self) -> list[str]:
        return [line["outcome"] for line in self.lines]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return [line for text in self.log if "_aws" in (line := json.loads(text))]


def sqs_record(  # noqa: PLR0913 all that a record has
    body: str,
    *,
    message_id: str = "m-1",
    receive_count: int = 1,
    attributes: Mapping[str, Any] | None = None,
    handle: str = "",
    sender: str = SENDER,
    group: str | None = None,
) -> SqsRecord:
    """A record as Lambda's event source mapping passes it."""
    return {
        "messageId": message_id,
        "receiptHandle": handle or f"handle of {message_id}, receive {receive_count}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": str(int(NOW.timestamp() * 1000)),
            "SenderId": sender,
            **({"MessageGroupId": group} if group else {}),
        },
        "messageAttributes": dict(attributes or {}),
    }


def sqs_event(*bodies: str) -> SqsEvent:
    return {"Records": [sqs_record(body, message_id=f"m-{number}") for number, body in enumerate(bodies)]}


def redelivered(
    entry: Mapping[str, Any], *, message_id: str = "m-again", receive_count: int = 1, sender: str = SENDER
) -> SqsRecord:
    """The record for a message that a function sent."""
    return sqs_record(
        entry["MessageBody"],
        message_id=message_id,
        receive_count=receive_count,
        attributes=_as_lambda_has_them(entry.get("MessageAttributes", {})),
        sender=sender,
        group=entry.get("MessageGroupId"),
    )


def begun(harness: FunctionHarness, service: str, message_id: str, *, times: int, was_read: bool = False) -> None:
    """A message began so often after it had come back, and came to no outcome."""
    key = f"{service}#begun#{message_id}"
    item: dict[str, Any] = {"id": {"S": key}, "begun": {"SS": [f"handle of begin {number}" for number in range(times)]}}
    harness.dynamodb.items[key] = item | ({"was_read": {"BOOL": True}} if was_read else {})


def received(message: QueuedMessage) -> SqsRecord:
    """The record for a received message."""
    return sqs_record(
        message.body,
        message_id=message.id,
        receive_count=message.receives,
        attributes=_as_lambda_has_them(message.attributes),
        handle=message.handle,
        group=message.group,
    )


def _as_lambda_has_them(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"stringValue": value["StringValue"], "dataType": "String"} for name, value in attributes.items()}
