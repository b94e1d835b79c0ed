"""Turn a reaction's follow-ups into messages for the bus and changes of schedules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.clients.outbox import BusEntry
from lambdas.common.clients.scheduler import ScheduleChange, ScheduledMessage
from lambdas.common.errors import PermanentError, Skip
from lambdas.common.follow_ups import AT_ONCE, Cause, Emit, FollowUp, LeftOut, Note, Schedule, Unschedule
from schemas.event_type import EventType
from schemas.identity import ParentIdentity, payload_digest
from schemas.message import AnyMessage
from schemas.names import SOURCE
from schemas.reasons import Outcome, Remedy
from schemas.schedule_names import schedule_name
from schemas.wire import Payload


class FollowUpPlan:
    """The messages and schedule changes that follow from one message."""

    def __init__(self, parent: AnyMessage, body: str, event_type: EventType[Any], now: datetime) -> None:
        self._parent = parent
        self._identity = ParentIdentity(parent.company_id, parent.type, parent.id, payload_digest(body))
        self._event_type = event_type
        self._now = now
        self._entries: dict[str, BusEntry] = {}
        self._changes: dict[str, ScheduleChange] = {}
        self._left_out: list[str] = []
        self._note = ""

    def done(self, outcome: Outcome, skip: Skip | None = None) -> DoneDecision:
        """Return the decision that carries the whole plan out."""
        entries, changes = list(self._entries.values()), list(self._changes.values())
        return DoneDecision(outcome, entries, changes, skip, self._left_out, self._note)

    def add(self, follow_up: FollowUp) -> None:
        """Add one follow-up.

        Raises:
            PermanentError: the reaction does not declare its type, or two follow-ups have one id or one key.
        """
        match follow_up:
            case Emit():
                self._declared(follow_up.event_type, self._event_type.emits, "emits")
                self._emit(follow_up.event_type, follow_up.payload, follow_up.discriminator, self._now, follow_up.cause)
            case Schedule():
                self._declared(follow_up.event_type, self._event_type.schedules, "schedules")
                self._schedule(follow_up)
            case Unschedule():
                if not self._event_type.schedules:
                    mine = self._event_type.name
                    raise PermanentError(
                        f"{mine} calls off a schedule without declaring one: add its type to its schedules",
                        remedy=Remedy.REDRIVE,
                    )
                self._change(follow_up.key, None)
            case LeftOut():
                self._left_out.append(follow_up.sentence)
            case Note():
                self._note = follow_up.sentence
            case _:
                mine = self._event_type.name  # type: ignore[unreachable]  # mypy has checked our own handlers
                what = type(follow_up).__name__
                raise PermanentError(
                    f"{mine} yields a {what}, which is no follow-up: Emit, Schedule, Unschedule, LeftOut and Note are",
                    remedy=Remedy.REDRIVE,
                )

    def _schedule(self, due: Schedule) -> None:
        if due.at <= self._now + AT_ONCE:
            self._emit(due.event_type, due.payload, due.key, due.at)
            self._change(due.key, None)
            return
        message = self._message(due.event_type, due.payload, due.key, due.at)
        self._change(due.key, ScheduledMessage(due.at, message.id, _body(message)))

    def _emit(
        self,
        event_type: EventType[Any],
        payload: Payload,
        discriminator: str,
        timestamp: datetime,
        cause: Cause | None = None,
    ) -> None:
        message = self._message(event_type, payload, discriminator, timestamp, cause)
        if message.id in self._entries:
            raise PermanentError(
                f"{self._event_type.name} emits two {event_type.name} with one discriminator: give each its own",
                remedy=Remedy.REDRIVE,
            )
        self._entries[message.id] = BusEntry(message.id, event_type.name, SOURCE, _body(message))

    def _change(self, key: str, change: ScheduledMessage | None) -> None:
        try:
            name = schedule_name(key)
        except ValueError as error:
            raise PermanentError(f"{self._event_type.name} schedules: {error}", remedy=Remedy.REDRIVE) from None
        if name in self._changes:
            what = f"{self._event_type.name} schedules two messages under one key: give each its own"
            raise PermanentError(what, remedy=Remedy.REDRIVE)
        self._changes[name] = ScheduleChange(name, key, change)

    def _declared(self, follow_up: EventType[Any], declared: Iterable[EventType[Any]], verb: str) -> None:
        if follow_up not in declared:
            mine = self._event_type.name
            what = f"{mine} {verb} {follow_up.name} without declaring it: add it to its {verb}"
            raise PermanentError(what, remedy=Remedy.REDRIVE)

    def _message(
        self,
        event_type: EventType[Any],
        payload: Payload,
        discriminator: str,
        timestamp: datetime,
        cause: Cause | None = None,
    ) -> AnyMessage:
        identity = self._identity
        if cause:
            identity = ParentIdentity(self._parent.company_id, cause.type, cause.id, payload_digest="")
        message: AnyMessage = event_type.message_model(
            id=identity.follow_up_id(event_type.name, discriminator),
            type=event_type.name,
            version=event_type.version,
            source=SOURCE,
            correlation_id=cause.correlation_id if cause else self._parent.correlation_id,
            causation_id=cause.id if cause else self._parent.id,
            hops=self._parent.hops + 1,
            timestamp=timestamp,
            attempts=1,
            payload=payload,
        )
        return message


def _body(message: AnyMessage) -> str:
    """The message as ASCII JSON: SQS refuses characters such as U+FFFE, and takes their escapes."""
    return message.model_dump_json(by_alias=True, ensure_ascii=True)
