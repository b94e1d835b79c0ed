"""SQS in virtual time: delays, visibility, receive counts and fair queues."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.messaging.queues import MAX_RECEIVES
from tests.fakes.sqs import FakeSqs, QueuedMessage
from tests.simulation.stage.timeline import Timeline


@dataclass
class SimulatedQueue:
    """One standard queue with its dead letters."""

    url: str
    visibility: float
    """Seconds."""

    timeline: Timeline
    on_visible: Callable[[], None] = lambda: None
    """Called when a message can be received."""

    on_dead_letter: Callable[[QueuedMessage], None] = lambda _message: None
    """Called with each message that SQS itself moves to the dead-letter queue."""

    waiting: dict[str, QueuedMessage] = field(default_factory=dict)
    """All messages that are not deleted, by id."""

    _visible: dict[str, deque[QueuedMessage]] = field(default_factory=dict)
    _in_flight: Counter[str] = field(default_factory=Counter)

    def put(self, message: QueuedMessage, delay: float = 0) -> None:
        """Take in a message that can be received after `delay` seconds."""
        self.waiting[message.id] = message
        if delay:
            self.timeline.at(self.timeline.seconds + delay, lambda: self._show(message))
        else:
            self._show(message)

    def take(self, most: int) -> list[QueuedMessage]:
        """Receive messages.

        The group with the fewest messages in flight comes first: queues are fair to tenants (SQS Developer Guide,
        "Amazon SQS fair queues"), here without the delay of AWS's own measuring.
        """
        taken: list[QueuedMessage] = []
        while len(taken) < most and self._visible:
            group = min(self._visible, key=lambda each: self._in_flight[each])
            message = self._visible[group].popleft()
            if not self._visible[group]:
                del self._visible[group]
            if message.receives >= MAX_RECEIVES:
                del self.waiting[message.id]
                self.on_dead_letter(message)
                continue
            message.receives += 1
            message.handle = f"{message.id}#{message.receives}"
            self._in_flight[group] += 1
            taken.append(message)
        return taken

    def delete(self, handle: str) -> None:
        """Delete a message by its latest handle; any other deletes nothing."""
        message = self.waiting.get(handle.partition("#")[0])
        if message and message.handle == handle:
            del self.waiting[message.id]
            self._land(message)

    def release(self, message: QueuedMessage, received_at: float) -> None:
        """Let a message that was not deleted come back when its visibility timeout ends."""
        if message.id in self.waiting:
            self._land(message)
            self.timeline.at(received_at + self.visibility, lambda: self._show(message))

    @property
    def visible(self) -> int:
        """How many messages can be received."""
        return sum(map(len, self._visible.values()))

    def _land(self, message: QueuedMessage) -> None:
        self._in_flight[message.group or ""] -= 1

    def _show(self, message: QueuedMessage) -> None:
        self._visible.setdefault(message.group or "", deque()).append(message)
        self.on_visible()


@dataclass(kw_only=True)
class SimulatedSqs(FakeSqs):
    """The client of all queues; what it is given is checked as `FakeSqs` checks it."""

    simulated: dict[str, SimulatedQueue] = field(default_factory=dict)
    """The queues by URL. A message for another URL is a dead letter."""

    on_dead_letter: Callable[[str, Mapping[str, Any]], None] = lambda _body, _attributes: None
    on_copy: Callable[[float], None] = lambda _delay: None
    """Called with the delay of each message that a function sends to its own queue, in seconds."""

    def put(
        self,
        url: str,
        body: str,
        attributes: Mapping[str, Any] | None = None,
        group: str | None = None,
        *,
        delay: float = 0,
    ) -> str:
        """Put a message into a queue and return its id."""
        self.sent.clear()  # nobody reads them, and a long scenario has many
        self.requests.clear()
        queue = self.simulated.get(url)
        if queue is None:
            self.on_dead_letter(body, attributes or {})
            return "dead-letter"
        self._count += 1
        now = self.clock.now()
        message = QueuedMessage(f"sqs-{self._count}", body, dict(attributes or {}), now, now, group)
        queue.put(message, delay)
        return message.id

    def _take(self, url: str, entry: dict[str, Any]) -> str:
        if url in self.simulated:
            self.on_copy(entry.get("DelaySeconds", 0))
        return super()._take(url, entry)

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        """Delete by receipt handles. A stale handle deletes nothing, but SQS reports success (DeleteMessage)."""
        with self.called("delete_message_batch", request):
            for entry in request["Entries"]:
                self.simulated[request["QueueUrl"]].delete(entry["ReceiptHandle"])
            return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]], "Failed": []}
