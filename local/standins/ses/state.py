"""The stand-in SES's state: mails, events about them, and their delivery by the default bus."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.standins.ses.default_bus import DefaultBus, DeliveredEvent
from local.standins.ses.mail import SentMail

_BEFORE_ANOTHER_TRY = 0.2
"""Seconds after AWS did not answer."""

_AT_ONCE = 50
"""Events delivered after one look at the rules."""

SesEvents = Sequence[Mapping[str, Any]]


@dataclass
class SesState:
    """Mails and events, safe for the server's threads."""

    _mails: list[SentMail] = field(default_factory=list)
    _events: list[Mapping[str, Any]] = field(default_factory=list)
    _pending: deque[Mapping[str, Any]] = field(default_factory=deque)
    _delivered: list[DeliveredEvent] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)
    _is_held: bool = False
    _is_over: bool = False

    def add(self, mail: SentMail) -> None:
        """Keep a mail that SES took."""
        with self._changed:
            self._mails.append(mail)

    def mails(self) -> tuple[SentMail, ...]:
        """All mails, in order."""
        with self._changed:
            return tuple(self._mails)

    def mail(self, ses_id: str) -> SentMail | None:
        """The mail with this id of SES's; None if there is none."""
        return next((mail for mail in self.mails() if mail.ses_id == ses_id), None)

    def publish(self, events: SesEvents) -> None:
        """Put events on the default bus, in this order; the same event again is a second delivery of it."""
        with self._changed:
            self._events += events
            self._pending += events
            self._changed.notify_all()

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """All events so far, also those that are held back; a repeated one stands there again."""
        with self._changed:
            return tuple(self._events)

    def events_about(self, mail: SentMail) -> tuple[Mapping[str, Any], ...]:
        """The events about one mail, in order of their publication."""
        return tuple(event for event in self.events() if event["detail"]["mail"]["messageId"] == mail.ses_id)

    def delivered(self) -> tuple[DeliveredEvent, ...]:
        """The messages that queues got by the rules of the default bus."""
        with self._changed:
            return tuple(self._delivered)

    @contextmanager
    def holding_back(self) -> Iterator[None]:
        """Deliver no event during the block; all that waited are delivered after it, in order."""
        with self._changed:
            self._is_held = True
        try:
            yield
        finally:
            with self._changed:
                self._is_held = False
                self._changed.notify_all()

    @contextmanager
    def delivering(self, bus: DefaultBus) -> Iterator[None]:
        """Deliver events in a thread of its own during the block."""
        thread = Thread(target=self._deliver, args=(bus,), name="ses-events", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            thread.join()

    def _deliver(self, bus: DefaultBus) -> None:
        while batch := self._next():
            try:
                rules = bus.rules()
                while batch:
                    delivered = bus.put(batch[0], rules)
                    batch.popleft()
                    with self._changed:
                        self._delivered += delivered
            except (BotoCoreError, ClientError):  # the emulator is being restarted: EventBridge repeats for a day
                with self._changed:
                    self._pending.extendleft(reversed(batch))
                    self._changed.wait_for(lambda: self._is_over, timeout=_BEFORE_ANOTHER_TRY)

    def _next(self) -> deque[Mapping[str, Any]]:
        """The next events, as soon as there are any; none at the end of the delivery."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or (self._pending and not self._is_held))
            if self._is_over:
                return deque()
            return deque(self._pending.popleft() for _ in range(min(_AT_ONCE, len(self._pending))))
