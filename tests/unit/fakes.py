"""Hand-written stand-ins for what lies outside a function. They keep AWS's limits, and can be told to refuse."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.common.batch.record import SqsEvent, SqsRecord
from lambdas.common.runtime import Runtime
from schemas.environment import FunctionEnvironment
from schemas.system import SYSTEM_DEAD_LETTERED

NOW = datetime(2026, 4, 14, 14, 0, tzinfo=UTC)
QUEUE = "https://sqs.test/queue"
DEAD_LETTER_QUEUE = "https://sqs.test/dead-letters"

Refuse = Callable[[Mapping[str, Any]], str | None]
"""Gives the code with which an entry is refused, or None."""


def client_error(code: str, operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "ada@example.com was refused"}}, operation)


def accept(_entry: Mapping[str, Any]) -> None:
    return None


@dataclass
class FakeSqs:
    """SendMessageBatch with SQS's limits: 10 entries, 1 MiB a call, 900 s, 10 attributes, no empty or odd body."""

    refuse: Refuse = accept
    fail: Callable[[], Exception | None] = lambda: None
    calls: list[dict[str, Any]] = field(default_factory=list)
    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    """Receipt handles."""

    def delete_message_batch(self, **request: Any) -> None:
        if error := self.fail():
            raise error
        assert request["QueueUrl"] == QUEUE
        assert 1 <= len(request["Entries"]) <= 10
        self.deleted += [entry["ReceiptHandle"] for entry in request["Entries"]]

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        if error := self.fail():
            raise error
        entries = request["Entries"]
        assert 1 <= len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)
        assert sum(_bytes(entry) for entry in entries) <= 1_048_576
        self.calls.append(request)
        failed = []
        for entry in entries:
            assert 0 <= entry.get("DelaySeconds", 0) <= 900
            assert len(entry.get("MessageAttributes", {})) <= 10
            assert all(value["StringValue"].isascii() for value in entry.get("MessageAttributes", {}).values())
            if code := self.refuse(entry) or _unsendable(entry["MessageBody"]):
                failed.append({"Id": entry["Id"], "Code": code, "SenderFault": False})
            else:
                self.queues.setdefault(request["QueueUrl"], []).append(entry)
        return {"Successful": [], "Failed": failed}

    @property
    def copies(self) -> list[dict[str, Any]]:
        return self.queues.get(QUEUE, [])

    @property
    def letters(self) -> list[dict[str, Any]]:
        return self.queues.get(DEAD_LETTER_QUEUE, [])


def _unsendable(body: str) -> str | None:
    """SQS takes at least one character, and those of XML 1.0 alone (SendMessage)."""
    odd = re.search("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", body)
    return "InvalidMessageContents" if odd or not body else None


def _bytes(entry: Mapping[str, Any]) -> int:
    attributes = entry.get("MessageAttributes", {})
    return len(entry["MessageBody"].encode(errors="surrogatepass")) + sum(
        len(name) + len(value["DataType"]) + len(value["StringValue"]) for name, value in attributes.items()
    )


@dataclass
class FakeEvents:
    """PutEvents with EventBridge's limits: 10 entries, under 1 MiB a call, a detail that is a JSON object."""

    refuse: Refuse = accept
    fail: Callable[[], Exception | None] = lambda: None
    calls: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    """What people are told of dead letters: the other entries that were taken."""

    def put_events(self, **request: Any) -> dict[str, Any]:
        if error := self.fail():
            raise error
        entries = request["Entries"]
        assert 1 <= len(entries) <= 10
        size = sum(len(entry["Source"] + entry["DetailType"]) + len(entry["Detail"].encode()) for entry in entries)
        assert size < 1_048_576
        self.calls.append(request)
        results: list[dict[str, str]] = []
        for entry in entries:
            assert isinstance(json.loads(entry["Detail"]), dict)
            if code := self.refuse(entry):
                results.append({"ErrorCode": code, "ErrorMessage": "no"})
            else:
                taken = self.alerts if entry["DetailType"] == SYSTEM_DEAD_LETTERED.name else self.published
                taken.append(entry)
                results.append({"EventId": str(len(results))})
        return {"FailedEntryCount": 0, "Entries": results}


@dataclass
class FakeScheduler:
    """EventBridge Scheduler as far as functions use it: names, sizes and times within its limits."""

    refuse: Callable[[str, Mapping[str, Any]], str | None] = lambda _operation, _request: None
    calls: list[str] = field(default_factory=list)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What stands, by name."""

    def create_schedule(self, **request: Any) -> None:
        self._take("CreateSchedule", request)
        if request["Name"] in self.schedules:
            raise client_error("ConflictException")
        self.schedules[request["Name"]] = request

    def update_schedule(self, **request: Any) -> None:
        self._take("UpdateSchedule", request)
        if request["Name"] not in self.schedules:
            raise client_error("ResourceNotFoundException")
        self.schedules[request["Name"]] = request

    def delete_schedule(self, **request: Any) -> None:
        self._take("DeleteSchedule", request)
        if self.schedules.pop(request["Name"], None) is None:
            raise client_error("ResourceNotFoundException")

    def _take(self, operation: str, request: Mapping[str, Any]) -> None:
        self.calls.append(operation)
        assert re.fullmatch("[0-9a-zA-Z-_.]{1,64}", request["Name"])
        assert request["GroupName"] == "taly-schedules"
        if operation != "DeleteSchedule":
            assert len(request["Target"]["Input"].encode()) <= 262_144
            assert request["FlexibleTimeWindow"] == {"Mode": "OFF"}
            expression = re.fullmatch(r"at\((.{19})\)", request["ScheduleExpression"])
            assert expression
            assert datetime.fromisoformat(expression[1] + "Z") > NOW, "it takes no time gone by"
        if code := self.refuse(operation, request):
            raise client_error(code)


@dataclass
class FakeDynamoDb:
    """A table as far as Powertools' idempotency uses it: its one condition, by what stands and what has expired."""

    fail: Callable[[str], Exception | None] = lambda _operation: None
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put_item(self, **request: Any) -> None:
        self._take("PutItem", request)
        item = request["Item"]
        stands = self.items.get(item["id"]["S"])
        if stands and not _expired(stands):
            error = client_error("ConditionalCheckFailedException")
            error.response["Item"] = stands  # type: ignore[typeddict-unknown-key]  # PutItem alone has it
            raise error
        self.items[item["id"]["S"]] = item

    def update_item(self, **request: Any) -> None:
        self._take("UpdateItem", request)
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        changes = dict(part.split(" = ") for part in request["UpdateExpression"].removeprefix("SET ").split(", "))
        item = self.items.setdefault(request["Key"]["id"]["S"], dict(request["Key"]))
        item |= {names[name]: values[value] for name, value in changes.items()}

    def delete_item(self, **request: Any) -> None:
        self._take("DeleteItem", request)
        self.items.pop(request["Key"]["id"]["S"], None)

    def _take(self, operation: str, request: Mapping[str, Any]) -> None:
        assert request["TableName"] == "taly-done"
        if error := self.fail(operation):
            raise error


def _expired(item: Mapping[str, Any]) -> bool:
    now = datetime.now(UTC).timestamp()
    if float(item["expiration"]["N"]) < now:
        return True
    return item["status"]["S"] == "INPROGRESS" and float(item["in_progress_expiration"]["N"]) < now * 1000


@dataclass
class FakeContext:
    """Lambda's context. `milliseconds` is what is left; a handler under test may take from it."""

    milliseconds: int = 30_000
    aws_request_id: str = "request-1"
    function_name: str = "taly-test"
    function_version: str = "7"
    log_group_name: str = "/aws/lambda/taly-test"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass
class World:
    """A runtime of fakes, and what was written to its log."""

    sqs: FakeSqs = field(default_factory=FakeSqs)
    events: FakeEvents = field(default_factory=FakeEvents)
    scheduler: FakeScheduler = field(default_factory=FakeScheduler)
    dynamodb: FakeDynamoDb = field(default_factory=FakeDynamoDb)
    clients: dict[str, Any] = field(default_factory=dict)
    capabilities: dict[type, Any] = field(default_factory=dict)
    now: datetime = NOW
    jitter: float = 1.0
    log: list[str] = field(default_factory=list)

    def runtime(self) -> Runtime:
        clients = {
            "sqs": self.sqs,
            "events": self.events,
            "scheduler": self.scheduler,
            "dynamodb": self.dynamodb,
            **self.clients,
        }
        environment = FunctionEnvironment(
            queue_url=QUEUE,
            dead_letter_queue_url=DEAD_LETTER_QUEUE,
            event_bus_name="taly-bus",
            crm_base_url="https://crm.test",
            crm_token_secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:crm",  # noqa: S106 an address
            mail_sender="Taly <no-reply@mail.taly.dev>",
            idempotency_table_name="taly-done",
            schedule_group_name="taly-schedules",
            schedule_target_arn="arn:aws:sqs:us-east-1:123456789012:ingress",
            schedule_role_arn="arn:aws:iam::123456789012:role/schedules",
            schedule_dead_letter_arn="arn:aws:sqs:us-east-1:123456789012:dead-schedules",
            reminder_leads="86400,3600",
            dunning="86400,259200,432000",
        )
        return Runtime(
            environment=environment,
            client=clients.__getitem__,
            now=self._tick,
            jitter=lambda: self.jitter,
            write=self.log.append,
            capabilities=self.capabilities,
        )

    def _tick(self) -> datetime:
        """Each look at the clock is a millisecond later."""
        self.now += timedelta(milliseconds=1)
        return self.now

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


def sqs_record(
    body: str, *, message_id: str = "m-1", receive_count: int = 1, attributes: Mapping[str, Any] | None = None
) -> SqsRecord:
    """A record as Lambda's event source mapping passes it."""
    return {
        "messageId": message_id,
        "receiptHandle": f"handle of {message_id}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": str(int(NOW.timestamp() * 1000)),
        },
        "messageAttributes": dict(attributes or {}),
    }


def sqs_event(*bodies: str) -> SqsEvent:
    return {"Records": [sqs_record(body, message_id=f"m-{number}") for number, body in enumerate(bodies)]}


def redelivered(entry: Mapping[str, Any], *, message_id: str = "m-again", receive_count: int = 1) -> SqsRecord:
    """What Lambda passes for a message that a function sent."""
    attributes = {
        name: {"stringValue": value["StringValue"], "dataType": "String"}
        for name, value in entry.get("MessageAttributes", {}).items()
    }
    return sqs_record(entry["MessageBody"], message_id=message_id, receive_count=receive_count, attributes=attributes)
