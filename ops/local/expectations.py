"""What must become of what was published, by the catalogue's rules: counted, never typed in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.local.doors import Accepted
from ops.local.letters import UNROUTED
from ops.local.outcomes import OutcomeLine
from ops.local.traffic import Door, Fate
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome

INGRESS = "queue_processor"

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


def expected(accepted: Iterable[Accepted]) -> Tally:
    """The tally that these messages must lead to."""
    tally: Tally = Counter()
    for item in accepted:
        tally.update(_of_one(item.publication.door, item.publication.fate))
    return tally


def found(lines: Iterable[OutcomeLine], unrouted: int) -> Tally:
    """The tally as it is."""
    tally: Tally = Counter((line.service, str(line.outcome)) for line in lines)
    return tally + Counter({(UNROUTED, UNROUTED): unrouted})


def differences(wanted: Tally, is_found: Tally) -> list[Difference]:
    """Where the two are not the same."""
    return [
        Difference(*key, wanted[key], is_found[key])
        for key in sorted(wanted.keys() | is_found.keys())
        if wanted[key] != is_found[key] and key[1] not in _NOT_FORETOLD
    ]


def final_ids(wanted: Tally) -> int:
    """How many ids will be final."""
    return sum(count for (_, outcome), count in wanted.items() if outcome == UNROUTED or Outcome(outcome).final)


def _of_one(door: Door, fate: Fate) -> Sequence[tuple[str, str]]:
    way = [(INGRESS, str(Outcome.ROUTED))] if door is Door.QUEUE else []
    if fate.is_valid:
        return [
            *way,
            (BOOKING_CREATED.name, str(Outcome.SUCCEEDED)),
            (EMAIL_SEND.name, str(Outcome.SUCCEEDED)),
            *((ACTIVITY_RECORD.name, str(outcome)) for outcome in _activity(fate)),
        ]
    if door is Door.QUEUE:
        return [(INGRESS, str(Outcome.DEAD_LETTERED))]
    if fate is Fate.UNKNOWN_TYPE:
        return [(UNROUTED, UNROUTED)]
    return [(BOOKING_CREATED.name, str(Outcome.DEAD_LETTERED))]


def _activity(fate: Fate) -> Sequence[Outcome]:
    match fate:
        case Fate.CRM_FAILS_ONCE:
            return [Outcome.RETRYING, Outcome.SUCCEEDED]
        case Fate.CRM_REFUSES:
            return [Outcome.DEAD_LETTERED]
        case _:
            return [Outcome.SUCCEEDED]
