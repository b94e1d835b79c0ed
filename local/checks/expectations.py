"""Compare the outcomes and schedules of a run with those that its messages must lead to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from local.traffic.publication import ExpectedSchedule, Publication
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from ops.stage.services import UNROUTED
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.event_type import Kind, Needs
from schemas.reasons import Outcome

OutcomeCounts = Counter[tuple[str, str]]
"""How often each function, by name, had each outcome; and the number of unrouted messages."""

_CALL_THE_CRM = {each.name for each in CATALOGUE if Needs.CRM in each.needs}
"""A failure of the CRM is an attempt only if the CRM answers other messages at that time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A count that is not as expected."""

    function: str
    outcome: str
    expected: int
    found: int

    def sentence(self) -> str:
        """The difference for the report."""
        return f"{self.function}: {self.found} {self.outcome}, expected {self.expected}"


def expected_outcomes(publications: Iterable[Publication]) -> OutcomeCounts:
    """The counts that these messages must lead to."""
    return Counter(outcome for item in publications for outcome in item.outcomes + item.reports)


def found_outcomes(lines: Iterable[LogLine], unrouted: int) -> OutcomeCounts:
    """The counts in the log lines."""
    counts: OutcomeCounts = Counter((line.service, str(line.what)) for line in lines)
    return counts + Counter({(UNROUTED, UNROUTED): unrouted})


def expected_schedules(publications: Iterable[Publication]) -> Counter[ExpectedSchedule]:
    """The schedules that must be pending after these messages."""
    return Counter(each for item in publications for each in item.schedules)


def found_schedules(schedules: Iterable[PendingSchedule]) -> Counter[ExpectedSchedule]:
    """The pending schedules in the form of expected ones."""
    return Counter(ExpectedSchedule(each.key, each.due, each.claims.type) for each in schedules if each.due)


def redelivered(lines: Iterable[LogLine]) -> int:
    """The number of deliveries that were not the first of their SQS message. SQS delivers at least once."""
    return sum((line.receive_count or 1) > 1 for line in lines)


def outcome_differences(expected: OutcomeCounts, found: OutcomeCounts, *, redelivered: int = 0) -> list[Difference]:
    """The outcome counts that are not as expected.

    Args:
        expected: the expected counts.
        found: the counts in the logs.
        redelivered: the number of repeated deliveries. If there are any, a count may be higher than expected, except
            the successes of a job. For each of them one `retrying` may be missing: a function that ran out of time
            after the copy was sent, or in whose place SQS made the next attempt, did not log it. No other may be.
    """
    return [
        Difference(*key, expected[key], found[key])
        for key in sorted(expected.keys() | found.keys())
        if expected[key] != found[key]
        and not _is_unpredictable(*key)
        and not (redelivered and found[key] > expected[key] and _may_be_repeated(*key))
        and not (key[1] == Outcome.RETRYING and 0 < expected[key] - found[key] <= redelivered)
    ]


def _is_unpredictable(function: str, outcome: str) -> bool:
    """Whether a count depends on the machine's load, or on what else happens at the time."""
    return outcome == Outcome.DEFERRED or (outcome == Outcome.RETRYING and function in _CALL_THE_CRM)


def _may_be_repeated(function: str, outcome: str) -> bool:
    is_job = function in BY_NAME and BY_NAME[function].kind is Kind.JOB
    return not (is_job and outcome == Outcome.SUCCEEDED)


def schedule_differences(expected: Counter[ExpectedSchedule], found: Counter[ExpectedSchedule]) -> list[Difference]:
    """The schedules that are not as expected; a schedule that is expected without a time may have any time."""
    any_time = {each.key for each in expected if each.at is None}
    pending: Counter[ExpectedSchedule] = Counter()
    for each, times in found.items():
        pending[replace(each, at=None) if each.key in any_time else each] += times
    return [
        Difference(each.type, _scheduled(each), expected[each], pending[each])
        for each in sorted(expected.keys() | pending.keys(), key=lambda each: (each.type, each.key, str(each.at)))
        if expected[each] != pending[each]
    ]


def _scheduled(each: ExpectedSchedule) -> str:
    return f"scheduled as {each.key} at {each.at:%Y-%m-%d %H:%M:%S}" if each.at else f"scheduled as {each.key}"


def final_outcomes(counts: OutcomeCounts) -> OutcomeCounts:
    """The final outcomes alone, unrouted messages included."""
    return Counter({key: times for key, times in counts.items() if key[1] == UNROUTED or Outcome(key[1]).final})
