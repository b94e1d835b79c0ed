"""Functions with SQS, a bus and a table around them, under one virtual clock, and the trouble that AWS makes."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.batch.loop import BatchResponse
from lambdas.common.budget import Context
from schemas.system import SYSTEM_DEAD_LETTERED
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import FakeEvents
from tests.fakes.function import DEAD_LETTER_QUEUE, NOW, QUEUE, FakeContext, FunctionHarness, received
from tests.fakes.service import Clock, client_error
from tests.fakes.sqs import FakeSqs, QueuedMessage

MAX_RECEIVES = 20

PATIENCE = timedelta(days=3)
"""For how long a message of these functions waits."""

ROUNDS = 2000
"""Invocations after which the queues must be empty."""


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
    """The function that consumes a queue."""

    timeout: int
    """Seconds."""

    batch_size: int

    def __call__(self, event: SqsEvent, context: Context, harness: FunctionHarness) -> BatchResponse:
        """Handle a batch."""


Lane = tuple[str, str]
"""A function's name and a message's id."""


@dataclass
class Calls:
    """How the calls to AWS go: by a script for one invocation, or by an outage of one service."""

    script: list[Fault] = field(default_factory=list)
    outages: set[str] = field(default_factory=set)
    faulty: bool = False
    fault: Fault = Fault.NONE
    """The fault of the current call."""

    entry: int = 0
    """The index of the current call's current entry."""

    def begin(self, service: str) -> Exception | None:
        """Let a call begin, or fail before anything is done."""
        fault = self.script.pop(0) if self.script else Fault.NONE
        self.fault = fault = Fault.REFUSED if service in self.outages else fault
        self.entry = 0
        self.faulty |= fault is not Fault.NONE
        if fault is Fault.DIES_BEFORE:
            raise ProcessDied
        return client_error("ThrottlingException") if fault is Fault.REFUSED else None

    def refuse(self, operation: str, _entry: Mapping[str, Any]) -> str | None:
        """Refuse every second entry, where that is the call's fault."""
        self.entry += 1
        if operation == "delete_message_batch":
            return None
        return "InternalError" if self.fault is Fault.SOME_REFUSED and self.entry % 2 else None

    def end(self, _operation: str) -> None:
        """Let a call end, or lose its answer when all is done."""
        if self.fault is Fault.DIES_AFTER:
            raise ProcessDied
        if self.fault is Fault.UNANSWERED:
            raise EndpointConnectionError(endpoint_url="https://aws.test")


class Aws:
    """The simulated services, and a record of all that happened to each message."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions
        self.clock = Clock(NOW)
        self.calls = Calls()
        self.table = FakeDynamoDb(clock=self.clock, fail=self._at_the_table, after=self._after_the_table)
        self.sqs = {lane: self._queues() for lane in functions}
        """A type's queue and its dead-letter queue, by the function's name."""

        self.bus = FakeEvents(
            clock=self.clock,
            fail=lambda *_: self.calls.begin("events"),
            refuse=self.calls.refuse,
            after=self.calls.end,
            deliver=self._route,
        )
        self.redriven: Counter[Lane] = Counter()
        self.lines: list[tuple[str, dict[str, Any]]] = []
        self.bodies: dict[Lane, set[str]] = defaultdict(set)
        """The bodies that came, without attempts."""
        self.entries: Counter[Lane] = Counter()
        self.runs: Counter[Lane] = Counter()
        self.effects: Counter[str] = Counter()
        self.faults: Counter[Lane] = Counter()
        """Deliveries of a message during a fault of AWS, or that SQS made twice."""
        self.deaths: Counter[Lane] = Counter()
        """Crashes of processes that had the message in their batch."""
        self.windows: set[str] = set()
        """Jobs whose success could not be stored."""
        self.lane = ""
        """The function that is running."""
        self.running = ""
        """The job that is running."""
        self._started: dict[str, datetime] = {}
        """When each item was put into the table."""

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @now.setter
    def now(self, now: datetime) -> None:
        self.clock.seconds = (now - self.clock.began).total_seconds()

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The published alerts."""
        return [json.loads(entry["Detail"]) for entry in self.bus.alerts]

    def dead_letters(self, lane: str) -> list[QueuedMessage]:
        return self.sqs[lane].messages(DEAD_LETTER_QUEUE)

    def enter(self, lane: str, body: str) -> None:
        """A message comes to a queue for the first time."""
        key = (lane, json.loads(body)["id"])
        self.entries[key] += 1
        self.bodies[key].add(without_attempts(body))
        self.sqs[lane].put(QUEUE, body)

    def publish(self, body: str) -> None:
        """The bus: by type to the type's queue. A catch-all would take the others, and there are none."""
        self.enter(json.loads(body)["type"], body)

    def visible(self, lane: str) -> list[QueuedMessage]:
        return self.sqs[lane].visible(QUEUE)

    def deliver(
        self, lane: str, batch: Sequence[QueuedMessage], script: Sequence[Fault] = (), *, twice: bool = False
    ) -> None:
        """One invocation, and what its event source mapping does after it; or two of the same messages."""
        batch = [message for message in batch if not self._is_moved_away(lane, message)]
        for message in batch:
            self.sqs[lane].receive(message, 6 * self.functions[lane].timeout)
        for number in range(2 if twice and batch else 1):
            if batch:
                self._invoke(lane, batch, script, ghost=number > 0)

    def drain(self) -> None:
        """Let all come to its end, time passing as it must."""
        for _ in range(ROUNDS):
            waiting = [message.visible_at for sqs in self.sqs.values() for message in sqs.messages(QUEUE)]
            if not waiting:
                return
            self.now = max(self.now, min(waiting))
            for lane, function in self.functions.items():
                if batch := self.visible(lane)[: function.batch_size]:
                    self.deliver(lane, batch)
        pytest.fail("the queues are never empty")

    def _invoke(self, lane: str, batch: Sequence[QueuedMessage], script: Sequence[Fault], *, ghost: bool) -> None:
        harness = FunctionHarness(
            now=self.clock.now(), jitter=0.5, sqs=self.sqs[lane], events=self.bus, dynamodb=self.table
        )
        event: SqsEvent = {"Records": [received(message) for message in batch]}
        keys = [(lane, json.loads(message.body)["id"]) for message in batch]
        self.lane, function = lane, self.functions[lane]
        self.calls.script, self.calls.faulty = list(script), ghost
        try:
            response = function(event, FakeContext(milliseconds=function.timeout * 1000), harness)
            failed = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
            assert len(failed) == len(set(failed)), "a record is named twice"
            assert set(failed) <= {message.id for message in batch}
            self._delete(lane, {message.id for message in batch} - set(failed))
        except ProcessDied:
            self.deaths.update(keys)
        finally:
            if self.calls.faulty:
                self.faults.update(keys)
            self.calls.script, self.calls.faulty = [], False
            self.lines += [(lane, line) for line in harness.lines]

    def _is_moved_away(self, lane: str, message: QueuedMessage) -> bool:
        if message.receives < MAX_RECEIVES:
            return False
        self._delete(lane, {message.id})
        self.redriven[lane, json.loads(message.body)["id"]] += 1
        self.sqs[lane].queues.setdefault(DEAD_LETTER_QUEUE, []).append(message)
        return True

    def _delete(self, lane: str, ids: set[str]) -> None:
        queue = self.sqs[lane].queues[QUEUE]
        queue[:] = [message for message in queue if message.id not in ids]

    def _route(self, entry: Mapping[str, Any]) -> None:
        """Bring an event to where the bus's rules bring it."""
        if entry["DetailType"] != SYSTEM_DEAD_LETTERED.name:
            self.publish(entry["Detail"])

    def _queues(self) -> FakeSqs:
        return FakeSqs(clock=self.clock, fail=self._at_sqs, refuse=self.calls.refuse, after=self.calls.end)

    def _at_sqs(self, operation: str, request: Mapping[str, Any]) -> Exception | None:
        """A function sends to its own queue and its dead-letter queue alone, and puts nothing off for ever."""
        assert request["QueueUrl"] == QUEUE or (operation, request["QueueUrl"]) == (
            "send_message_batch",
            DEAD_LETTER_QUEUE,
        )
        if (operation, request["QueueUrl"]) == ("send_message_batch", QUEUE):
            for entry in request["Entries"]:
                for wait in json.loads(entry["MessageAttributes"]["history"]["StringValue"])["waits"]:
                    assert self.now - datetime.fromisoformat(wait["since"]) < PATIENCE
        return self.calls.begin("sqs")

    def _at_the_table(self, operation: str, request: Mapping[str, Any]) -> Exception | None:
        """Expire jobs in progress by the virtual clock; a success that is not stored leaves a window for a repeat."""
        if operation == "put_item":
            self._expire(request["Item"]["id"]["S"])
        done = False
        try:
            error = self.calls.begin("dynamodb")
            done = error is None
        finally:
            if operation == "update_item" and not done and self._is_in_progress(request["Key"]["id"]["S"]):
                self.windows.add(self.running)
        return error

    def _is_in_progress(self, key: str) -> bool:
        """Whether the table has a job of this key in progress; a note of a begin is none."""
        return self.table.items.get(key, {}).get("status") == {"S": "INPROGRESS"}

    def _after_the_table(self, operation: str) -> None:
        if operation == "put_item":
            self._started[self.table.requests[-1]["Item"]["id"]["S"]] = self.clock.now()
        self.calls.end(operation)

    def _expire(self, key: str) -> None:
        stands = self.table.items.get(key)
        seconds = self.functions[self.lane].timeout
        if stands and self.clock.now() >= self._started[key] + timedelta(seconds=seconds):
            stands["in_progress_expiration"] = {"N": "0"}


def without_attempts(body: str) -> str:
    return json.dumps(json.loads(body) | {"attempts": 0}, sort_keys=True)
