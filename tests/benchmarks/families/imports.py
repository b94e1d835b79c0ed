"""The imports of a cold start: each module costs a look-up, a read and its execution; the count is deterministic."""

from collections.abc import Iterable

from tests.benchmarks.bench import Bench
from tests.benchmarks.child.fresh import HANDLER
from tests.benchmarks.contestants import functions
from tests.benchmarks.processes import imported_modules
from tests.benchmarks.row import Goal, Row

_UNIT = "modules beyond pydantic's"


def modules(bench: Bench) -> Iterable[Row]:
    """Modules that a handler imports beyond `from pydantic import BaseModel`, in a fresh interpreter."""
    known = bench.contestants
    yield Row(
        name="import_modules",
        value=len(imported_modules(known.ours, HANDLER)),
        unit=_UNIT,
        goal=Goal(target=100),
        others={each.name: len(imported_modules(each, HANDLER)) for each in (known.natural, known.natural_job)},
    )
    counts = {
        folder: len(imported_modules(known.function(folder), f"lambdas.{folder}.handler")) for folder in functions()
    }
    most = max(counts, key=lambda folder: counts[folder])
    yield Row(
        name="import_modules(most)",
        value=counts[most],
        unit=_UNIT,
        note=f"of {len(counts)} functions, {most}; the fewest: {min(counts.values())}",
    )
