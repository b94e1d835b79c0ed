"""A dead letter: the message as it came, with its failure history in the attribute `biography`."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from traceback import walk_tb
from types import FrameType

from pydantic.alias_generators import to_camel

from lambdas.common.batch.decision import DeadLetterDecision
from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.history import Attempt
from lambdas.common.budget import Context
from lambdas.common.clients.outbox import MAX_BYTES, QueueEntry
from lambdas.common.times import timestamp
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.reasons import Reason

_OWN_CODE = ("lambdas.", "schemas.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureHistory:
    """The failure history of a dead letter, for operators. It has no value of the payload."""

    type: str
    """The message's type; the function's, where the message could not be read."""

    reason: Reason
    fingerprint: str
    """The same for all dead letters of one cause."""

    error_class: str
    message: str
    """The error's text, redacted."""

    frame: str
    """The innermost frame of our own code, as `module:function`."""

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
    """How often an operator redrove the message before."""

    producer_attributes: dict[str, str] | None = None

    def to_json(self) -> str:
        """Return the attribute's value: ASCII JSON, camelCase, without empty fields."""
        return json.dumps(_camel(asdict(self)), separators=(",", ":"))


def failure_history_of(
    delivery: Delivery, decision: DeadLetterDecision, service: str, context: Context, *, now: datetime
) -> FailureHistory:
    """Collect the failure history of a message that is dead-lettered now.

    Args:
        delivery: the message's last delivery.
        decision: why the message is dead-lettered.
        service: the function's type, or `queue_processor`.
        context: Lambda's context of the invocation.
        now: the time.
    """
    failure = delivery.failure or Failure(decision.reason, "")
    known, history = delivery.known, delivery.history
    type_name = known.type or service
    return FailureHistory(
        type=type_name,
        id=known.id,
        company_id=known.company_id,
        correlation_id=known.correlation_id,
        reason=decision.reason,
        fingerprint=fingerprint(type_name, decision.reason, failure.error, failure.frame),
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
    """Return the short name of a cause. Nothing in it differs between messages of one cause."""
    return hashlib.sha256(f"{type_name}\n{reason}\n{error_class}\n{frame}".encode()).hexdigest()[:12]


def innermost_own_frame(error: BaseException) -> str:
    """Return the innermost frame of our own code, as `module:function`: a line number would change with each deploy."""
    own = [name for frame, _ in walk_tb(error.__traceback__) if (name := _name(frame)).startswith(_OWN_CODE)]
    return own[-1] if own else ""


def entry(body: str, group: str | None, history: FailureHistory) -> QueueEntry:
    """Make the dead letter. Where the body leaves too little room, the failure history is cut, never the body."""
    for attributes in _shorter_and_shorter(history):
        dead_letter = QueueEntry(body, group=group, attributes=attributes)
        if dead_letter.size <= MAX_BYTES:
            return dead_letter
    return QueueEntry(body, group=group)


def _shorter_and_shorter(history: FailureHistory) -> Iterator[dict[str, str]]:
    brief = {REASON_ATTRIBUTE: str(history.reason), FINGERPRINT_ATTRIBUTE: history.fingerprint}
    yield brief | {BIOGRAPHY_ATTRIBUTE: history.to_json()}
    yield brief | {BIOGRAPHY_ATTRIBUTE: replace(history, producer_attributes=None).to_json()}
    yield brief | {BIOGRAPHY_ATTRIBUTE: replace(history, producer_attributes=None, attempts=()).to_json()}
    yield brief


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"


def _camel(value: object) -> object:
    """Rename fields to camelCase and drop empty ones. The names of producers' attributes are values, and stay."""
    if isinstance(value, dict):
        return {
            to_camel(key): inner if key == "producer_attributes" else _camel(inner)
            for key, inner in value.items()
            if inner not in ("", None, {}, ())
        }
    return [_camel(inner) for inner in value] if isinstance(value, tuple) else value
