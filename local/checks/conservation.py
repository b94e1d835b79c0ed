"""The conservation check: no accepted message is lost, and no job performs its side effect twice."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from local.checks.message_key import MessageKey
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name
from schemas.suppression import EMAIL_SUPPRESSION

_CANCELLED = ""
_SIMULTANEOUS = timedelta(milliseconds=500)
"""Longer than a reaction with its scheduler calls takes here, shorter than the time between two steps of a test."""

_UNANSWERED = ("the CRM did not answer", "the endpoint did not answer")
"""A call that timed out may have been performed; its receiver knows the repeat by its idempotency key."""


_SEEN_BY_NOBODY = {EMAIL_SUPPRESSION.name}
"""Its effect is an item that names no job: `tests/e2e/flow/test_email_outcomes.py` reads the items themselves."""


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


def check(
    accepted: Iterable[MessageKey],
    lines: Sequence[LogLine],
    in_queues: Iterable[MessageKey],
    side_effects: Mapping[MessageKey, int],
    schedules: Iterable[PendingSchedule] = (),
) -> Reconciliation:
    """Account for every accepted message by its type, tenant and id, and for each of those that share all three.

    Args:
        accepted: the key of each accepted message.
        lines: the outcome lines of all functions.
        in_queues: the key of each message in unrouted, undeliverable and the dead-letter queues.
        side_effects: how often each job's side effect was seen from outside, by the job's key.
        schedules: the pending schedules.
    """
    pending = {schedule.name: schedule for schedule in schedules}
    scheduled = ScheduledIds.of(lines, {name: schedule.claims.id for name, schedule in pending.items()})
    published = {follow_up for line in lines for follow_up in line.follow_ups}
    waiting = {schedule.claims.id for schedule in pending.values()} | (scheduled.superseded - published)
    expected = Counter(accepted) | Counter(_follow_ups(published | scheduled.ids, lines, pending.values()))
    ended = _ended(lines, in_queues)
    final = expected & (ended + Counter(key for key in expected if key.id in waiting))
    return Reconciliation(
        final,
        expected,
        (
            *(_missing(key, lines, scheduled, final[key], expected[key]) for key in sorted(expected - final)),
            *_side_effects(lines, side_effects),
            *_schedules(scheduled, pending),
        ),
    )


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


def _follow_ups(
    ids: Iterable[str], lines: Iterable[LogLine], pending: Iterable[PendingSchedule]
) -> Iterator[MessageKey]:
    """The keys of follow-ups. Their ids are derived from all that tells their cause apart, so each has only one key."""
    keys = {each.claims.id: MessageKey.of_body(each.body, "") for each in pending}
    keys |= {line.id: MessageKey.of_line(line) for line in sorted(lines, key=lambda line: bool(line.causation_id))}
    return (keys.get(id_, MessageKey("", "", id_)) for id_ in ids)


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
            pending: the ids of the pending messages by their schedules' names.
        """
        changes: dict[str, list[tuple[datetime, str]]] = {}
        for line in sorted(lines, key=lambda line: line.at):
            logged = [(key, _CANCELLED) for key in line.unscheduled]
            logged += [(each.key, each.id) for each in line.scheduled]
            for key, id_ in logged:
                changes.setdefault(key, []).append((line.at, id_))
        last = {key: _last(of_key, pending.get(schedule_name(key), _CANCELLED)) for key, of_key in changes.items()}
        latest = {key: id_ for key, id_ in last.items() if id_ != _CANCELLED}
        ids = {id_ for of_key in changes.values() for _, id_ in of_key if id_ != _CANCELLED}
        return cls(latest, frozenset(ids - set(latest.values())))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all messages that were ever scheduled."""
        return self.superseded | set(self.latest.values())


def _last(changes: Sequence[tuple[datetime, str]], pending: str) -> str:
    """The last of a key's changes; of simultaneous ones the pending message, if it is among them."""
    last_at, last = changes[-1]
    simultaneous = {id_ for at, id_ in changes if last_at - at <= _SIMULTANEOUS}
    return pending if pending in simultaneous else last


def _missing(key: MessageKey, lines: Iterable[LogLine], scheduled: ScheduledIds, final: int, expected: int) -> Finding:
    logged = [f"{line.what} by {line.service}" for line in lines if MessageKey.of_line(line) == key]
    if final:
        return Finding(key, Violation.UNFINISHED, f"{final} of {expected} with this key: {', '.join(logged)}")
    if logged:
        return Finding(key, Violation.UNFINISHED, f"only {', '.join(logged)}")
    keys = [schedule_key for schedule_key, id_ in scheduled.latest.items() if id_ == key.id]
    return Finding(key, Violation.UNSCHEDULED, keys[0]) if keys else Finding(key, Violation.LOST)


def _schedules(scheduled: ScheduledIds, pending: Mapping[str, PendingSchedule]) -> Iterable[Finding]:
    latest = {schedule_name(key): id_ for key, id_ in scheduled.latest.items()}
    for name, schedule in sorted(pending.items()):
        key = MessageKey.of_body(schedule.body, "")
        if latest.get(name) != key.id:
            yield Finding(key, Violation.STRAY, name)
        elif schedule.due != (expected := _timestamp(schedule)):
            yield Finding(key, Violation.MISTIMED, f"{schedule.due} instead of {expected}")


def _timestamp(schedule: PendingSchedule) -> datetime:
    """The timestamp of the scheduled message, in whole seconds as schedules have them."""
    timestamp = json.loads(schedule.body)["timestamp"]
    return datetime.fromisoformat(timestamp).astimezone(UTC).replace(microsecond=0)


def _side_effects(lines: Iterable[LogLine], seen: Mapping[MessageKey, int]) -> Iterable[Finding]:
    jobs = [line for line in lines if _is_job(line.service)]
    succeeded = Counter(MessageKey.of_line(line) for line in jobs if line.what is Outcome.SUCCEEDED)
    # A duplicate proves an earlier success. That success need not be logged: its process may have crashed before.
    duplicated = {MessageKey.of_line(line) for line in jobs if line.what is Outcome.DUPLICATE}
    unanswered = Counter(MessageKey.of_line(line) for line in jobs if line.detail.startswith(_UNANSWERED))
    logged = succeeded.keys() | duplicated
    for key in sorted(logged | seen.keys()):
        if succeeded[key] > 1 or seen.get(key, 0) > 1 + unanswered[key]:
            yield Finding(
                key,
                Violation.DOUBLED,
                f"{succeeded[key]} times by its log, {seen.get(key, 0)} times as seen from outside",
            )
        elif not seen.get(key) and key.type not in _SEEN_BY_NOBODY:
            yield Finding(key, Violation.WITHOUT_EFFECT)
        elif key not in logged:
            yield Finding(key, Violation.UNACCOUNTED)


def _is_job(service: str) -> bool:
    return service in BY_NAME and BY_NAME[service].kind is Kind.JOB
