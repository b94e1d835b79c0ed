"""Log lines about messages: the outcomes of deliveries, operators' actions, alerts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.reasons import OperatorAction, Outcome


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that was scheduled."""

    key: str
    """The business key of the schedule."""

    id: str
    """The id of the message."""

    at: datetime | None = None
    """When the message is due, in UTC; None where the line does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """An event in a message's life. Texts that the line lacks are empty, numbers are None."""

    at: datetime
    """UTC."""

    what: Outcome | OperatorAction
    service: str = ""
    """The function that wrote the line: its type, or the name of the ingress or the notifier."""

    id: str = ""
    type: str = ""
    subject: str = ""
    """The business object that the message is about, such as `booking/0b7e3c52-…`."""

    source: str = ""
    """The source that a refused message claims."""

    sqs_message_id: str = ""
    company_id: str = ""
    correlation_id: str = ""
    """The id of the first message of the chain; for an outcome that names none, the message's own id."""

    causation_id: str = ""
    attempt: int | None = None
    receive_count: int | None = None
    redriven: int | None = None
    """How often the message had been redriven."""

    duration_ms: int | None = None
    delay: int | None = None
    """Seconds until the copy of a retrying or deferred message is delivered."""

    follow_ups: tuple[str, ...] = ()
    """The ids of the messages that were put on the bus."""

    scheduled: tuple[Scheduled, ...] = ()
    unscheduled: tuple[str, ...] = ()
    """The keys of the schedules that were cancelled."""

    left_out: tuple[str, ...] = ()
    """Sentences about what could not be read of the CRM's answer."""

    error: str = ""
    detail: str = ""
    frame: str = ""
    reason: str = ""
    fingerprint: str = ""
    destination: str = ""
    """The system that failed, of a failed or deferred message."""

    message_group: str = ""
    """A `MessageGroup`; empty where the stage does not compare it, or where it is right and the message is not dead."""

    who: str = ""
    """The ARN of the operator's credentials, for an operator's action."""

    function_version: str = ""
    """Version of the function's code."""

    new_id: str = ""
    """The id under which an operator published the message again."""

    request_id: str = ""
    """The id of the invocation."""

    @property
    def key(self) -> str:
        """The message's id, or its SQS message id if the body has none."""
        return self.id or self.sqs_message_id

    @property
    def final(self) -> bool:
        """Whether the delivery was the last one of the message, unless an operator redrives it."""
        return isinstance(self.what, Outcome) and self.what.final

    def mentions(self, an_id: str) -> bool:
        """Whether the line has an id: of the message, of SQS, of its cause, of a follow-up, of the chain, a new one."""
        own = (self.id, self.sqs_message_id, self.correlation_id, self.causation_id, self.new_id)
        return an_id in own or an_id in self.follow_ups or any(an_id == each.id for each in self.scheduled)


def parse(text: str, logged_at_ms: int) -> Iterator[LogLine]:
    """Read a log event: one line for each message that it is about, none for any other text.

    Args:
        text: the event's text. It is not trusted: others may write to the log.
        logged_at_ms: the event's time in CloudWatch Logs, in milliseconds since 1970, for a line without a time.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return
    what = _what(fields) if isinstance(fields, dict) else None
    if what is None:
        return
    line = _line(fields, what, logged_at_ms)
    yield line
    for other in _texts(fields, "ids"):
        yield LogLine(at=line.at, what=what, service=line.service, id=other, who=line.who, request_id=line.request_id)


def parse_all(events: Iterable[tuple[str, int]]) -> list[LogLine]:
    """Read log events, each with its time in milliseconds since 1970; leaves out lines that name no message."""
    return [line for text, at in events for line in parse(text, at) if line.key]


_REFUSALS: dict[Outcome | OperatorAction, OperatorAction] = {
    OperatorAction.REDRIVE_REFUSED: OperatorAction.REDRIVEN,
    OperatorAction.REDO_REFUSED: OperatorAction.REDONE,
}
"""Lines that take back an action which the audit log announced before."""


def in_effect(lines: Iterable[LogLine]) -> list[LogLine]:
    """Leave out operators' actions that AWS refused, and the refusals.

    Args:
        lines: in order of time.
    """
    kept: list[LogLine | None] = []
    announced: dict[object, list[int]] = {}
    for line in lines:
        about = (line.key, line.company_id, line.new_id)
        if taken_back := _REFUSALS.get(line.what):
            if places := announced.get((taken_back, *about)):
                kept[places.pop()] = None
            continue
        announced.setdefault((line.what, *about), []).append(len(kept))
        kept.append(line)
    return [line for line in kept if line]


def _what(fields: Mapping[str, Any]) -> Outcome | OperatorAction | None:
    """The field `outcome`, or for an operator's action the field `message`."""
    outcome = _text(fields, "outcome")
    if outcome:
        return Outcome(outcome) if outcome in set(Outcome) else None
    message = _text(fields, "message")
    return OperatorAction(message) if message in set(OperatorAction) else None


_TEXTS = (
    *("service", "id", "type", "subject", "source", "sqs_message_id", "company_id", "correlation_id", "causation_id"),
    *(
        "error",
        "detail",
        "frame",
        "reason",
        "fingerprint",
        "destination",
        "message_group",
        "function_version",
        "who",
        "new_id",
    ),
)
_LARGEST = 10**12
"""The largest number that is read: 31 years in milliseconds, so that a timedelta can hold it."""

_NUMBERS = ("attempt", "receive_count", "redriven", "duration_ms", "delay")


def _line(fields: Mapping[str, Any], what: Outcome | OperatorAction, logged_at_ms: int) -> LogLine:
    known: dict[str, Any] = {name: _text(fields, name) for name in _TEXTS}
    known |= {name: _number(fields, name) for name in _NUMBERS}
    if isinstance(what, Outcome):
        known["correlation_id"] = known["correlation_id"] or known["id"]
    return LogLine(
        at=_time(fields, logged_at_ms),
        what=what,
        follow_ups=_texts(fields, "follow_ups"),
        scheduled=_schedules(fields),
        unscheduled=_texts(fields, "unscheduled"),
        left_out=_texts(fields, "left_out"),
        request_id=_text(fields, "function_request_id"),
        **known,
    )


def _time(fields: Mapping[str, Any], logged_at_ms: int) -> datetime:
    return _moment(fields, "timestamp") or datetime.fromtimestamp(logged_at_ms / 1000, UTC)


def _moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    """A time with an offset, in UTC; None for any other text."""
    try:
        at = datetime.fromisoformat(_text(fields, name))
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _schedules(fields: Mapping[str, Any]) -> tuple[Scheduled, ...]:
    pairs = [each for each in _list(fields, "scheduled") if isinstance(each, dict)]
    return tuple(
        Scheduled(_text(each, "key"), _text(each, "id"), _moment(each, "at")) for each in pairs if _text(each, "id")
    )


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(each for each in _list(fields, name) if isinstance(each, str))


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    """A whole number that is small enough to be a duration: the log may hold any."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST else None
