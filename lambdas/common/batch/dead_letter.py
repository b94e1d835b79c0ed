"""A dead letter: the message as it came, with its failure history in the attribute `biography`."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from traceback import walk_tb
from types import FrameType

from pydantic.alias_generators import to_camel

from lambdas.common.batch.decision import DeadLetterDecision
from lambdas.common.batch.delivery import Delivery, Failure
from lambdas.common.batch.history import Attempt, Wait
from lambdas.common.budget import Context
from lambdas.common.clients.outbox import MAX_BYTES, QueueEntry
from schemas.message import UNKNOWN_SOURCE
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.problems import Refusal
from schemas.reasons import Reason, Remedy
from schemas.wire import timestamp

_INDEX = re.compile(r"\[[0-9]+\]")
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63}(\[\])*)?")
_DEEPEST = 8
"""Names of a place that count: no contract has a field below that many others."""

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
    source: str = ""
    """The source that the message claims, where its sender must act; nothing has checked it."""

    remedy: Remedy | None = None
    """The action that helps, where the raiser of the error named it."""

    company_id: str = ""
    correlation_id: str = ""
    attempts: tuple[Attempt, ...] = ()
    deferrals: int = 0
    waits: tuple[Wait, ...] = ()
    redriven: int = 0
    """How often an operator redrove the message before."""

    producer_attributes: dict[str, str] | None = None

    def to_json(self) -> str:
        """Return the attribute's value: ASCII JSON, camelCase, without empty fields."""
        return json.dumps(_camel(asdict(self)), separators=(",", ":"))


def failure_history_of(  # noqa: PLR0913 all that it consists of
    delivery: Delivery,
    decision: DeadLetterDecision,
    service: str,
    context: Context,
    *,
    version: str,
    now: datetime,
) -> FailureHistory:
    """Collect the failure history of a message that is dead-lettered now.

    Args:
        delivery: the message's last delivery.
        decision: why the message is dead-lettered.
        service: the function's type, or `queue_processor`.
        context: Lambda's context of the invocation.
        version: version of the function's code.
        now: the time.
    """
    failure = delivery.failure or Failure(decision.reason, "")
    known, history = delivery.known, delivery.history
    type_name = known.type or service
    is_senders = delivery.message is None or decision.remedy is Remedy.DISCARD
    source = known.source if is_senders and known.source != UNKNOWN_SOURCE else ""
    return FailureHistory(
        type=type_name,
        id=known.id,
        source=source,
        remedy=decision.remedy,
        company_id=known.company_id,
        correlation_id=known.correlation_id,
        reason=decision.reason,
        fingerprint=fingerprint(
            type_name, decision.reason, failure.error, failure.frame, place=failure.place, source=source
        ),
        error_class=failure.error,
        message=failure.text,
        frame=failure.frame,
        first_enqueued_at=history.first_enqueued_at,
        dead_lettered_at=timestamp(now),
        function=context.function_name,
        function_version=version,
        request_id=context.aws_request_id,
        attempts=history.all_attempts,
        deferrals=history.deferrals,
        waits=history.waits,
        redriven=history.redriven,
        producer_attributes=dict(history.producer_attributes),
    )


def fingerprint(  # noqa: PLR0913 all that tells causes apart
    type_name: str, reason: Reason, error_class: str, frame: str, *, place: str = "", source: str = ""
) -> str:
    """Return the short name of a cause. Nothing in it differs between messages of one cause.

    Args:
        type_name: the message's type; the function's, where the message names none.
        reason: why the message is dead-lettered.
        error_class: the exception's class.
        frame: the innermost frame of our own code.
        place: where a refused message has its first problem.
        source: the source that the message claims, where its sender must act; a cause is one mistake of one sender.
    """
    parts = (type_name, reason, error_class, frame, *((place, source) if place or source else ()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def place_of(refusal: Refusal) -> str:
    """Return the place of a refusal's first problem, as a name that all messages with that mistake share.

    `payload.recipients[17].email` is `payload.recipients[].email`. What looks like no field's name is `*`.
    """
    names = _INDEX.sub("[]", refusal.problems[0].path).split(".")[:_DEEPEST]
    return ".".join(name if _FIELD.fullmatch(name) else "*" for name in names)


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
