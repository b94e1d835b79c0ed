"""The conservation check: nothing that was accepted is lost, and no job did its side effect twice."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ops.dead_letters.dead_letter import DeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name

_CALLED_OFF = ""
_AT_ONE_TIME = timedelta(milliseconds=500)
"""Longer than a reaction with its calls to the scheduler takes here, and shorter than what the tests do in between."""


class Violation(StrEnum):
    """How an id can break the promise."""

    LOST = "no function has said a word of it, and it lies in no queue"
    UNFINISHED = "it has no final outcome"
    DOUBLED = "its side effect was done more than once"
    WITHOUT_EFFECT = "it is said to have been done, and its side effect is nowhere to be seen"
    UNACCOUNTED = "its side effect was done, and no job says so"
    UNSCHEDULED = "it was scheduled, no such schedule stands, and it has not come in"
    MISTIMED = "its schedule stands at another time than the message is due"
    STRAY = "a schedule of it stands that no function speaks of, or speaks of last"


@dataclass(frozen=True, slots=True)
class Finding:
    """One id that breaks the promise."""

    id: str
    breach: Violation
    detail: str = ""

    def sentence(self) -> str:
        """For people."""
        return f"{self.id}: {self.breach}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of a check."""

    final: frozenset[str]
    """The ids that are accounted for; what stands as a schedule is."""

    expected: frozenset[str]
    """The ids that must be: what was accepted, and what its reactions say that they put on the bus or scheduled."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether the promise was kept."""
        return not self.findings


def check(
    accepted: Collection[str],
    lines: Sequence[LogLine],
    letters: Iterable[DeadLetter],
    side_effects: Mapping[str, int],
    schedules: Iterable[PendingSchedule] = (),
) -> Reconciliation:
    """Balance what was accepted against what became of it, by id.

    Args:
        accepted: message ids; SQS message ids of those that have none.
        lines: the outcome lines of all functions.
        letters: what lies in unrouted, undeliverable and the dead-letter queues.
        side_effects: how often each job's side effect was seen from outside, by the job's id.
        schedules: what stands to be sent later.
    """
    standing = {schedule.name: schedule for schedule in schedules}
    promises = Promises.of(lines, {name: schedule.claims.id for name, schedule in standing.items()})
    at_rest = {key for letter in letters for key in (letter.id, letter.sqs_message_id)}
    concluded = {key for line in lines if line.final for key in (line.id, line.sqs_message_id)}
    on_the_bus = {follow_up for line in lines for follow_up in line.follow_ups}
    waiting = {schedule.claims.id for schedule in standing.values()} | (promises.called_off - on_the_bus)
    expected = frozenset(accepted) | on_the_bus | promises.ids
    final = expected & (at_rest | concluded | waiting)
    missing = sorted(expected - final)
    return Reconciliation(
        final,
        expected,
        (
            *(_open(key, lines, promises) for key in missing),
            *_side_effects(lines, side_effects),
            *_schedules(promises, standing),
        ),
    )


@dataclass(frozen=True, slots=True)
class Promises:
    """What the reactions say that they scheduled."""

    last: Mapping[str, str]
    """By key: the id that stands there, or has been sent, by the last word on it."""

    called_off: frozenset[str]
    """Ids that were scheduled and then gave way to others, or were called off."""

    @classmethod
    def of(cls, lines: Iterable[LogLine], standing: Mapping[str, str]) -> "Promises":
        """Read the lines in the order in which they were written.

        Two functions that work at one time may write their lines in another order than the scheduler took their calls
        in. So where more than one of the last words on a key is from one time, the one that stands was the last.

        Args:
            lines: the outcome lines.
            standing: the ids of what stands, by the schedules' names.
        """
        words: dict[str, list[tuple[datetime, str]]] = {}
        for line in sorted(lines, key=lambda line: line.at):
            said = [(key, _CALLED_OFF) for key in line.unscheduled]
            said += [(each.key, each.id) for each in line.scheduled]
            for key, word in said:
                words.setdefault(key, []).append((line.at, word))
        last = {key: _last(of_it, standing.get(schedule_name(key), _CALLED_OFF)) for key, of_it in words.items()}
        kept = {key: word for key, word in last.items() if word != _CALLED_OFF}
        ids = {word for of_it in words.values() for _, word in of_it if word != _CALLED_OFF}
        return cls(kept, frozenset(ids - set(kept.values())))

    @property
    def ids(self) -> frozenset[str]:
        """All that were ever scheduled."""
        return self.called_off | set(self.last.values())


def _last(words: Sequence[tuple[datetime, str]], standing: str) -> str:
    """What is true of a key by the words on it, the last of them last."""
    until, word = words[-1]
    lately = {said for at, said in words if until - at <= _AT_ONE_TIME}
    return standing if standing in lately else word


def _open(key: str, lines: Iterable[LogLine], promises: Promises) -> Finding:
    said = [f"{line.what} by {line.service}" for line in lines if key in {line.id, line.sqs_message_id}]
    if said:
        return Finding(key, Violation.UNFINISHED, f"only {', '.join(said)}")
    keys = [schedule_key for schedule_key, id_ in promises.last.items() if id_ == key]
    return Finding(key, Violation.UNSCHEDULED, keys[0]) if keys else Finding(key, Violation.LOST)


def _schedules(promises: Promises, standing: Mapping[str, PendingSchedule]) -> Iterable[Finding]:
    last = {schedule_name(key): id_ for key, id_ in promises.last.items()}
    for name, schedule in sorted(standing.items()):
        if last.get(name) != schedule.claims.id:
            yield Finding(schedule.claims.id, Violation.STRAY, name)
        elif schedule.due != (wanted := _timestamp(schedule)):
            yield Finding(schedule.claims.id, Violation.MISTIMED, f"{schedule.due} instead of {wanted}")


def _timestamp(schedule: PendingSchedule) -> datetime:
    """When the message itself says that it is due, in whole seconds, as schedules are."""
    timestamp = json.loads(schedule.body)["timestamp"]
    return datetime.fromisoformat(timestamp).astimezone(UTC).replace(microsecond=0)


def _side_effects(lines: Iterable[LogLine], seen: Mapping[str, int]) -> Iterable[Finding]:
    jobs = [line for line in lines if _is_job(line.service)]
    claimed = Counter(line.id for line in jobs if line.what is Outcome.SUCCEEDED)
    # A duplicate says that it was done before, by whoever; that there is a line of who did it is not needed: it may
    # have died before it could write one.
    done_before = {line.id for line in jobs if line.what is Outcome.DUPLICATE}
    said = claimed.keys() | done_before
    for key in sorted(said | seen.keys()):
        if claimed[key] > 1 or seen.get(key, 0) > 1:
            yield Finding(
                key,
                Violation.DOUBLED,
                f"{claimed[key]} times by its log, {seen.get(key, 0)} times as seen from outside",
            )
        elif not seen.get(key):
            yield Finding(key, Violation.WITHOUT_EFFECT)
        elif key not in said:
            yield Finding(key, Violation.UNACCOUNTED)


def _is_job(service: str) -> bool:
    return service in BY_NAME and BY_NAME[service].kind is Kind.JOB
