"""SQS and CloudWatch Logs in memory, under one clock: visibility, handles that go stale, batch limits."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError

from ops.dead_letters.audit_log import Audit
from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.deployed import DeployedStage
from schemas.names import MessagingOutput, MonitoringOutput, ProcessingOutput, stack_name
from tests.messages import COMPANY

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
CAUSE = "c83d68dfbef7"
OTHER_CAUSE = "0123456789ab"
QUEUE, DEAD_LETTERS = "activity queue", "activity dead letters"
OPERATOR = "arn:aws:sts::123456789012:assumed-role/Admin/ada"


@dataclass
class Clock:
    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Lying:
    """One message in a queue."""

    id: str
    body: str
    attributes: dict[str, Any]
    sent_ms: int
    group: str | None = None
    handle: str = ""
    hidden_until: float = 0
    receives: int = 0


@dataclass
class FakeSqs:
    """Standard queues, by their URLs."""

    clock: Clock
    queues: dict[str, dict[str, Lying]] = field(default_factory=dict)
    seconds_a_call: float = 0
    """What is no receive goes eight at a time."""

    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    refuse: Callable[[str, Any], bool] = lambda _operation, _entry: False
    """Whether SQS refuses one entry of a batch."""

    deny: Callable[[str, Mapping[str, Any]], str | None] = lambda _operation, _request: None
    """The code with which SQS refuses a whole call; None where it does not."""

    _lock: Any = field(default_factory=RLock)
    _count: int = 0

    def __getattr__(self, name: str) -> Any:
        operation = getattr(type(self), f"_{name}")

        def call(**request: Any) -> Any:
            with self._lock:
                self.calls.append(name)
                self.clock.seconds += self.seconds_a_call / (1 if name == "receive_message" else 8)
                self.before(name)
                if code := self.deny(name, request):
                    raise ClientError({"Error": {"Code": code}}, name.title().replace("_", ""))
                answer = operation(self, **request)
                self.after(name)
                return answer

        return call

    def put(self, url: str, body: str, attributes: Mapping[str, Any] | None = None, group: str | None = None) -> str:
        self._count += 1
        message_id = f"sqs-{self._count}"
        sent_ms = int(self.clock.now().timestamp() * 1000)
        self.queues.setdefault(url, {})[message_id] = Lying(message_id, body, dict(attributes or {}), sent_ms, group)
        return message_id

    def lying(self, url: str) -> list[Lying]:
        return list(self.queues.get(url, {}).values())

    def visible(self, url: str) -> list[Lying]:
        return [each for each in self.lying(url) if each.hidden_until <= self.clock()]

    def ids(self, url: str) -> list[str]:
        return sorted(json.loads(each.body)["id"] for each in self.lying(url))

    def _receive_message(self, **request: Any) -> dict[str, Any]:
        assert request["MaxNumberOfMessages"] <= 10
        messages = self.visible(request["QueueUrl"])[: request["MaxNumberOfMessages"]]
        for each in messages:
            each.receives += 1
            each.handle = f"{each.id}/{each.receives}"
            each.hidden_until = self.clock() + request["VisibilityTimeout"]
        answer = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(self.clock.now(), usegmt=True)}}}
        return answer | ({"Messages": [self._told(each) for each in messages]} if messages else {})

    def _told(self, each: Lying) -> dict[str, Any]:
        system = {"SentTimestamp": str(each.sent_ms)} | ({"MessageGroupId": each.group} if each.group else {})
        return {
            "MessageId": each.id,
            "ReceiptHandle": each.handle,
            "Body": each.body,
            "MessageAttributes": each.attributes,
            "Attributes": system,
        }

    def _get_queue_attributes(self, **request: Any) -> dict[str, Any]:
        visible, lying = len(self.visible(request["QueueUrl"])), len(self.lying(request["QueueUrl"]))
        counts = {
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": str(lying - visible),
            "ApproximateNumberOfMessagesDelayed": "0",
        }
        return {"Attributes": {name: counts[name] for name in request["AttributeNames"]}}

    def _of_handle(self, url: str, handle: str) -> Lying | None:
        """What a handle names, while no later receive has taken its place."""
        return next((each for each in self.lying(url) if each.handle == handle), None)

    def _change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        assert 0 < len(request["Entries"]) <= 10
        failed = []
        for entry in request["Entries"]:
            message = self._of_handle(request["QueueUrl"], entry["ReceiptHandle"])
            if message is None or message.hidden_until <= self.clock():
                failed.append({"Id": entry["Id"], "Code": "MessageNotInflight"})
            else:
                message.hidden_until = self.clock() + entry["VisibilityTimeout"]
        return {"Failed": failed}

    def _delete_message_batch(self, **request: Any) -> dict[str, Any]:
        """With a stale handle SQS says that all went well, and deletes nothing."""
        assert 0 < len(request["Entries"]) <= 10
        failed = []
        for entry in request["Entries"]:
            if self.refuse("delete", entry):
                failed.append({"Id": entry["Id"], "Code": "InternalError"})
            elif message := self._of_handle(request["QueueUrl"], entry["ReceiptHandle"]):
                del self.queues[request["QueueUrl"]][message.id]
        return {"Failed": failed}

    def _send_message_batch(self, **request: Any) -> dict[str, Any]:
        assert 0 < len(request["Entries"]) <= 10
        assert sum(_size(entry) for entry in request["Entries"]) <= 1_048_576
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in request["Entries"]:
            if self.refuse("send", entry):
                answer["Failed"].append({"Id": entry["Id"], "Code": "InternalError"})
                continue
            message_id = self.put(
                request["QueueUrl"],
                entry["MessageBody"],
                entry.get("MessageAttributes"),
                entry.get("MessageGroupId"),
            )
            answer["Successful"].append({"Id": entry["Id"], "MessageId": message_id})
        return answer


def _size(entry: Mapping[str, Any]) -> int:
    """Bytes of one that is sent: its body, and its attributes' names, types and texts."""
    attributes = entry.get("MessageAttributes", {}).items()
    texts = [entry["MessageBody"], *(text for name, value in attributes for text in (name, *value.values()))]
    return sum(len(text.encode()) for text in texts)


@dataclass
class FakeLogs:
    """CloudWatch Logs: what people wrote, and what functions will have written."""

    streams: list[tuple[str, str]] = field(default_factory=list)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    denied: bool = False
    rejected: bool = False
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None

    def create_log_stream(self, **request: str) -> None:
        stream = request["logGroupName"], request["logStreamName"]
        if stream in self.streams:
            raise ClientError({"Error": {"Code": "ResourceAlreadyExistsException"}}, "CreateLogStream")
        self.streams.append(stream)

    def put_log_events(self, **request: Any) -> dict[str, Any]:
        self.before("put_log_events")
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutLogEvents")
        events = request["logEvents"]
        assert len(events) <= 10_000
        assert sum(len(event["message"].encode()) + 26 for event in events) <= 1_048_576
        assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
        if self.rejected:
            return {"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}
        self.batches.append(events)
        self.after("put_log_events")
        return {}

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(event["message"]) for batch in self.batches for event in batch]

    def get_paginator(self, _operation: str) -> "FakeLogs":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.before("filter_log_events")
        assert len(request["filterPattern"]) <= 1_024
        texts = ["START", *(json.dumps(line) for line in self.outcomes)]
        return [{"events": [{"message": text, "timestamp": number} for number, text in enumerate(texts)]}]


OUTPUTS = {
    "Messaging": {
        MessagingOutput.queue_url("ActivityRecord"): QUEUE,
        MessagingOutput.dead_letter_queue_url("ActivityRecord"): DEAD_LETTERS,
        MessagingOutput.INGRESS_QUEUE_URL: "ingress",
        MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL: "ingress dead letters",
        MessagingOutput.UNROUTED_QUEUE_URL: "unrouted letters",
        MessagingOutput.UNDELIVERABLE_QUEUE_URL: "undeliverable letters",
        MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL: "dead schedules",
    },
    "Processing": {ProcessingOutput.log_group_name("ActivityRecord"): "activity log"},
    "Monitoring": {MonitoringOutput.AUDIT_LOG_GROUP_NAME: "audit"},
}


@dataclass
class FakeStage:
    """A stage with one type's queues and the ingress's."""

    clock: Clock = field(default_factory=Clock)
    logs: FakeLogs = field(default_factory=FakeLogs)
    sqs: FakeSqs = field(init=False)

    def __post_init__(self) -> None:
        self.sqs = FakeSqs(self.clock)

    @property
    def deployed(self) -> DeployedStage:
        clients = {"sqs": self.sqs, "logs": self.logs, "cloudformation": self, "sts": self}
        return DeployedStage("dev", clients.__getitem__)

    def describe_stacks(self, **request: str) -> dict[str, Any]:
        for part, outputs in OUTPUTS.items():
            if request["StackName"] == stack_name("dev", part):
                told = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
                return {"Stacks": [{"Outputs": told}]}
        raise AssertionError(request)

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": OPERATOR}

    @property
    def letters(self) -> DeadLetterQueue:
        return DeadLetterQueue(self.sqs, DEAD_LETTERS, clock=self.clock)

    @property
    def audit(self) -> Audit:
        return Audit(
            logs=self.logs,
            log_group="audit",
            stream="s",
            service="activity.record",
            who=OPERATOR,
            now=self.clock.now,
        )

    def bury(  # noqa: PLR0913 each says one thing of a letter
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
        """Put a letter there, as a function does; an empty cause: as SQS itself does."""
        story = {
            "id": f"task-{number}",
            "deadLetteredAt": self.clock.now().isoformat(),
            "errorClass": "PermanentError",
            "message": "the CRM answered 422",
        } | biography
        texts = {"fingerprint": cause, "reason": reason, "biography": json.dumps(story)} if cause else {}
        message = {"id": f"task-{number}", "type": "activity.record", "attempts": 3, "payload": {"companyId": company}}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in texts.items()}
        return self.sqs.put(url, json.dumps(message) if body is None else body, attributes, company)
