"""The conservation check: nothing that was accepted is lost, and no job did its side effect twice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ops.local.letters import Letter
from ops.local.outcomes import OutcomeLine
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.reasons import Outcome


class Breach(StrEnum):
    """How an id can break the promise."""

    LOST = "no function has said a word of it, and it lies in no queue"
    UNFINISHED = "it has no final outcome"
    DOUBLED = "its side effect was done more than once"
    WITHOUT_EFFECT = "it is said to have succeeded, and its side effect is nowhere to be seen"
    UNACCOUNTED = "its side effect was done, and no job says so"


@dataclass(frozen=True, slots=True)
class Finding:
    """One id that breaks the promise."""

    id: str
    breach: Breach
    detail: str = ""

    def sentence(self) -> str:
        """For people."""
        return f"{self.id}: {self.breach}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Balance:
    """The result of a check."""

    final: frozenset[str]
    """The ids that are accounted for."""

    expected: frozenset[str]
    """The ids that must be: what was accepted, and the follow-ups that its reactions name."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether the promise was kept."""
        return not self.findings


def check(
    accepted: Collection[str],
    lines: Sequence[OutcomeLine],
    letters: Iterable[Letter],
    side_effects: Mapping[str, int],
) -> Balance:
    """Balance what was accepted against what became of it, by id.

    Args:
        accepted: message ids; SQS message ids of those that have none.
        lines: the outcome lines of all functions.
        letters: what lies in unrouted, undeliverable and the dead-letter queues.
        side_effects: how often each job's side effect was seen from outside, by the job's id.
    """
    expected = frozenset(accepted) | {follow_up for line in lines for follow_up in line.follow_ups}
    at_rest = {key for letter in letters for key in (letter.id, letter.sqs_message_id)}
    concluded = {key for line in lines if line.outcome.final for key in (line.id, line.sqs_message_id)}
    final = expected & (at_rest | concluded)
    open_ids = (_open(key, lines) for key in sorted(expected - final))
    return Balance(final, expected, (*open_ids, *_side_effects(lines, side_effects)))


def _open(key: str, lines: Iterable[OutcomeLine]) -> Finding:
    said = [f"{line.outcome} by {line.service}" for line in lines if key in {line.id, line.sqs_message_id}]
    return Finding(key, Breach.UNFINISHED, f"only {', '.join(said)}") if said else Finding(key, Breach.LOST)


def _side_effects(lines: Iterable[OutcomeLine], seen: Mapping[str, int]) -> Iterable[Finding]:
    claimed = Counter(line.id for line in lines if line.outcome is Outcome.SUCCEEDED and _is_job(line.service))
    for key in sorted(claimed.keys() | seen.keys()):
        if claimed[key] > 1 or seen.get(key, 0) > 1:
            yield Finding(
                key, Breach.DOUBLED, f"{claimed[key]} times by its log, {seen.get(key, 0)} times as seen from outside"
            )
        elif not seen.get(key):
            yield Finding(key, Breach.WITHOUT_EFFECT)
        elif not claimed[key]:
            yield Finding(key, Breach.UNACCOUNTED)


def _is_job(service: str) -> bool:
    return service in BY_NAME and BY_NAME[service].kind is Kind.JOB
