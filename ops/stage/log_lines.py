"""What the logs of a stage say of messages: how each delivery ended, what people did, and who was told."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.reasons import OperatorAction, Outcome


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that comes in later."""

    key: str
    """The business's own name for the schedule."""

    id: str
    """The message's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One thing that happened to one message. Texts are empty, and figures None, where the line lacks them."""

    at: datetime
    """UTC."""

    what: Outcome | OperatorAction
    service: str = ""
    """The function: its type, or the ingress's or the notifier's name."""

    id: str = ""
    type: str = ""
    sqs_message_id: str = ""
    company_id: str = ""
    correlation_id: str = ""
    causation_id: str = ""
    attempt: int | None = None
    receive_count: int | None = None
    redriven: int | None = None
    """How often a person had sent it back until then."""

    duration_ms: int | None = None
    delay: int | None = None
    """Seconds until its copy comes, where it is retrying or deferred."""

    follow_ups: tuple[str, ...] = ()
    """The ids of what it put on the bus."""

    scheduled: tuple[Scheduled, ...] = ()
    unscheduled: tuple[str, ...] = ()
    """The keys of what it called off."""

    error: str = ""
    detail: str = ""
    frame: str = ""
    reason: str = ""
    fingerprint: str = ""
    who: str = ""
    """Who did it, where a person did: the ARN of their credentials."""

    request_id: str = ""
    """The invocation's."""

    @property
    def key(self) -> str:
        """What the message is known by: its id, or where its body has none, what SQS calls it."""
        return self.id or self.sqs_message_id

    @property
    def final(self) -> bool:
        """Whether a delivery ended so that nothing more happens to the message by itself."""
        return isinstance(self.what, Outcome) and self.what.final

    def mentions(self, an_id: str) -> bool:
        """Whether it is about that id: of a message, of SQS's, of what came before or after, of the chain."""
        own = (self.id, self.sqs_message_id, self.correlation_id, self.causation_id)
        return an_id in own or an_id in self.follow_ups or any(an_id == each.id for each in self.scheduled)


def parse(text: str, logged_at_ms: int) -> Iterator[LogLine]:
    """What a line of a log says, a line a message; nothing for whatever else a log holds.

    Args:
        text: of the log event. Whoever may write to the log may have written it.
        logged_at_ms: its time by CloudWatch Logs, where the line has none: milliseconds since 1970.
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
    """What many lines say, each with its time, without what says nothing of a message."""
    return [line for text, at in events for line in parse(text, at) if line.key]


def _what(fields: Mapping[str, Any]) -> Outcome | OperatorAction | None:
    """An outcome stands under its name; deeds are the messages of their lines."""
    outcome = _text(fields, "outcome")
    if outcome:
        return Outcome(outcome) if outcome in set(Outcome) else None
    message = _text(fields, "message")
    return OperatorAction(message) if message in set(OperatorAction) else None


_TEXTS = (
    *("service", "id", "type", "sqs_message_id", "company_id", "correlation_id", "causation_id"),
    *("error", "detail", "frame", "reason", "fingerprint", "who"),
)
_MOST = 10**12
"""Milliseconds, of 31 years."""

_NUMBERS = ("attempt", "receive_count", "redriven", "duration_ms", "delay")


def _line(fields: Mapping[str, Any], what: Outcome | OperatorAction, logged_at_ms: int) -> LogLine:
    known: dict[str, Any] = {name: _text(fields, name) for name in _TEXTS}
    known |= {name: _number(fields, name) for name in _NUMBERS}
    return LogLine(
        at=_time(fields, logged_at_ms),
        what=what,
        follow_ups=_texts(fields, "follow_ups"),
        scheduled=_schedules(fields),
        unscheduled=_texts(fields, "unscheduled"),
        request_id=_text(fields, "function_request_id"),
        **known,
    )


def _time(fields: Mapping[str, Any], logged_at_ms: int) -> datetime:
    try:
        at = datetime.fromisoformat(_text(fields, "timestamp"))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return datetime.fromtimestamp(logged_at_ms / 1000, UTC)


def _schedules(fields: Mapping[str, Any]) -> tuple[Scheduled, ...]:
    pairs = [each for each in _list(fields, "scheduled") if isinstance(each, dict)]
    return tuple(Scheduled(_text(each, "key"), _text(each, "id")) for each in pairs if _text(each, "id"))


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(each for each in _list(fields, name) if isinstance(each, str))


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    """A whole number that a time can be told with: whoever may write to a log may write any."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST else None
