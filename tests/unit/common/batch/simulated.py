"""SQS, a bus and a table in memory, under one virtual clock, and the trouble that they make."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.batch.loop import BatchResponse
from lambdas.common.batch.record import SqsEvent, SqsRecord
from lambdas.common.budget import Context
from schemas.system import SYSTEM_DEAD_LETTERED
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.function import DEAD_LETTER_QUEUE, NOW, QUEUE, FakeContext, World, redelivered
from tests.fakes.service import client_error

R = TypeVar("R")

MAX_RECEIVES = 5

ROUNDS = 2000
"""Of invocations, after which the queues must be empty."""


class ProcessDied(BaseException):
    """Out of memory, out of time, killed: nothing in the process catches it."""


class Fault(StrEnum):
    """How a call to AWS goes."""

    NONE = "none"
    REFUSED = "refused"
    SOME_REFUSED = "every second entry is refused"
    UNANSWERED = "done, and the answer is lost"
    DIES_BEFORE = "the process dies before it"
    DIES_AFTER = "the process dies when it is done"


class Function(Protocol):
    """What stands behind a queue."""

    timeout: int
    """Seconds."""

    batch_size: int

    def __call__(self, event: SqsEvent, context: Context, world: World) -> BatchResponse:
        """Handle a batch."""


Lane = tuple[str, str]
"""A function's name and a message's id."""


@dataclass
class Held:
    """A message in a queue."""

    message_id: str
    entry: Mapping[str, Any]
    visible_at: datetime
    receives: int = 0

    def received(self) -> SqsRecord:
        return redelivered(self.entry, message_id=self.message_id, receive_count=self.receives)


@dataclass
class Calls:
    """How the calls to AWS go: by a script for one invocation, or by an outage of one service."""

    script: list[Fault] = field(default_factory=list)
    outages: set[str] = field(default_factory=set)
    faulty: bool = False

    def call(self, service: str, act: Callable[[bool], R]) -> R:
        fault = self.script.pop(0) if self.script else Fault.NONE
        fault = Fault.REFUSED if service in self.outages else fault
        self.faulty |= fault is not Fault.NONE
        if fault is Fault.DIES_BEFORE:
            raise ProcessDied
        if fault is Fault.REFUSED:
            raise client_error("ThrottlingException")
        answer = act(fault is Fault.SOME_REFUSED)
        if fault is Fault.DIES_AFTER:
            raise ProcessDied
        if fault is Fault.UNANSWERED:
            raise EndpointConnectionError(endpoint_url="https://aws.test")
        return answer


@dataclass
class Table(FakeDynamoDb):
    """The idempotency table; what is in progress expires by the virtual clock."""

    aws: "Aws | None" = None
    started: dict[str, datetime] = field(default_factory=dict)

    def put_item(self, **request: Any) -> None:
        aws, key = self._aws(), request["Item"]["id"]["S"]
        stands = self.items.get(key)
        if stands and aws.now >= self.started[key] + timedelta(seconds=aws.functions[aws.lane].timeout):
            stands["in_progress_expiration"] = {"N": "0"}

        def act(_some: bool) -> None:
            super(Table, self).put_item(**request)
            self.started[key] = aws.now

        aws.calls.call("dynamodb", act)

    def update_item(self, **request: Any) -> None:
        def act(_some: bool) -> None:
            super(Table, self).update_item(**request)

        key = request["Key"]["id"]["S"]
        try:
            self._aws().calls.call("dynamodb", act)
        finally:
            if self.items[key]["status"]["S"] == "INPROGRESS":
                self._aws().windows.add(self._aws().running)

    def delete_item(self, **request: Any) -> None:
        def act(_some: bool) -> None:
            super(Table, self).delete_item(**request)

        self._aws().calls.call("dynamodb", act)

    def _aws(self) -> "Aws":
        assert self.aws
        return self.aws


class Aws:
    """All of it."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.now = NOW
        self.calls = Calls()
        self.table = Table(aws=self)
        self.queues: dict[str, list[Held]] = {lane: [] for lane in functions}
        self.letters: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.redriven: Counter[Lane] = Counter()
        self.alerts: list[dict[str, Any]] = []
        """What people were told of dead letters."""
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self.bodies: dict[Lane, set[str]] = defaultdict(set)
        """What came, without attempts."""
        self.entries: Counter[Lane] = Counter()
        self.runs: Counter[Lane] = Counter()
        self.effects: Counter[str] = Counter()
        self.faults: Counter[Lane] = Counter()
        """Deliveries of it with trouble at AWS, or that SQS made twice."""
        self.deaths: Counter[Lane] = Counter()
        """Processes that died with it in their batch."""
        self.windows: set[str] = set()
        """Jobs whose end could not be remembered."""
        self.lane = ""
        """The function that is running."""
        self.running = ""
        """The job that is running."""
        self._sent = 0

    def enter(self, lane: str, body: str) -> None:
        """A message comes to a queue for the first time."""
        key = (lane, json.loads(body)["id"])
        self.entries[key] += 1
        self.bodies[key].add(without_attempts(body))
        self._put(lane, {"MessageBody": body})

    def publish(self, body: str) -> None:
        """The bus: by type to the type's queue. A catch-all would take the others, and there are none."""
        self.enter(json.loads(body)["type"], body)

    def visible(self, lane: str) -> list[Held]:
        return [held for held in self.queues[lane] if held.visible_at <= self.now]

    def deliver(self, lane: str, batch: Sequence[Held], script: Sequence[Fault] = (), *, twice: bool = False) -> None:
        """One invocation, and what its event source mapping does after it; or two of the same messages."""
        batch = [held for held in batch if not self._is_moved_away(lane, held)]
        for held in batch:
            held.visible_at = self.now + timedelta(seconds=6 * self.functions[lane].timeout)
        for number in range(2 if twice and batch else 1):
            if batch:
                self._invoke(lane, batch, script, ghost=number > 0)

    def drain(self) -> None:
        """Let all come to its end, time passing as it must."""
        for _ in range(ROUNDS):
            waiting = [held.visible_at for queue in self.queues.values() for held in queue]
            if not waiting:
                return
            self.now = max(self.now, min(waiting))
            for lane, function in self.functions.items():
                if batch := self.visible(lane)[: function.batch_size]:
                    self.deliver(lane, batch)
        pytest.fail("the queues are never empty")

    def _invoke(self, lane: str, batch: Sequence[Held], script: Sequence[Fault], *, ghost: bool) -> None:
        world = World(now=self.now, jitter=0.5, dynamodb=self.table)
        world.clients = {"sqs": Sqs(self, lane), "events": Bus(self)}
        event: SqsEvent = {"Records": [held.received() for held in batch]}
        keys = [(lane, json.loads(held.entry["MessageBody"])["id"]) for held in batch]
        self.lane, function = lane, self.functions[lane]
        self.calls.script, self.calls.faulty = list(script), ghost
        try:
            response = function(event, FakeContext(milliseconds=function.timeout * 1000), world)
            failed = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
            assert len(failed) == len(set(failed)), "a record is named twice"
            assert set(failed) <= {held.message_id for held in batch}
            done = {held.message_id for held in batch} - set(failed)
            self.queues[lane] = [held for held in self.queues[lane] if held.message_id not in done]
        except ProcessDied:
            self.deaths.update(keys)
        finally:
            if self.calls.faulty:
                self.faults.update(keys)
            self.calls.script, self.calls.faulty = [], False
            self.lines += [(lane, line) for line in world.lines]

    def _is_moved_away(self, lane: str, held: Held) -> bool:
        held.receives += 1
        if held.receives <= MAX_RECEIVES:
            return False
        self.queues[lane].remove(held)
        self.redriven[lane, json.loads(held.entry["MessageBody"])["id"]] += 1
        self.letters[lane].append(held.entry)
        return True

    def _put(self, lane: str, entry: Mapping[str, Any]) -> None:
        self._sent += 1
        due = self.now + timedelta(seconds=entry.get("DelaySeconds", 0))
        self.queues[lane].append(Held(f"m-{self._sent}", entry, due))

    def send(self, lane: str, url: str, entry: Mapping[str, Any]) -> None:
        """What a function sends on its own queue, or to its dead-letter queue."""
        assert url in {QUEUE, DEAD_LETTER_QUEUE}
        if url == DEAD_LETTER_QUEUE:
            self.letters[lane].append(entry)
        else:
            assert json.loads(entry["MessageAttributes"]["history"]["StringValue"])["deferrals"] <= 20
            self._put(lane, entry)


@dataclass
class Sqs:
    """SQS, as one function sees it."""

    aws: Aws
    lane: str

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        def act(some: bool) -> dict[str, Any]:
            refused = [each for each in request["Entries"] if some and int(each["Id"]) % 2 == 0]
            for each in request["Entries"]:
                if each not in refused:
                    self.aws.send(self.lane, request["QueueUrl"], each)
            return {"Failed": [{"Id": each["Id"], "Code": "InternalError"} for each in refused]}

        return self.aws.calls.call("sqs", act)

    def delete_message_batch(self, **request: Any) -> None:
        def act(_some: bool) -> None:
            ids = {each["ReceiptHandle"].removeprefix("handle of ") for each in request["Entries"]}
            queues = self.aws.queues
            queues[self.lane] = [held for held in queues[self.lane] if held.message_id not in ids]

        self.aws.calls.call("sqs", act)


@dataclass
class Bus:
    """EventBridge."""

    aws: Aws

    def put_events(self, **request: Any) -> dict[str, Any]:
        def act(some: bool) -> dict[str, Any]:
            results: list[dict[str, str]] = []
            for number, entry in enumerate(request["Entries"]):
                if some and number % 2 == 0:
                    results.append({"ErrorCode": "InternalFailure"})
                else:
                    if entry["DetailType"] == SYSTEM_DEAD_LETTERED.name:
                        self.aws.alerts.append(json.loads(entry["Detail"]))
                    else:
                        self.aws.publish(entry["Detail"])
                    results.append({"EventId": "e"})
            return {"Entries": results}

        return self.aws.calls.call("events", act)


def without_attempts(body: str) -> str:
    return json.dumps(json.loads(body) | {"attempts": 0}, sort_keys=True)
