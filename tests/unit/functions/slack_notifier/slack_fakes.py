"""Stand-ins for what lies outside the Slack notifier: SQS with its visibility, Slack with its rules, a clock."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from lambdas.slack_notifier.handler import handler
from lambdas.slack_notifier.slack.http_post import Answer, NoAnswerError
from lambdas.slack_notifier.world import World
from local.standins.slack.block_kit_rules import problems
from schemas.names import alarm_name
from schemas.notifier_environment import NotifierEnvironment
from schemas.signals import BY_SLUG
from tests.unit.fakes import client_error

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
REGION = "eu-central-1"
ACCOUNT = "123456789012"
ALERTS = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/alerts"
RUNBOOK = "https://github.com/taly/queue-processor/blob/main/docs/runbook.md"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:notifier"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/supersecret"
OFF = "Slack is off: put the incoming webhook's URL here"
NOBODY = "00000000-0000-0000-0000-000000000000"


def queue_url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


def dead_lettered(number: int = 0, *, at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """An alert as the shared layer publishes it; `changes` are of its payload."""
    return {
        "id": f"alert-{number}",
        "type": "system.dead_lettered",
        "timestamp": at.isoformat(),
        "attempts": 1,
        "source": "taly.async",
        "payload": {
            "companyId": NOBODY,
            "service": "email.send",
            "subject": "email.send",
            "reason": "attempts_exhausted",
            "fingerprint": "c83d68dfbef7",
            "error": "RetryableError",
            "detail": "SES did not answer in 3 seconds",
            "frame": "lambdas.common.clients.ses:send",
            "attempts": 3,
            "count": 1,
            "ids": [f"message-{number}"],
            "companies": [f"7d1f0a52-3c1e-4d5b-9a64-{number:012x}"],
            "function": "TalyAsync-Prod-Processing-EmailSendFunction",
            "logGroup": "/aws/lambda/TalyAsync-Prod-Processing-EmailSend",
            "deadLetterQueueUrl": queue_url("TalyAsync-Prod-EmailSendDeadLetters"),
        }
        | changes,
    }


def alarm(
    slug: str = "oldest", *, subject: str = "email.send", state: str = "ALARM", at: datetime = NOW, **changes: Any
) -> dict[str, Any]:
    """A notification as SNS delivers it raw."""
    name = alarm_name("prod", subject, slug)
    description = BY_SLUG[slug].description(subject, RUNBOOK) if slug in BY_SLUG else None
    return {
        "AlarmName": name,
        "AlarmDescription": description,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint [1.0 (24/11/26 13:59:00)] was >= the threshold (1.0).",
        "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000",
        "Region": "EU (Frankfurt)",
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "OldStateValue": "ALARM" if state == "OK" else "OK",
        "Trigger": {
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Namespace": "AWS/SQS",
            "Dimensions": [{"name": "QueueName", "value": "TalyAsync-Prod-EmailSendDeadLetters"}],
        },
    } | changes


@dataclass
class Clock:
    """Goes on only where something takes time."""

    now: datetime = NOW

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Message:
    id: str
    body: str
    sent_at: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    visible_at: datetime = NOW
    handle: str = ""
    receives: int = 0


@dataclass
class FakeQueues:
    """SQS: standard queues, in no order, each message hidden from all others while one has received it."""

    clock: Clock
    visibility: float = 300
    latency: float = 0.01
    """Seconds a call."""

    fail: Callable[[str], Exception | None] = lambda _operation: None
    keep: Callable[[str], bool] = lambda _handle: False
    """Whether a deletion is refused, by receipt handle."""

    queues: dict[str, list[Message]] = field(default_factory=dict)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 an order, no secret

    def send(self, body: object, *, url: str = ALERTS, attributes: Mapping[str, str] | None = None) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        messages = self.queues.setdefault(url, [])
        message = Message(f"sqs-{len(messages)}", text, self.clock.now, attributes or {}, self.clock.now)
        messages.insert(self.random.randint(0, len(messages)), message)
        return message.id

    @property
    def waiting(self) -> list[Message]:
        return self.queues.get(ALERTS, [])

    def get_queue_url(self, **request: Any) -> dict[str, str]:
        self._call("GetQueueUrl", request)
        url = queue_url(request["QueueName"])
        if url not in self.queues:
            raise client_error("AWS.SimpleQueueService.NonExistentQueue", "GetQueueUrl")
        return {"QueueUrl": url}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        self._call("ReceiveMessage", request)
        assert 1 <= request["MaxNumberOfMessages"] <= 10
        visible = [m for m in self.queues.get(request["QueueUrl"], []) if m.visible_at <= self.clock.now]
        found = visible[: request["MaxNumberOfMessages"]]
        if not found:
            self.clock.pass_by(request.get("WaitTimeSeconds", 0))
            return {}
        return {"Messages": [self._receive(message, request) for message in found]}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        entries = self._batch("DeleteMessageBatch", request)
        failed = [entry for entry in entries if self.keep(entry["ReceiptHandle"])]
        gone = {entry["ReceiptHandle"] for entry in entries if entry not in failed}
        url = request["QueueUrl"]
        self.queues[url] = [message for message in self.queues[url] if message.handle not in gone]
        return {"Successful": [], "Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in failed]}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        for entry in self._batch("ChangeMessageVisibilityBatch", request):
            for message in self.queues[request["QueueUrl"]]:
                if message.handle == entry["ReceiptHandle"]:
                    message.visible_at = self.clock.now + timedelta(seconds=entry["VisibilityTimeout"])
        return {"Successful": []}

    def _receive(self, message: Message, request: Mapping[str, Any]) -> dict[str, Any]:
        message.receives += 1
        message.handle = f"{message.id}#{message.receives}"
        message.visible_at = self.clock.now + timedelta(seconds=request.get("VisibilityTimeout", self.visibility))
        wanted = request.get("MessageAttributeNames", ())
        attributes = {
            name: {"StringValue": value, "DataType": "String"}
            for name, value in message.attributes.items()
            if name in wanted
        }
        received: dict[str, Any] = {"MessageId": message.id, "ReceiptHandle": message.handle, "Body": message.body}
        if "SentTimestamp" in request.get("AttributeNames", ()):
            received["Attributes"] = {"SentTimestamp": str(int(message.sent_at.timestamp() * 1000))}
        return received | ({"MessageAttributes": attributes} if attributes else {})

    def _batch(self, operation: str, request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        self._call(operation, request)
        entries: Sequence[Mapping[str, Any]] = request["Entries"]
        assert 1 <= len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)
        return entries

    def _call(self, operation: str, request: Mapping[str, Any]) -> None:
        self.calls.append((operation, request))
        self.clock.pass_by(self.latency)
        if error := self.fail(operation):
            raise error


@dataclass
class FakeSlack:
    """An incoming webhook that keeps Slack's rules, unless it is told to answer otherwise first."""

    clock: Clock
    urls: set[str] = field(default_factory=lambda: {WEBHOOK})
    latency: float = 0.2
    answers: list[Answer | Exception] = field(default_factory=list)
    """The next ones, in order."""

    refuses: Callable[[Mapping[str, Any]], bool] = lambda _payload: False
    down: bool = False
    posted: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any], float]] = field(default_factory=list)

    def post(self, url: str, body: bytes, seconds: float) -> Answer:
        payload = json.loads(body)
        self.asked.append((url, payload, seconds))
        if self.down:
            self.clock.pass_by(seconds)
            raise NoAnswerError("ConnectTimeoutError")
        self.clock.pass_by(self.latency)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if answer.status != 200:
                return answer
        if url not in self.urls:
            return Answer(404, text="no_service")
        if problems(payload) or self.refuses(payload):
            return Answer(400, text="invalid_blocks")
        self.posted.append(payload)
        return Answer(200, text="ok")


@dataclass
class FakeSecrets:
    value: str = WEBHOOK
    reads: int = 0
    fail: Exception | None = None

    def get_secret_value(self, **request: Any) -> dict[str, str]:
        assert request == {"SecretId": SECRET}
        self.reads += 1
        if self.fail:
            raise self.fail
        return {"SecretString": self.value}


@dataclass
class FakeTopics:
    """SNS, Publish: a subject of at most 100 ASCII characters in one line, a message of at most 256 KB."""

    mails: list[dict[str, Any]] = field(default_factory=list)
    fail: Exception | None = None

    def publish(self, **request: Any) -> None:
        assert request["TopicArn"] == TOPIC
        assert 1 <= len(request["Subject"]) <= 100
        assert request["Subject"].isascii()
        assert request["Subject"].isprintable()
        assert 1 <= len(request["Message"].encode()) <= 262_144
        if self.fail:
            raise self.fail
        self.mails.append(request)


@dataclass
class FakeContext:
    """Lambda's context, whose time passes."""

    clock: Clock
    seconds: float = 50.0
    aws_request_id: str = "request-1"
    function_name: str = "slack-notifier"
    function_version: str = "7"
    log_group_name: str = "/aws/lambda/slack-notifier"
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock.now

    def get_remaining_time_in_millis(self) -> int:
        return int((self.seconds - (self.clock.now - self.began).total_seconds()) * 1000)


class Scene:
    """The notifier's whole world. A run takes the time that its calls take."""

    def __init__(self, *, secret: str = WEBHOOK, local: str = "") -> None:
        self.clock = Clock()
        self.sqs = FakeQueues(self.clock)
        self.slack = FakeSlack(self.clock)
        self.secrets = FakeSecrets(secret)
        self.sns = FakeTopics()
        self.log: list[str] = []
        clients: dict[str, Any] = {"sqs": self.sqs, "sns": self.sns, "secretsmanager": self.secrets}
        environment = NotifierEnvironment(
            stage="prod",
            alerts_queue_url=ALERTS,
            slack_webhook_secret_arn=SECRET,
            email_topic_arn=TOPIC,
            dashboard_name="taly-async-prod",
            runbook_url=RUNBOOK,
            slack_may_be_local=local,
        )
        self.world = World(
            environment=environment,
            region=REGION,
            client=clients.__getitem__,
            post=self.slack.post,
            now=lambda: self.clock.now,
            sleep=self.clock.pass_by,
            write=self.log.append,
        )

    def send(self, *bodies: object) -> None:
        for body in bodies:
            self.sqs.send(body)

    def run(self, *, seconds: float = 50.0) -> None:
        """One invocation, and the rest of its minute."""
        began = self.clock.now
        handler.run(FakeContext(self.clock, seconds), self.world)
        took = (self.clock.now - began).total_seconds()
        assert took < seconds, "Lambda would have killed it"
        self.clock.pass_by(max(0.0, 60 - took))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.log]

    def said(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["message"] == message]

    @property
    def headers(self) -> list[str]:
        return [payload["blocks"][0]["text"]["text"] for payload in self.slack.posted]


def texts(payload: Mapping[str, Any]) -> list[str]:
    """All that a message shows, but the line for notifications."""
    found = []
    for block in payload["blocks"]:
        objects = [block["text"]] if "text" in block else [*block.get("fields", ()), *block.get("elements", ())]
        found += [each["text"] for each in objects]
    return found


def shown(payload: Mapping[str, Any]) -> str:
    return "\n".join(texts(payload))
