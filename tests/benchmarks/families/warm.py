"""A warm function: a whole batch, with validation and an outcome line for each event, without any AWS call.

Each contestant has a process with its path, and is measured in turn. The processor time of one event is compared with
that of `json.loads` of the same body, which every JSON reader in Python needs. The fixed cost of an event matters more
in small messages, so the smallest is measured as well.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from tests.benchmarks.bench import Bench
from tests.benchmarks.messages import batch
from tests.benchmarks.processes import Timed, Worker
from tests.benchmarks.rounds import interleaved, ratio
from tests.benchmarks.row import Goal, Row

UNIT = "json.loads"
SECONDS = 0.04
"""The duration of one measurement of one contestant."""


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    type_name: str = "benchmark.booked"
    size: int = 10
    ours: str = "handler"
    """The subject of our worker."""

    natural: str = "handler"
    """The subject of the natural handler's worker."""
    goal: Goal | None = None


_CASES = (
    _Case("10", goal=Goal(target=4.5, stretch=3.0)),
    _Case("100", size=100),
    _Case("1000", size=1000),
    _Case("10, small", "appointment.created", ours="small", natural="natural_small"),
)


def batches(bench: Bench) -> Iterable[Row]:
    """Batches of ten, a hundred and a thousand bookings, and of ten of the smallest messages."""
    known = bench.contestants
    with ExitStack() as stack:
        bare, ours, natural = (
            stack.enter_context(Worker(each)) for each in (known.bare, known.ours, known.natural_compiled)
        )
        for case in _CASES:
            subject = {"event": batch(case.type_name, case.size)}
            measures = {
                "floor": Timed(bare, case.name, "floor", subject, seconds=SECONDS),
                "ours": Timed(ours, case.name, case.ours, subject, seconds=SECONDS),
                "natural": Timed(natural, case.name, case.natural, subject, seconds=SECONDS),
            }
            rounds = list(interleaved(measures, bench.rounds(41)))
            value = ratio(rounds, "ours", "floor")
            yield Row(
                name=f"warm_batch({case.name})",
                value=value.value,
                unit=UNIT,
                spread=value.spread,
                goal=case.goal,
                others={"natural": ratio(rounds, "natural", "floor").value},
                note=f"{len(subject['event']['Records'][0]['body'].encode()):,} bytes a message",
            )
