"""The cost of a million events from end to end, from the cost model; nothing is timed."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.cost.bill import KEPT, REQUESTS, Purpose
from ops.cost.scenarios import whole_way
from ops.cost.templates import sizes
from tests.benchmarks.bench import Bench
from tests.benchmarks.row import Goal, Row
from tests.infrastructure.deployment import synthesize

_MILLION = 1_000_000


def dollars(_bench: Bench) -> Iterable[Row]:
    """Ten messages per send, the bus, one idempotent job in batches of ten, its log lines, fair queues' surcharge.

    Computed from the templates of stage `prod` and the prices and assumptions of `python -m ops cost`. Storage, traces
    and waiting for other services depend on settings and on those services; the total beside the value includes them.
    """
    with TemporaryDirectory() as scratch:
        price = whole_way(sizes(synthesize(Path(scratch), stage="prod").templates.values()))
    named = price.without(Purpose.OTHER_SIDE, *KEPT)
    requests = sum(price.by_purpose.get(each, 0.0) for each in REQUESTS)
    yield Row(
        name="dollars_a_million",
        value=named * _MILLION,
        unit="dollars",
        goal=Goal(target=3.4, stretch=2.9),
        others={"all in all": price.dollars * _MILLION, "requests alone": requests * _MILLION},
        note="without storage, traces and waiting for other services; docs/cost.md has each part",
        details={each.words: part * _MILLION for each, part in price.by_purpose.items()},
    )
