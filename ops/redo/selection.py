"""Choose the messages to redo from log lines: by id, or by type, time, tenant, cause and outcome."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.dead_letters.search import FoundDeadLetter
from ops.stage.log_lines import LogLine
from schemas.catalogue import SYSTEM_TYPES
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome
from schemas.ses import SES_EVENT

ON_ITS_WAY = "it is still on its way: wait until it has ended"


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """Which messages to choose; a message must meet all that are set."""

    ids: frozenset[str] = frozenset()
    """Message ids or SQS message ids; empty for no choice by id."""

    types: frozenset[str] = frozenset()
    """Empty for all, if there are ids."""

    since: datetime | None = None
    until: datetime | None = None
    """Exclusive. Both are about the time of the final outcome, and count only without ids."""

    tenant: str = ""
    cause: str = ""
    """A fingerprint of which an attempt of the message failed."""

    outcomes: frozenset[Outcome] = frozenset({Outcome.SUCCEEDED})
    """Final outcomes of messages that are chosen by type; a message that is chosen by id may have any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedMessage:
    """A message that the system does nothing more with by itself, as the logs show it."""

    id: str
    type: str
    company_id: str
    outcome: Outcome
    service: str
    """The function of its final outcome: its type, or the ingress for one that the ingress refused."""

    first_at: datetime
    """The time of its first log line."""

    last_at: datetime
    correlation_id: str = ""
    sqs_message_id: str = ""

    @property
    def key(self) -> str:
        """The message's id, or its SQS message id if the body has none."""
        return self.id or self.sqs_message_id

    @property
    def is_dead(self) -> bool:
        """Whether it is in a dead-letter queue, unless an operator has taken it out."""
        return self.outcome is Outcome.DEAD_LETTERED


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen messages, in order of time, and why others that were asked for are left out."""

    messages: tuple[EndedMessage, ...]
    left_out: Mapping[str, str]
    """Sentences by message id."""


def select(lines: Iterable[LogLine], criteria: Criteria) -> Selection:
    """Choose messages by the log lines about them."""
    chosen: list[EndedMessage] = []
    left_out: dict[str, str] = {}
    for about in _by_message(lines):
        if not _is_asked_for(about, criteria):
            continue
        ended = _ended(about)
        if ended is None:
            if criteria.ids:
                left_out[about[0].key] = ON_ITS_WAY
        elif matches(ended, criteria):
            if why := _unfit(ended):
                left_out[ended.key] = why
            else:
                chosen.append(ended)
    return Selection(tuple(sorted(chosen, key=lambda each: (each.last_at, each.id))), left_out)


def _by_message(lines: Iterable[LogLine]) -> Iterable[Sequence[LogLine]]:
    """The lines of each message in order of time; messages of several types or tenants may share an id."""
    of_message: dict[tuple[str, str, str], list[LogLine]] = {}
    actions: dict[str, list[LogLine]] = {}
    for line in sorted(set(lines), key=lambda line: line.at):
        if isinstance(line.what, Outcome):
            of_message.setdefault((line.key, line.type or line.service, line.company_id), []).append(line)
        elif line.what in _TAKEN_OUT:
            actions.setdefault(line.key, []).append(line)
    for (key, *_), about in of_message.items():
        yield sorted([*about, *actions.get(key, ())], key=lambda line: line.at)


_TAKEN_OUT = {OperatorAction.REDRIVEN, OperatorAction.DISCARDED, OperatorAction.REDONE}
"""Actions that take a message out of its dead-letter queue."""


def _is_asked_for(about: Sequence[LogLine], criteria: Criteria) -> bool:
    if criteria.ids:
        return any(criteria.ids & {line.id, line.sqs_message_id} for line in about)
    return not criteria.cause or any(line.fingerprint == criteria.cause for line in about)


def _ended(about: Sequence[LogLine]) -> EndedMessage | None:
    """The message, if it has ended; a later duplicate of it changes nothing."""
    outcomes = [line for line in about if line.what is not Outcome.ROUTED]
    decisive = [line for line in outcomes if line.what is not Outcome.DUPLICATE] or outcomes
    delivered = [line for line in decisive if isinstance(line.what, Outcome)]
    if not delivered or not delivered[-1].final or decisive[-1].what is OperatorAction.REDRIVEN:
        return None
    last = delivered[-1]
    return EndedMessage(
        id=last.id,
        type=last.type or last.service,
        company_id=last.company_id,
        outcome=Outcome(last.what),
        service=last.service,
        first_at=about[0].at,
        last_at=last.at,
        correlation_id=last.correlation_id,
        sqs_message_id=last.sqs_message_id,
    )


def ended_dead_letter(found: FoundDeadLetter) -> EndedMessage:
    """Return a dead letter as a message that has ended, whatever the logs say of it."""
    dead_letter = found.dead_letter
    at = dead_letter.dead_lettered_at or datetime.min.replace(tzinfo=UTC)
    return EndedMessage(
        id=dead_letter.id,
        type=dead_letter.type or found.service,
        company_id=dead_letter.company_id,
        outcome=Outcome.DEAD_LETTERED,
        service=found.service,
        first_at=at,
        last_at=at,
        correlation_id=dead_letter.claims.correlation_id,
        sqs_message_id=dead_letter.sqs_message_id,
    )


def matches(ended: EndedMessage, criteria: Criteria) -> bool:
    """Whether a message meets the criteria, but for its id and cause."""
    if (criteria.types and ended.type not in criteria.types) or criteria.tenant not in {"", ended.company_id}:
        return False
    return bool(criteria.ids) or (
        ended.outcome in criteria.outcomes
        and (criteria.since is None or criteria.since <= ended.last_at)
        and (criteria.until is None or ended.last_at < criteria.until)
    )


def _unfit(ended: EndedMessage) -> str:
    """Why a message cannot be redone; empty if it can."""
    if ended.type in SYSTEM_TYPES:
        return f"{ended.type} is the system's own"
    if ended.type == SES_EVENT.name and not ended.is_dead:
        return "SES's reports do not pass the stage's bus, so its archive has none: ask SES's console about the mail"
    if ended.service == QUEUE_PROCESSOR and not ended.is_dead:
        return "no function has had it yet"
    return ""
