"""The layers of a function, zipped as deployed, which are unpacked before its first cold start."""

import os
from collections.abc import Iterable
from pathlib import Path

from stacks.errors import CannotSynthesizeError
from stacks.layers.interpreter import interpreter
from stacks.layers.source import BuiltLayers
from stacks.layers.target import HOST, LAMBDA, Target
from tests.benchmarks.bench import Bench
from tests.benchmarks.contestants import BUILD
from tests.benchmarks.function_folders import ROOT
from tests.benchmarks.natural_packages import natural_packages
from tests.benchmarks.row import Goal, Row
from tests.layer_size import zipped_size

_MEGABYTE = 1_000_000


def layer_size(bench: Bench) -> Iterable[Row]:
    """The size for Lambda's runtime and processor, or for this machine's if that cannot be built, with a note."""
    try:
        yield from _rows(LAMBDA, note=f"Python {LAMBDA.python}, {LAMBDA.architecture}")
    except CannotSynthesizeError as error:
        bench.report(f"bench: layers for Lambda cannot be built here, so this machine's are measured: {error}")
        yield from _rows(
            HOST, note=f"of this machine's Python {HOST.python}, {HOST.architecture}: Lambda's was not built"
        )


def _rows(target: Target, *, note: str) -> Iterable[Row]:
    layers = BuiltLayers(ROOT, target, cache=ROOT / "build" / "layers")
    packages, own, texts = (zipped_size(each()) for each in (layers.dependencies, layers.common, layers.texts))
    python = interpreter(target.python, environment=os.environ, home=Path.home())
    natural = natural_packages(BUILD, target)
    compiled = natural_packages(BUILD, target, compiled_by=python)
    yield Row(
        name="layer_size",
        value=(packages + own) / _MEGABYTE,
        unit="MB zipped",
        goal=Goal(target=3.6),
        others={
            "natural": zipped_size(natural) / _MEGABYTE,
            "natural compiled": zipped_size(compiled) / _MEGABYTE,
        },
        note=f"{note}; packages {packages:,} bytes, ours {own:,}",
    )
    yield Row(
        name="layer_size(writes to people)",
        value=(packages + own + texts) / _MEGABYTE,
        unit="MB zipped",
        note=f"with templates, formats, time zones and calendars, {texts:,} bytes",
    )
