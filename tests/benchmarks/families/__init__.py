"""The families of rows, by the names for `--rows`, in the order of the table."""

from collections.abc import Callable, Iterable, Mapping

from tests.benchmarks.bench import Bench
from tests.benchmarks.families import (
    aws_calls,
    cold,
    decoding,
    dollars,
    health_calls,
    imports,
    instructions,
    jobs,
    layer_size,
    observing,
    pipeline,
    synth,
    warm,
)
from tests.benchmarks.row import Row

Family = Callable[[Bench], Iterable[Row]]

FAMILIES: Mapping[str, Family] = {
    "cold_first_batch": cold.first_batch,
    "import_modules": imports.modules,
    "peak_memory": cold.peak_memory,
    "warm_batch": warm.batches,
    "warm_job": jobs.warm_job,
    "decode_validate": decoding.decode_validate,
    "observe": observing.observe,
    "aws_calls": aws_calls.aws_calls,
    "health_calls": health_calls.health_calls,
    "instructions_per_event": instructions.per_event,
    "layer_size": layer_size.layer_size,
    "synth": synth.synth,
    "pipeline": pipeline.pipeline,
    "dollars_a_million": dollars.dollars,
}
