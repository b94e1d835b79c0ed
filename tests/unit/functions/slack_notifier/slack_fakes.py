"""Fakes for the Slack notifier's dependencies: SQS with visibility timeouts, Slack with its rules, a clock."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from lambdas.common.clients.http.errors import NoResponseError
from lambdas.slack_notifier.causes.causes import Causes
from lambdas.slack_notifier.handler import handler
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.outages.memory import ProcessMemory
from lambdas.slack_notifier.pauses.memory import ProcessPauses
from lambdas.slack_notifier.runtime import NotifierRuntime
from lambdas.slack_notifier.slack.http_post import HttpResponse
from lambdas.slack_notifier.undelivered.sums import ProcessUndelivered
from local.standins.slack.block_kit_rules import problems
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, alarm_name, queue_name
from schemas.notifier_environment import NotifierEnvironment
from schemas.signals import BY_SLUG
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.function import FakeContext
from tests.fakes.lambda_api import FakeLambda
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import Clock
from tests.fakes.sns import FakeSns
from tests.fakes.sqs import FakeSqs, QueuedMessage

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
REGION = "eu-central-1"
ACCOUNT = "123456789012"
ALERTS = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/taly-async-prod-alerts"
RUNBOOK = "https://github.com/taly/queue-processor/blob/main/docs/runbook.md"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:notifier"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/supersecret"
OFF = "Slack is off: put the incoming webhook's URL here"
TABLE = "taly-done"
CAUSES_TABLE = "taly-causes"
SERVICES = (*BY_NAME, QUEUE_PROCESSOR)
NO_TENANT = "00000000-0000-0000-0000-000000000000"


def queue_url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


def dead_lettered(number: int = 0, *, at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """An alert as the shared layer publishes it; `changes` replace fields of its payload."""
    return {
        "id": f"alert-{number}",
        "type": "system.dead_lettered",
        "timestamp": at.isoformat(),
        "attempts": 1,
        "source": "taly.async",
        "payload": {
            "companyId": NO_TENANT,
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
            "function": "taly-async-prod-email-send",
            "logGroup": "/aws/lambda/taly-async-prod-email-send",
            "deadLetterQueueUrl": queue_url("taly-async-prod-email-send-dlq"),
        }
        | changes,
    }


def expiring(number: int = 0, *, at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """An alert as the dead-letter keeper publishes it; `changes` replace fields of its payload."""
    queues = [
        {"service": "email.send", "count": 12, "companies": 3, "since": (at - timedelta(days=27)).isoformat()},
        {"service": "unrouted", "count": 1, "companies": 0, "since": (at - timedelta(days=11)).isoformat()},
    ]
    return {
        "id": f"expiring-{number}",
        "type": "system.dead_letters_expiring",
        "timestamp": at.isoformat(),
        "attempts": 1,
        "source": "taly.queue-processor",
        "payload": {
            "companyId": NO_TENANT,
            "queues": queues,
            "deletedFrom": (at + timedelta(days=2)).isoformat(),
            "until": (at - timedelta(days=10)).isoformat(),
        }
        | changes,
    }


def alarm(
    slug: str = "oldest", *, subject: str = "email.send", state: str = "ALARM", at: datetime = NOW, **changes: Any
) -> dict[str, Any]:
    """An alarm notification as SNS delivers it raw."""
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
            "Dimensions": [{"name": "QueueName", "value": "taly-async-prod-email-send-dlq"}],
        },
    } | changes


@dataclass
class FakeSlack:
    """An incoming webhook that keeps Slack's rules; `responses` come first."""

    clock: Clock
    urls: set[str] = field(default_factory=lambda: {WEBHOOK})
    latency: float = 0.2
    responses: list[HttpResponse | Exception] = field(default_factory=list)
    """The next responses, in order."""

    refuses: Callable[[Mapping[str, Any]], bool] = lambda _payload: False
    down: bool = False
    posted: list[Mapping[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, Any], float]] = field(default_factory=list)

    def post(self, url: str, body: bytes, seconds: float) -> HttpResponse:
        payload = json.loads(body)
        self.requests.append((url, payload, seconds))
        if self.down:
            self.clock.sleep(seconds)
            raise NoResponseError("ConnectTimeoutError")
        self.clock.sleep(self.latency)
        if self.responses:
            response = self.responses.pop(0)
            if isinstance(response, Exception):
                raise response
            if (response.status, response.text or "ok") != (200, "ok"):
                return response
        if url not in self.urls:
            return HttpResponse(404, text="no_service")
        if problems(payload) or self.refuses(payload):
            return HttpResponse(400, text="invalid_blocks")
        self.posted.append(payload)
        return HttpResponse(200, text="ok")


def unordered_queues(clock: Clock) -> FakeSqs:
    """SQS for the notifier: random order, five minutes of visibility timeout, and calls that take time."""
    return FakeSqs(clock=clock, visibility=300, latency=0.01, waits=True, random=Random(1))  # noqa: S311 an order, no secret


class NotifierHarness:
    """A notifier with fake dependencies. A run takes the time that its calls take."""

    def __init__(self, *, secret: str = WEBHOOK, local: str = "") -> None:
        self.clock = Clock(NOW)
        self.sqs = unordered_queues(self.clock)
        self.slack = FakeSlack(self.clock)
        self.secrets = FakeSecrets(secrets={SECRET: secret})
        self.sns = FakeSns(topics={TOPIC})
        self.dynamodb = FakeDynamoDb(clock=self.clock, latency=0.01)
        self.functions = FakeLambda(clock=self.clock, stage="prod", latency=0.01)
        self.functions.map(SERVICES)
        self.log: list[str] = []
        self.clients: dict[str, Any] = {
            "sqs": self.sqs,
            "sns": self.sns,
            "secretsmanager": self.secrets,
            "dynamodb": self.dynamodb,
            "lambda": self.functions,
        }
        environment = NotifierEnvironment(
            stage="prod",
            alerts_queue_url=ALERTS,
            slack_webhook_secret_arn=SECRET,
            email_topic_arn=TOPIC,
            dashboard_name="taly-async-prod",
            runbook_url=RUNBOOK,
            idempotency_table_name=TABLE,
            code_version="5d41402a",
            causes_table_name=CAUSES_TABLE,
            slack_allow_local=local,
        )
        self.runtime = NotifierRuntime(
            environment=environment,
            region=REGION,
            client=self.clients.__getitem__,
            post=self.slack.post,
            now=self.clock.now,
            sleep=self.clock.sleep,
            write=self.log.append,
        )

    def send(self, *bodies: object) -> None:
        for body in bodies:
            self.sqs.put(ALERTS, body if isinstance(body, str) else json.dumps(body))

    def new_process(self) -> None:
        """Replace the process by one that knows nothing."""
        self.runtime = replace(
            self.runtime,
            outages=ProcessMemory(),
            pauses=ProcessPauses(),
            undelivered=ProcessUndelivered(),
            alarms_on=set(),
        )

    def wait(self, service: str, count: int) -> None:
        """Put so many deferred messages into a type's queue, instead of those that wait there."""
        url = queue_url(queue_name("prod", service))
        self.sqs.queues[url] = []
        for _ in range(count):
            self.sqs.put(url, "{}", delay=86_400)  # it comes, and is deferred again

    @property
    def waiting(self) -> list[QueuedMessage]:
        """The alerts in the queue."""
        return self.sqs.messages(ALERTS)

    def context(self, seconds: float = 50.0) -> FakeContext:
        """Lambda's context with a running clock."""
        group = "/aws/lambda/slack-notifier"
        return FakeContext(seconds * 1000, function_name="slack-notifier", log_group_name=group, clock=self.clock)

    def run(self, *, seconds: float = 50.0) -> None:
        """Run one invocation, then wait for the rest of its minute."""
        began = self.clock.now()
        handler.run(self.context(seconds), self.runtime)
        took = (self.clock.now() - began).total_seconds()
        assert took < seconds, "Lambda would have killed it"
        self.clock.sleep(max(0.0, 60 - took))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.log]

    def logged(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("message") == message]

    @property
    def headers(self) -> list[str]:
        return [payload["blocks"][0]["text"]["text"] for payload in self.slack.posted]


def without_memory() -> Causes:
    """The causes of a run that does not read the table: each has a card about its alerts alone."""
    harness = NotifierHarness()
    context = harness.context()
    log = NotifierLog(context, version="", now=harness.clock.now, write=harness.log.append)
    return Causes(harness.runtime, context, log)


def texts(payload: Mapping[str, Any]) -> list[str]:
    """All texts of a message except the one for push notifications."""
    found = []
    for block in payload["blocks"]:
        objects = [block["text"]] if "text" in block else [*block.get("fields", ()), *block.get("elements", ())]
        found += [each["text"] for each in objects]
    return found


def shown(payload: Mapping[str, Any]) -> str:
    return "\n".join(texts(payload))
