"""Functions' own folders, as they are deployed: sources alone, their paths as at home."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from stacks.layers.cache import build_once, digest
from stacks.layers.common import common_sources
from tests.benchmarks.natural_packages import compile_all

ROOT = Path(__file__).parents[2]
_HANDLERS = Path(__file__).parent / "handlers"
_CONTRACTS = "schemas"

Sources = Mapping[str, bytes]
"""Files by their paths."""


def benchmark_handler(name: str) -> Sources:
    """A handler of the benchmarks', where `child/fresh.py` imports it."""
    return {"lambdas/benchmark/handler.py": (_HANDLERS / f"{name}.py").read_bytes()}


def own_function(folder: str) -> Sources:
    """One of the system's functions."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in sorted((ROOT / "lambdas" / folder).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def contracts() -> Sources:
    """What a function brings along that has no layer of ours."""
    return {name: content for name, content in common_sources(ROOT).items() if name.startswith(f"{_CONTRACTS}/")}


def function_folder(build: Path, name: str, sources: Sources, *, compiled: bool = False) -> Path:
    """A folder with these files, made once for the same contents, so that two runs at a time do each other no harm.

    Args:
        build: takes the folder.
        name: tells it apart for people.
        sources: its files.
        compiled: whether the contracts among them have byte code. A handler never has.
    """
    key = digest([*(part for item in sources.items() for part in item), repr(compiled)])
    return build_once(build / "functions" / f"{name}-{key}", partial(_write, sources=sources, compiled=compiled))


def _write(folder: Path, *, sources: Sources, compiled: bool) -> None:
    for name, content in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if compiled:
        compile_all(folder / _CONTRACTS, python=Path(sys.executable))
