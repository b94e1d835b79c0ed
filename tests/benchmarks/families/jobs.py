"""A warm idempotent job with DynamoDB's responses made in the same process: its cost, and the growth of its cost.

A process serves jobs for hours, so the cost of the first job means little. Each contestant is measured in a process
that has done a thousand jobs, and in one that has done few.
"""

from collections.abc import Iterable
from contextlib import ExitStack

from tests.benchmarks.bench import Bench
from tests.benchmarks.families.warm import SECONDS, UNIT
from tests.benchmarks.messages import batch
from tests.benchmarks.processes import Timed, Worker
from tests.benchmarks.rounds import interleaved, ratio
from tests.benchmarks.row import Goal, Row

_JOBS_BEFORE = 1_000


def warm_job(bench: Bench) -> Iterable[Row]:
    """One job after a thousand, as a ratio to `json.loads` of its body, and to one of the first jobs."""
    known = bench.contestants
    event = batch("activity.record", 1)
    by = {"ours": known.ours, "natural": known.natural_job}
    with ExitStack() as stack:
        bare = stack.enter_context(Worker(known.bare))
        measures = {"floor": Timed(bare, "floor", "floor", {"event": event}, seconds=SECONDS)}
        for name, contestant in by.items():
            for when, before in (("first", 0), ("worn", _JOBS_BEFORE)):
                subject = {"by": name, "event": event, "jobs_before": before}
                worker = stack.enter_context(Worker(contestant))
                measures[f"{name}, {when}"] = Timed(worker, f"{name}, {when}", "job", subject, seconds=SECONDS)
        rounds = list(interleaved(measures, bench.rounds(11)))
    for row, when, unit, goal in (
        (f"warm_job(after {_JOBS_BEFORE:,})", "floor", UNIT, None),
        ("warm_job(growth)", "first", "of the first jobs", Goal(target=1.1)),
    ):
        against = {name: when if when == "floor" else f"{name}, {when}" for name in by}
        value = ratio(rounds, "ours, worn", against["ours"])
        yield Row(
            name=row,
            value=value.value,
            unit=unit,
            spread=value.spread,
            goal=goal,
            others={"natural": ratio(rounds, "natural, worn", against["natural"]).value},
        )
