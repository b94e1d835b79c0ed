"""What happened to a message before this delivery: it travels with the copies on its own queue."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from lambdas.common.times import timestamp
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, HISTORY_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.wire import Count, WireModel

_LONGEST_HISTORY = 20
"""Attempts that are kept, so that a message that is redriven again and again does not grow."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One failed attempt."""

    __pydantic_config__ = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)
    """Histories have it in snake_case, biographies in camelCase."""

    attempt: int
    error: str
    """The exception's class; `Crashed` where the process did not live to say."""

    message: str
    at: str = ""
    """Its start in UTC, RFC 3339; unknown for a crash."""

    duration_ms: int = 0
    function_version: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """What happened to a message since it was first put on this queue."""

    first_enqueued_at: str
    """UTC, RFC 3339."""

    attempts: tuple[Attempt, ...] = ()
    """That failed, since it was published or last redriven."""

    deferrals: int = 0
    """Times that it was put back without being run."""

    redriven: int = 0
    """Times that a person sent it back from its dead-letter queue."""

    earlier: tuple[Attempt, ...] = ()
    """The failed attempts of before."""

    producer_attributes: Mapping[str, str] = field(default_factory=dict)
    """Message attributes that its producer gave: folded in, since SQS allows ten and ours must fit."""

    not_before: str = ""
    """When it is to be run, in UTC by RFC 3339, where that is further away than SQS can delay it."""

    alone: bool = False
    """Whether it is to be run alone: a process died that had it in its batch."""

    suspected: int = 0
    """How many processes died that had it in a batch with others; its attempts, should one die of it alone."""

    @property
    def all_attempts(self) -> tuple[Attempt, ...]:
        """The last failed attempts, those of before it was redriven among them."""
        return (*self.earlier, *self.attempts)[-_LONGEST_HISTORY:]

    def failed(self, attempt: Attempt) -> "MessageHistory":
        """The history with one more failed attempt."""
        return replace(self, attempts=(*self.attempts, attempt)[-_LONGEST_HISTORY:])

    def crashed(self, first: int, lost: int) -> "MessageHistory":
        """The history with attempts, from number `first` on, of which nothing is known but that none came back."""
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
            suspected=0 if lost else self.suspected,
        )

    def deferred(self) -> "MessageHistory":
        """The history with one more deferral."""
        return replace(self, deferrals=self.deferrals + 1)

    def to_json(self) -> str:
        """As ASCII, which SQS takes in an attribute whatever the characters."""
        return json.dumps(asdict(self), separators=(",", ":"))


def history_of(attributes: Mapping[str, Any], *, sent_at_ms: int) -> MessageHistory:
    """The history that a record brings along; what its producer gave with it is part of it.

    Args:
        attributes: the record's message attributes as Lambda passes them.
        sent_at_ms: when it was put on the queue, in milliseconds since 1970.
    """
    ours = attributes.get(HISTORY_ATTRIBUTE)
    if ours is not None:
        with suppress(ValueError):  # a producer's attribute that happens to have our name
            return _read(str(ours.get("stringValue")))
    sent_at = timestamp(datetime.fromtimestamp(sent_at_ms / 1000, UTC))
    texts = {name: _text(value) for name, value in attributes.items()}
    if texts.keys() >= {REASON_ATTRIBUTE, FINGERPRINT_ATTRIBUTE}:
        with suppress(ValueError):  # likewise
            return _redriven(texts, sent_at)
    return MessageHistory(first_enqueued_at=sent_at, producer_attributes=texts)


class _FailureHistory(WireModel):
    """What is read again of a dead letter's biography."""

    first_enqueued_at: str
    attempts: tuple[Attempt, ...] = ()
    redriven: Count = 0
    producer_attributes: dict[str, str] = Field(default_factory=dict)


def _redriven(attributes: Mapping[str, str], sent_at: str) -> MessageHistory:
    """The history of a dead letter that was sent back, by this system's redrive or by SQS's own.

    Raises:
        ValueError: what stands in its biography is none.
    """
    story = attributes.get(BIOGRAPHY_ATTRIBUTE)
    if story is None:  # there was no room for it
        return MessageHistory(first_enqueued_at=sent_at, redriven=1)
    told = _FailureHistory.model_validate_json(story, by_alias=True, by_name=False)
    return MessageHistory(
        first_enqueued_at=told.first_enqueued_at,
        redriven=told.redriven + 1,
        earlier=told.attempts,
        producer_attributes=told.producer_attributes,
    )


def _read(text: str) -> MessageHistory:
    """A history that came in an attribute: whoever may send to the queue may have written it.

    Raises:
        ValueError: it is none.
    """
    history: MessageHistory = _reader().validate_json(text, strict=True)
    if history.deferrals < 0 or (history.not_before and not datetime.fromisoformat(history.not_before).tzinfo):
        raise ValueError("not as it is written here")
    return history


@cache
def _reader() -> TypeAdapter[MessageHistory]:
    """Made by the first message that comes back."""
    return TypeAdapter(MessageHistory)


def _text(attribute: Mapping[str, Any]) -> str:
    """A binary value comes base64-encoded in Lambda's event, and stays so."""
    return str(attribute.get("stringValue") or attribute.get("binaryValue") or "")
