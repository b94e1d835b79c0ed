"""A cold start: a fresh process imports a handler and handles its first batch; and the memory for it.

The time runs from the process's start to the end of its first batch, since a message waits that long. A second row
starts when the interpreter is ready, which nobody's code can shorten. The lower bounds of ours are shown beside it: the
import of pydantic, and the contract, which decodes the bodies without logging.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tests.benchmarks.bench import Bench
from tests.benchmarks.contestants import Contestant
from tests.benchmarks.messages import batch
from tests.benchmarks.processes import cold_run
from tests.benchmarks.rounds import interleaved, median_of, ratio
from tests.benchmarks.row import Goal, Row

_SIZE = 10
_MEGABYTE = 1024 * 1024
"""As Lambda counts a function's memory."""


def first_batch(bench: Bench) -> Iterable[Row]:
    """Init and the first ten records, as a ratio to the bare handler's time."""
    all_of_them = _all(bench)
    event = batch("benchmark.booked", _SIZE)
    for contestant in all_of_them:  # so that all files are in the system's cache
        cold_run(contestant, event)
    measures = {each.name: partial(cold_run, each, event) for each in all_of_them}
    runs = list(interleaved(measures, bench.rounds(21)))
    for name, since, goal in (
        ("cold_first_batch", "started", Goal(target=5.0, stretch=4.0)),
        ("cold_first_batch(the interpreter apart)", "began", None),
    ):
        rounds = [{each: run["ended"] - run[since] for each, run in of_a_round.items()} for of_a_round in runs]
        ours = ratio(rounds, "ours", "bare")
        yield Row(
            name=name,
            value=ours.value,
            unit="bare",
            spread=ours.spread,
            goal=goal,
            others={each.name: ratio(rounds, each.name, "bare").value for each in all_of_them[2:]},
        )


def peak_memory(bench: Bench) -> Iterable[Row]:
    """The peak resident memory until the end of the first batch, the interpreter's included."""
    event = batch("benchmark.booked", _SIZE)
    measures = {each.name: partial(_megabytes, each, event) for each in _all(bench)}
    rounds = list(interleaved(measures, bench.rounds(5)))
    of = {name: median_of([each[name] for each in rounds]) for name in measures}
    yield Row(
        name="peak_memory",
        value=of["ours"].value,
        unit="MB",
        spread=of["ours"].spread,
        goal=Goal(target=32),
        others={name: each.value for name, each in of.items() if name != "ours"},
    )


def _all(bench: Bench) -> list[Contestant]:
    known = bench.contestants
    bounds = [known.pydantic_alone, known.contract_alone]
    return [known.bare, known.ours, *bounds, known.natural, known.natural_compiled]


def _megabytes(contestant: Contestant, event: Mapping[str, Any]) -> float:
    return float(cold_run(contestant, event)["peak_bytes"]) / _MEGABYTE
