"""What must become of what was published, summed up from what each message foretells, and what became of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from local.traffic.publication import Due, Publication
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from ops.stage.services import UNROUTED
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.reasons import Outcome

Tally = Counter[tuple[str, str]]
"""How often each function, by its name, had each outcome; and how many messages lie unrouted."""

_NOT_FORETOLD = {Outcome.DEFERRED}
"""A full house may defer; nobody can say how often."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not what it must be."""

    function: str
    outcome: str
    expected: int
    found: int

    def sentence(self) -> str:
        """For people."""
        return f"{self.function}: {self.found} {self.outcome}, expected {self.expected}"


def expected(publications: Iterable[Publication]) -> Tally:
    """The tally that these messages must lead to."""
    return Counter(ending for item in publications for ending in item.endings)


def found(lines: Iterable[LogLine], unrouted: int) -> Tally:
    """The tally as it is."""
    tally: Tally = Counter((line.service, str(line.what)) for line in lines)
    return tally + Counter({(UNROUTED, UNROUTED): unrouted})


def due(publications: Iterable[Publication]) -> Counter[Due]:
    """The schedules that these messages must leave standing."""
    return Counter(each for item in publications for each in item.due)


def standing(schedules: Iterable[PendingSchedule]) -> Counter[Due]:
    """The schedules as they stand."""
    return Counter(Due(each.key, each.due, each.claims.type) for each in schedules if each.due)


def redelivered(lines: Iterable[LogLine]) -> int:
    """How many deliveries were not the first of their SQS message. SQS delivers at least once."""
    return sum((line.receive_count or 1) > 1 for line in lines)


def differences(wanted: Tally, is_found: Tally, *, redelivered: int = 0) -> list[Difference]:
    """Where the two are not the same.

    Args:
        wanted: what was foretold.
        is_found: what is.
        redelivered: how many deliveries were repeated. Where any were, whatever comes of them may be there more often
            than it was foretold; only a job must never succeed once more, and nothing may be missing.
    """
    return [
        Difference(*key, wanted[key], is_found[key])
        for key in sorted(wanted.keys() | is_found.keys())
        if wanted[key] != is_found[key]
        and key[1] not in _NOT_FORETOLD
        and not (redelivered and is_found[key] > wanted[key] and _may_be_repeated(*key))
    ]


def _may_be_repeated(function: str, outcome: str) -> bool:
    is_job = function in BY_NAME and BY_NAME[function].kind is Kind.JOB
    return not (is_job and outcome == Outcome.SUCCEEDED)


def misplaced(wanted: Counter[Due], is_found: Counter[Due]) -> list[Difference]:
    """The same of schedules, each a line; of some it is foretold that they stand, not for when."""
    any_time = {each.key for each in wanted if each.at is None}
    stand: Counter[Due] = Counter()
    for each, times in is_found.items():
        stand[replace(each, at=None) if each.key in any_time else each] += times
    return [
        Difference(each.type, _scheduled(each), wanted[each], stand[each])
        for each in sorted(wanted.keys() | stand.keys(), key=lambda each: (each.type, each.key, str(each.at)))
        if wanted[each] != stand[each]
    ]


def _scheduled(each: Due) -> str:
    return f"scheduled as {each.key} at {each.at:%Y-%m-%d %H:%M:%S}" if each.at else f"scheduled as {each.key}"


def ended(tally: Tally) -> int:
    """How many messages came to their end, unrouted ones among them."""
    return sum(count for (_, outcome), count in tally.items() if outcome == UNROUTED or Outcome(outcome).final)
