"""A dead-letter keeper with fakes: SQS that deletes old messages, the bus, a clock that counts days."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lambdas.dead_letter_keeper.handler import handler
from lambdas.dead_letter_keeper.runtime import KeeperRuntime
from schemas.names import dead_letter_queue_name
from schemas.wire import timestamp
from tests.fakes.events import FakeEvents
from tests.fakes.function import FakeContext
from tests.fakes.service import Clock
from tests.fakes.sqs import FakeSqs, QueuedMessage

TENANT = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"
SERVICE, OTHER = "email.send", "unrouted"
QUEUES = {SERVICE: dead_letter_queue_name("prod", SERVICE), OTHER: "taly-async-prod-unrouted"}


def url(service: str = SERVICE) -> str:
    return f"https://sqs.test/1/{QUEUES[service]}"


def body(message_id: str = "message-1") -> str:
    return json.dumps({"id": message_id, "type": SERVICE, "payload": {"companyId": TENANT, "to": "ada@example.com"}})


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def producers(number: int) -> dict[str, dict[str, str]]:
    """So many attributes of a producer."""
    return {f"attribute{index}": text("x") for index in range(number)}


def days(number: float) -> float:
    """So many days in seconds."""
    return timedelta(days=number).total_seconds()


@dataclass
class KeeperHarness:
    """The keeper of a stage with two queues."""

    clock: Clock = field(default_factory=Clock)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sqs = FakeSqs(clock=self.clock)
        self.sqs.queues |= {url(service): [] for service in QUEUES}
        self.events = FakeEvents(clock=self.clock)

    def put(
        self, message_id: str = "message-1", attributes: Mapping[str, Any] | None = None, *, service: str = SERVICE
    ) -> str:
        """Put a dead letter as SQS itself moves one, with these attributes of its producer."""
        return self.sqs.put(url(service), body(message_id), attributes, TENANT)

    def dead_letter(self, message_id: str = "message-1") -> str:
        """Put a dead letter as a function sends one, with its failure history."""
        history = json.dumps({"deadLetteredAt": timestamp(self.clock.now()), "id": message_id})
        values = {"biography": history, "reason": "permanent", "fingerprint": "c83d68dfbef7"}
        return self.put(message_id, {name: text(value) for name, value in values.items()})

    def run(self, *, seconds: float = 900) -> None:
        """Run once, with so much time."""
        runtime = KeeperRuntime(
            bus="taly-bus",
            queues=QUEUES,
            version="5d41402a",
            client={"sqs": self.sqs, "events": self.events}.__getitem__,
            now=self.clock.now,
            write=self.log.append,
        )
        handler.run(FakeContext(seconds * 1000, clock=self.clock), runtime)

    def run_daily(self, number: int) -> None:
        """Run so many times, a day after each other; the first a day from now."""
        for _ in range(number):
            self.clock.sleep(days(1))
            self.run()

    def held(self, service: str = SERVICE) -> list[QueuedMessage]:
        return self.sqs.messages(url(service))

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The payloads of the alerts about dead letters that end soon."""
        return [json.loads(entry["Detail"])["payload"] for entry in self.events.alerts]

    def logged(self, message: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log]
        return [line for line in lines if line["message"] == message]
