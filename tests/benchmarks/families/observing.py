"""The cost of telemetry: an outcome line for each event, and the metrics of their batch."""

from collections.abc import Iterable

from tests.benchmarks.bench import Bench
from tests.benchmarks.families.warm import SECONDS, UNIT
from tests.benchmarks.messages import batch
from tests.benchmarks.processes import Timed, Worker
from tests.benchmarks.rounds import interleaved, ratio
from tests.benchmarks.row import Row


def observe(bench: Bench) -> Iterable[Row]:
    """The lines and metrics of ten successes, as a ratio to `json.loads` of their bodies."""
    subject = {"event": batch("benchmark.booked", 10)}
    with Worker(bench.contestants.ours) as ours:
        measures = {kind: Timed(ours, kind, kind, subject, seconds=SECONDS) for kind in ("floor", "observe")}
        rounds = list(interleaved(measures, bench.rounds(41)))
    value = ratio(rounds, "observe", "floor")
    yield Row(name="observe", value=value.value, unit=UNIT, spread=value.spread)
