"""The pure core of the conservation check: each accepted message has an end, and no job succeeds twice.

`local/checks/conservation.py` adds the side effects that its stand-ins saw, `ops/conserve/conserve.py` the queues of a
deployed stage.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ops.conserve.message_key import MessageKey
from ops.stage.log_lines import LogLine
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name

_CANCELLED = ""
_SIMULTANEOUS = timedelta(milliseconds=500)
"""Longer than a reaction with its scheduler calls takes here, shorter than the time between two steps of a test."""


class Violation(StrEnum):
    """A way in which a message can break the delivery guarantee."""

    LOST = "no function logged it, and no queue has it"
    UNFINISHED = "it has no final outcome"
    DOUBLED = "its side effect was performed more than once"
    WITHOUT_EFFECT = "its job succeeded, but its side effect was not seen"
    UNACCOUNTED = "its side effect was seen, but no job logged it"
    UNSCHEDULED = "it was scheduled, its schedule is gone, and it was not delivered"
    MISTIMED = "its schedule has another time than the message"
    STRAY = "its schedule is pending, but no function logged it or its key was rescheduled or cancelled later"


@dataclass(frozen=True, slots=True)
class Finding:
    """A message that breaks the delivery guarantee."""

    key: MessageKey
    violation: Violation
    detail: str = ""

    @property
    def id(self) -> str:
        """The message's id."""
        return self.key.id

    def sentence(self) -> str:
        """The finding for the report."""
        return f"{self.key}: {self.violation}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of a check."""

    final: Counter[MessageKey]
    """The number of messages that are accounted for, by key, pending schedules included."""

    expected: Counter[MessageKey]
    """The number of messages that must be accounted for: the accepted ones, and the follow-ups and schedules that
    reactions logged."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The messages that reactions announced in their log lines."""

    published: frozenset[str] = frozenset()
    """Ids of follow-ups that were put on the bus."""

    scheduled: Mapping[str, str] = field(default_factory=dict)
    """Schedule keys by the ids of all messages that were ever scheduled."""

    waiting: frozenset[str] = frozenset()
    """Ids whose schedules are pending, or were replaced or cancelled."""

    keys: Mapping[str, MessageKey] = field(default_factory=dict)
    """Keys of scheduled messages whose bodies are known, by id."""

    @property
    def ids(self) -> frozenset[str]:
        """All announced ids."""
        return self.published | self.scheduled.keys()


def reconcile(
    accepted: Iterable[MessageKey],
    lines: Sequence[LogLine],
    in_queues: Iterable[MessageKey],
    announced: Announced,
) -> Reconciliation:
    """Account for every accepted message by its type, tenant and id, and for each of those that share all three.

    Args:
        accepted: the key of each accepted message.
        lines: the outcome lines of all functions.
        in_queues: the key of each message in unrouted, undeliverable and the dead-letter queues.
        announced: the messages that the lines announce.
    """
    expected = Counter(accepted) | Counter(_keys(announced.ids, lines, announced.keys))
    final = expected & (_ended(lines, in_queues) + Counter(key for key in expected if key.id in announced.waiting))
    missing = sorted(expected - final)
    logged = _described(lines, missing)
    return Reconciliation(
        final,
        expected,
        tuple(_missing(key, logged[key], announced.scheduled, final[key], expected[key]) for key in missing),
    )


def succeeded(lines: Iterable[LogLine]) -> Counter[MessageKey]:
    """Count the successes of jobs, by key: each is a side effect."""
    return Counter(
        MessageKey.of_line(line) for line in lines if line.what is Outcome.SUCCEEDED and is_job(line.service)
    )


def is_job(service: str) -> bool:
    """Whether a function performs a side effect."""
    return service in BY_NAME and BY_NAME[service].kind is Kind.JOB


def _ended(lines: Iterable[LogLine], in_queues: Iterable[MessageKey]) -> Counter[MessageKey]:
    """The number of messages that ended, by key.

    A message that SQS delivered again counts once. One that is dead-lettered is in a queue, in the log, or in both.
    """
    final = {
        (line.what is Outcome.DEAD_LETTERED, MessageKey.of_line(line), line.sqs_message_id)
        for line in lines
        if line.final
    }
    logged = Counter(key for is_dead_lettered, key, _ in final if is_dead_lettered)
    return Counter(key for is_dead_lettered, key, _ in final if not is_dead_lettered) + (logged | Counter(in_queues))


def _keys(ids: Iterable[str], lines: Iterable[LogLine], known: Mapping[str, MessageKey]) -> Iterator[MessageKey]:
    """The keys of follow-ups. Their ids are derived from all that tells their cause apart, so each has only one key."""
    of_lines = {line.id: MessageKey.of_line(line) for line in sorted(lines, key=lambda line: bool(line.causation_id))}
    keys = {**known, **of_lines}
    return (keys.get(id_, MessageKey("", "", id_)) for id_ in ids)


def _described(lines: Iterable[LogLine], keys: Iterable[MessageKey]) -> Mapping[MessageKey, list[str]]:
    """The lines about some messages in words, by key."""
    logged: dict[MessageKey, list[str]] = {key: [] for key in keys}
    for line in lines if logged else ():
        if (key := MessageKey.of_line(line)) in logged:
            logged[key].append(f"{line.what} by {line.service}")
    return logged


def _missing(
    key: MessageKey, logged: Sequence[str], scheduled: Mapping[str, str], final: int, expected: int
) -> Finding:
    if final:
        return Finding(key, Violation.UNFINISHED, f"{final} of {expected} with this key: {', '.join(logged)}")
    if logged:
        return Finding(key, Violation.UNFINISHED, f"only {', '.join(logged)}")
    schedule_key = scheduled.get(key.id)
    return Finding(key, Violation.UNSCHEDULED, schedule_key) if schedule_key else Finding(key, Violation.LOST)


@dataclass(frozen=True, slots=True)
class ScheduledIds:
    """The ids of the messages that reactions scheduled, according to their log lines."""

    latest: Mapping[str, str]
    """The message scheduled last under each key."""

    superseded: frozenset[str]
    """Ids that were scheduled and later replaced or cancelled."""

    @classmethod
    def of(cls, lines: Iterable[LogLine], pending: Mapping[str, str]) -> "ScheduledIds":
        """Read the log lines in order of time.

        Two functions that run at the same time may log in another order than the scheduler took their calls. So where
        several of the last lines about a key are simultaneous, the pending message counts as the last one.

        Args:
            lines: the outcome lines.
            pending: the ids of the pending messages by their schedules' names; empty ids where they are not known.
        """
        changes: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for line in sorted(lines, key=lambda line: line.at):
            for key in line.unscheduled:
                changes[key].append((line.at, _CANCELLED))
            for each in line.scheduled:
                changes[each.key].append((line.at, each.id))
        last = {key: _last(of_key, pending.get(schedule_name(key), _CANCELLED)) for key, of_key in changes.items()}
        latest = {key: id_ for key, id_ in last.items() if id_ != _CANCELLED}
        ids = {id_ for of_key in changes.values() for _, id_ in of_key if id_ != _CANCELLED}
        return cls(latest, frozenset(ids - set(latest.values())))


def _last(changes: Sequence[tuple[datetime, str]], pending: str) -> str:
    """The last of a key's changes; of simultaneous ones the pending message, if it is among them."""
    last_at, last = changes[-1]
    simultaneous = {id_ for at, id_ in changes if last_at - at <= _SIMULTANEOUS}
    return pending if pending in simultaneous else last
