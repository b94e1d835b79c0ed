"""The functions' folders as deployed: sources only, at the same relative paths as here."""

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
"""File contents by path."""


def benchmark_handler(name: str) -> Sources:
    """A benchmark handler at the path from which `child/fresh.py` imports it."""
    return {"lambdas/benchmark/handler.py": (_HANDLERS / f"{name}.py").read_bytes()}


def own_function(folder: str) -> Sources:
    """One of the system's functions."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in sorted((ROOT / "lambdas" / folder).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def contracts() -> Sources:
    """The contracts for a function without our layers."""
    return {name: content for name, content in common_sources(ROOT).items() if name.startswith(f"{_CONTRACTS}/")}


def function_folder(build: Path, name: str, sources: Sources, *, compiled: bool = False) -> Path:
    """A folder with these files, created once for the same contents, so that parallel runs do not disturb each other.

    Args:
        build: the parent folder.
        name: a readable part of the folder's name.
        sources: the files.
        compiled: whether the contracts among them have byte code; a handler never has.
    """
    key = digest([*(part for item in sources.items() for part in item), repr(compiled)])
    return build_once(build / "functions" / f"{name}-{key}", partial(_write, sources=sources, compiled=compiled))


def _write(folder: Path, *, sources: Sources, compiled: bool) -> None:
    for name, content in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if compiled:
        compile_all(folder / _CONTRACTS, python=Path(sys.executable))
