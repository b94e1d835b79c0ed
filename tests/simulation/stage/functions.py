"""Lambda in virtual time: a function's processes, and the event source mapping that feeds them from its queue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.batch.loop import BatchResponse
from lambdas.common.budget import Context
from lambdas.common.runtime import Runtime
from tests.fakes.function import received
from tests.fakes.sqs import QueuedMessage
from tests.simulation.stage.queues import SimulatedQueue
from tests.simulation.stage.timeline import OutOfTimeError, Timeline, current_task

POLL = 0.02
"""Seconds from a message's arrival to its delivery."""

START = 0.4
"""Seconds in which a process starts."""

INVOCATION = 0.01
"""Seconds of an invocation, beside its records and its calls."""

RECORD = 0.003
"""Seconds of processor time for each record."""

IDLE = 600.0
"""Seconds after which Lambda ends an idle process. AWS documents none; some minutes are usual."""


class LambdaHandler(Protocol):
    """A handler of the product."""

    def process(self, event: SqsEvent, context: Context, runtime: Runtime) -> BatchResponse:
        """Handle a batch in a given runtime."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a function and its event source mapping."""

    timeout: int
    """Seconds."""

    batch_size: int
    max_concurrency: int
    rate: str = ""
    """Calls a second that the stage declares of the called system; empty: none is declared."""

    pace: str = ""
    """The share of one process."""


@dataclass
class SimulatedContext:
    """Lambda's context of one invocation."""

    timeline: Timeline
    ends_at: float
    function_name: str
    aws_request_id: str
    log_group_name: str = "/aws/lambda/taly-simulated"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended."""
        return int((self.ends_at - self.timeline.seconds) * 1000)


@dataclass
class _Process:
    runtime: Runtime
    idle_since: float = 0.0


@dataclass
class SimulatedFunction:
    """A function whose processes live on between invocations. A new one starts only if all are busy."""

    name: str
    handler: LambdaHandler
    settings: Settings
    queue: SimulatedQueue
    timeline: Timeline
    new_runtime: Callable[[], Runtime]
    invocations: int = 0
    billed: float = 0.0
    """Seconds of function time."""

    sqs_requests: int = 0
    """Receives and deletes of the event source mapping, without receives that found nothing."""

    starts: int = 0
    """Processes that started."""

    _idle: list[_Process] = field(default_factory=list)
    _busy: int = 0
    _polls: bool = False

    def poll_soon(self) -> None:
        """Receive what can be received, soon."""
        if not self._polls:
            self._polls = True
            self.timeline.at(self.timeline.seconds + POLL, self._poll)

    def _poll(self) -> None:
        self._polls = False
        while self._busy < self.settings.max_concurrency:
            batch = self.queue.take(self.settings.batch_size)
            if not batch:
                return
            self.sqs_requests += 1
            self._busy += 1
            self.timeline.start(partial(self._invoke, batch))

    def _invoke(self, batch: list[QueuedMessage]) -> None:
        received_at = self.timeline.seconds
        process = self._process()
        began = self.timeline.seconds
        self.invocations += 1
        ends_at = began + self.settings.timeout
        context = SimulatedContext(self.timeline, ends_at, f"taly-{self.name}", f"{self.name}-{self.invocations}")
        current_task().deadline = ends_at
        try:
            self.timeline.wait(INVOCATION + RECORD * len(batch))
            event: SqsEvent = {"Records": [received(message) for message in batch]}
            response = self.handler.process(event, context, process.runtime)
        except OutOfTimeError:
            pass  # Lambda ends the process, and SQS delivers the batch again
        else:
            failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
            done = [message for message in batch if message.id not in failed]
            self.sqs_requests += bool(done)
            for message in done:
                self.queue.delete(message.handle)
            process.idle_since = self.timeline.seconds
            self._idle.append(process)
        self.billed += self.timeline.seconds - began
        self._busy -= 1
        for message in batch:
            self.queue.release(message, received_at)
        self._poll()

    def _process(self) -> _Process:
        """The process that was busy last, as it is the likeliest to live; else a new one."""
        now = self.timeline.seconds
        self._idle = [process for process in self._idle if now - process.idle_since < IDLE]
        if self._idle:
            return self._idle.pop()
        self.starts += 1
        self.timeline.wait(START)
        return _Process(self.new_runtime())
