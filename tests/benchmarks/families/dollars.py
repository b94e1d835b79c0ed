"""The cost of a million events from end to end, from the cost model; nothing is timed."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.cost.bill import REQUESTS, STORAGE_AND_TRACES, Purpose
from ops.cost.scenarios import end_to_end
from ops.cost.templates import read_sizes
from tests.benchmarks.bench import Bench
from tests.benchmarks.row import Goal, Row
from tests.infrastructure.synthesis import synthesize

_MILLION = 1_000_000


def dollars(_bench: Bench) -> Iterable[Row]:
    """Ten messages per send, the bus, one idempotent job in batches of ten, its log lines, fair queues' surcharge.

    Computed from the templates of stage `prod` and the prices and assumptions of `taly-async cost`. Storage, traces
    and waiting for other services depend on settings and on those services; the total beside the value includes them.
    """
    with TemporaryDirectory() as scratch:
        price = end_to_end(read_sizes(synthesize(Path(scratch), stage="prod").templates.values()))
    named = price.without(Purpose.WAITING, *STORAGE_AND_TRACES)
    requests = sum(price.by_purpose.get(each, 0.0) for each in REQUESTS)
    yield Row(
        name="dollars_a_million",
        value=named * _MILLION,
        unit="dollars",
        goal=Goal(target=3.4, stretch=2.9),
        others={"all in all": price.dollars * _MILLION, "requests alone": requests * _MILLION},
        note="without what is kept and traced, and the wait for the other side; docs/cost.md has each part",
        details={each.label: part * _MILLION for each, part in price.by_purpose.items()},
    )
