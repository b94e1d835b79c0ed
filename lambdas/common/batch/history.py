"""A message's history: what happened before this delivery. It travels with each copy, as a message attribute."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from schemas.names import (
    BIOGRAPHY_ATTRIBUTE,
    FINGERPRINT_ATTRIBUTE,
    HISTORY_ATTRIBUTE,
    REASON_ATTRIBUTE,
    SINCE_ATTRIBUTE,
)
from schemas.wire import Count, WireModel, timestamp

_LONGEST_HISTORY = 20
"""Attempts that a history keeps, so that a message that is redriven many times does not grow."""

_MOST_WAITS = 5

_LONGEST_SQS_ID = 100
"""Characters; SQS documents this limit for message ids (Developer Guide, "Queue and message identifiers")."""

_LONGEST_TIME = 40
"""Characters of an RFC 3339 time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One failed attempt."""

    __pydantic_config__ = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)
    """The attribute `history` has snake_case names, the attribute `biography` camelCase names."""

    attempt: int
    error: str
    """The exception's class; `Crashed` where the process ended."""

    message: str
    at: str = ""
    """When the attempt began (UTC, RFC 3339); empty for a crash."""

    duration_ms: int = 0
    function_version: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Consecutive deferrals for one reason."""

    __pydantic_config__ = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)

    destination: str
    """What the message waited for; empty where that is no other system."""

    why: str
    since: str
    """When it was first deferred (UTC, RFC 3339)."""

    until: str
    """When it was last deferred."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """The history of a message since it was first put on this queue."""

    first_enqueued_at: str
    """UTC, RFC 3339."""

    attempts: tuple[Attempt, ...] = ()
    """Failed attempts since the message was published or last redriven."""

    deferrals: int = 0
    """How often the message was deferred because its work could not be done; see `waits`."""

    waits: tuple[Wait, ...] = ()
    """These deferrals since the message was published or last redriven: the first, and the last ones."""

    deliveries: int = 0
    """Tries at its receiver that failed since the message was published or last redriven."""

    failed_at: str = ""
    """When it last failed and nobody knew whose fault it was (UTC, RFC 3339)."""

    redriven: int = 0
    """How often an operator redrove the message."""

    earlier: tuple[Attempt, ...] = ()
    """Failed attempts before the last redrive."""

    producer_attributes: Mapping[str, str] = field(default_factory=dict)
    """The producer's message attributes. They are kept in here, because SQS allows ten attributes and ours must fit."""

    not_before: str = ""
    """When the message may run (UTC, RFC 3339), where SQS cannot delay it for so long."""

    sender: str = ""
    """Unique id of the sender that first put the message on this queue."""

    noted_as: str = ""
    """SQS message id under which a suspect's begins are noted; a suspect runs without neighbours. Empty: no suspect."""

    @property
    def all_attempts(self) -> tuple[Attempt, ...]:
        """The last failed attempts, with those before the last redrive."""
        return (*self.earlier, *self.attempts)[-_LONGEST_HISTORY:]

    def failed(self, attempt: Attempt) -> "MessageHistory":
        """Return this history with one more failed attempt."""
        return replace(self, attempts=(*self.attempts, attempt)[-_LONGEST_HISTORY:])

    def crashed(self, first: int, lost: int) -> "MessageHistory":
        """Return this history with `lost` crashed attempts, numbered from `first`."""
        known = {attempt.attempt for attempt in self.attempts}
        return replace(
            self,
            attempts=(
                *self.attempts,
                *(
                    Attempt(number, "Crashed", "the process ended, or could not send what should have come of it")
                    for number in range(first, first + min(lost, _LONGEST_HISTORY))
                    if number not in known
                ),
            )[-_LONGEST_HISTORY:],
        )

    def unclear(self, at: str) -> "MessageHistory":
        """Return this history with a failure of which nobody knows whose fault it is."""
        return replace(self, failed_at=at)

    def waited(self, destination: str, why: str, at: str) -> "MessageHistory":
        """Return this history with one more deferral; an empty `why` is that of the one before."""
        *before, last = self.waits or (Wait(destination, why, at, at, 0),)
        if last.destination == destination:
            last = replace(last, why=why or last.why, until=at, times=last.times + 1)
            waits = (*before, last)
        else:
            waits = (*before, last, Wait(destination, why, at, at))
        if len(waits) > _MOST_WAITS:
            waits = (waits[0], *waits[2:])
        return replace(self, deferrals=self.deferrals + 1, waits=waits)

    def not_delivered(self, why: str, at: str) -> "MessageHistory":
        """Return this history with one more try that the receiver did not take."""
        return replace(self.waited("", why, at), deliveries=self.deliveries + 1)

    def to_json(self) -> str:
        """Return the attribute's value. It is ASCII, which SQS takes in any attribute."""
        return json.dumps(asdict(self), separators=(",", ":"))


def history_of(
    attributes: Mapping[str, Any], *, sent_at_ms: int, sender: str = "", believed: bool = True
) -> MessageHistory:
    """Read the history from a record's message attributes; the producer's own attributes become part of it.

    Args:
        attributes: message attributes as Lambda passes them.
        sent_at_ms: when the message was put on the queue, in milliseconds since 1970.
        sender: the unique id of the message's sender.
        believed: whether the sender may write the attribute `history`; if not, it is a producer's attribute.
    """
    ours = attributes.get(HISTORY_ATTRIBUTE) if believed else None
    if ours is not None:
        with suppress(ValueError):  # a producer's attribute of the same name
            return _read(str(ours.get("stringValue")))
    sent_at = timestamp(datetime.fromtimestamp(sent_at_ms / 1000, UTC))
    # A redrive by SQS's own console keeps the attribute of a renewed dead letter, which is no producer's.
    texts = {name: _text(value) for name, value in attributes.items() if name != SINCE_ATTRIBUTE}
    if texts.keys() >= {REASON_ATTRIBUTE, FINGERPRINT_ATTRIBUTE}:
        with suppress(ValueError):  # producers' attributes of the same names
            return replace(_redriven(texts, sent_at), sender=sender)
    return MessageHistory(first_enqueued_at=sent_at, sender=sender, producer_attributes=texts)


def _moment(text: str) -> str:
    """Require a time with an offset, as every sender of ours writes it."""
    if len(text) > _LONGEST_TIME or not datetime.fromisoformat(text).tzinfo:
        raise ValueError("not a time with an offset")
    return text


class _FailureHistory(WireModel):
    """The parts of the attribute `biography` that are read again after a redrive.

    Operators send it, so any sender may: it tells what was, and decides nothing about the delivery.
    """

    first_enqueued_at: Annotated[str, AfterValidator(_moment)]
    attempts: Annotated[tuple[Attempt, ...], Field(max_length=_LONGEST_HISTORY)] = ()
    redriven: Count = 0
    producer_attributes: dict[str, str] = Field(default_factory=dict)


def _redriven(attributes: Mapping[str, str], sent_at: str) -> MessageHistory:
    """Read the history of a redriven message, by our redrive or by SQS's own.

    Raises:
        ValueError: the attribute `biography` is not as we write it.
    """
    text = attributes.get(BIOGRAPHY_ATTRIBUTE)
    if text is None:  # the body left no room for it
        return MessageHistory(first_enqueued_at=sent_at, redriven=1)
    parsed = _FailureHistory.model_validate_json(text, by_alias=True, by_name=False)
    return MessageHistory(
        first_enqueued_at=parsed.first_enqueued_at,
        redriven=parsed.redriven + 1,
        earlier=parsed.attempts,
        producer_attributes=parsed.producer_attributes,
    )


def _read(text: str) -> MessageHistory:
    """Read the attribute `history`.

    Raises:
        ValueError: the text is not as we write it.
    """
    history: MessageHistory = _reader().validate_json(text, strict=True)
    waits = history.waits
    if min(history.deferrals, history.deliveries, *(wait.times for wait in waits), 0) < 0 or len(waits) > _MOST_WAITS:
        raise ValueError("not as it is written here")
    if len(history.noted_as) > _LONGEST_SQS_ID:
        raise ValueError("not as it is written here")
    for moment in filter(None, (history.not_before, history.failed_at)):
        _moment(moment)
    for wait in waits:
        _moment(wait.since)
        _moment(wait.until)
    return history


@cache
def _reader() -> TypeAdapter[MessageHistory]:
    """The parser of histories; the first message with a history builds it."""
    return TypeAdapter(MessageHistory)


def _text(attribute: Mapping[str, Any]) -> str:
    """An attribute's value as text. A binary value stays base64-encoded, as Lambda passes it."""
    return str(attribute.get("stringValue") or attribute.get("binaryValue") or "")
