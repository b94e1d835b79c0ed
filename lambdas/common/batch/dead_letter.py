"""A dead letter: the message as it came, and its biography beside it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from traceback import walk_tb
from types import FrameType

from pydantic.alias_generators import to_camel

from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.history import Attempt
from lambdas.common.batch.retry import DeadLetterDecision
from lambdas.common.budget import Context
from lambdas.common.clients.outbox import MAX_BYTES, QueueEntry
from lambdas.common.times import timestamp
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.reasons import Reason

_OWN_CODE = ("lambdas.", "schemas.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureHistory:
    """What a person wants to know of a dead letter. No value of its payload is in it."""

    type: str
    """The message's, or the function's where it could not be read."""

    reason: Reason
    fingerprint: str
    """The same for all letters that died of the same cause."""

    error_class: str
    message: str
    """In words, redacted."""

    frame: str
    """The innermost of our own code, as `module:function`."""

    first_enqueued_at: str
    dead_lettered_at: str
    function: str
    function_version: str
    request_id: str
    id: str = ""
    company_id: str = ""
    correlation_id: str = ""
    attempts: tuple[Attempt, ...] = ()
    deferrals: int = 0
    redriven: int = 0
    """Times that it had lain here before and was sent back."""

    producer_attributes: dict[str, str] | None = None

    def to_json(self) -> str:
        """ASCII, camelCase, without what is not known."""
        return json.dumps(_camel(asdict(self)), separators=(",", ":"))


def failure_history_of(
    delivery: Delivery, dead: DeadLetterDecision, service: str, context: Context, *, now: datetime
) -> FailureHistory:
    """What there is to tell of a delivery's life and its end.

    Args:
        delivery: the last of its message.
        dead: why it is the last.
        service: whose function gave it up.
        context: of the invocation.
        now: the time.
    """
    failure = delivery.failure or Failure(dead.reason, "")
    known, history = delivery.known, delivery.history
    type_name = known.type or service
    return FailureHistory(
        type=type_name,
        id=known.id,
        company_id=known.company_id,
        correlation_id=known.correlation_id,
        reason=dead.reason,
        fingerprint=fingerprint(type_name, dead.reason, failure.error, failure.frame),
        error_class=failure.error,
        message=failure.text,
        frame=failure.frame,
        first_enqueued_at=history.first_enqueued_at,
        dead_lettered_at=timestamp(now),
        function=context.function_name,
        function_version=context.function_version,
        request_id=context.aws_request_id,
        attempts=history.all_attempts,
        deferrals=history.deferrals,
        redriven=history.redriven,
        producer_attributes=dict(history.producer_attributes),
    )


def fingerprint(type_name: str, reason: Reason, error_class: str, frame: str) -> str:
    """One short name for all failures of one cause: nothing in it differs from message to message."""
    return hashlib.sha256(f"{type_name}\n{reason}\n{error_class}\n{frame}".encode()).hexdigest()[:12]


def innermost_own_frame(error: BaseException) -> str:
    """Where in our own code an exception arose, as `module:function`: no line, so that a deploy does not change it."""
    own = [name for frame, _ in walk_tb(error.__traceback__) if (name := _name(frame)).startswith(_OWN_CODE)]
    return own[-1] if own else ""


def entry(body: str, group: str | None, biography: FailureHistory) -> QueueEntry:
    """The dead letter as SQS takes it. Where the body leaves too little room, the biography is cut, never the body."""
    for attributes in _from_whole_to_nothing(biography):
        letter = QueueEntry(body, group=group, attributes=attributes)
        if letter.size <= MAX_BYTES:
            return letter
    return QueueEntry(body, group=group)


def _from_whole_to_nothing(biography: FailureHistory) -> Iterator[dict[str, str]]:
    brief = {REASON_ATTRIBUTE: str(biography.reason), FINGERPRINT_ATTRIBUTE: biography.fingerprint}
    yield brief | {BIOGRAPHY_ATTRIBUTE: biography.to_json()}
    yield brief | {BIOGRAPHY_ATTRIBUTE: replace(biography, producer_attributes=None).to_json()}
    yield brief | {BIOGRAPHY_ATTRIBUTE: replace(biography, producer_attributes=None, attempts=()).to_json()}
    yield brief


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"


def _camel(value: object) -> object:
    """Producers' own attribute names stay as they are: they are values here."""
    if isinstance(value, dict):
        return {
            to_camel(key): inner if key == "producer_attributes" else _camel(inner)
            for key, inner in value.items()
            if inner not in ("", None, {}, ())
        }
    return [_camel(inner) for inner in value] if isinstance(value, tuple) else value
