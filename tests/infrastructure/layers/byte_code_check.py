"""Run by the Python that is to run some layers, for it alone can load their byte code: prints what is wrong as JSON."""

import importlib.util
import json
import marshal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

UNCHECKED_HASH = (1).to_bytes(4, "little")
"""PEP 552's flags: the source is never looked at."""


def faults(layer: Path) -> Iterator[str]:
    """A sentence for each module of a layer that this Python would not take, or not for what it is."""
    for compiled in layer.rglob("*.pyc"):
        content = compiled.read_bytes()
        if content[:4] != importlib.util.MAGIC_NUMBER:
            yield f"{compiled} is of another Python"
        elif content[4:8] != UNCHECKED_HASH:
            yield f"{compiled} has no unchecked hash"
        else:
            yield from _faults_of(compiled, marshal.loads(content[16:]), content[8:16], layer)  # noqa: S302 built here


def _faults_of(compiled: Path, code: object, source_hash: bytes, layer: Path) -> Iterator[str]:
    cached = compiled.parent.name == "__pycache__"
    source = Path(importlib.util.source_from_cache(str(compiled))) if cached else compiled.with_suffix(".py")
    name = f"/opt/{source.relative_to(layer).as_posix()}"
    if not isinstance(code, CodeType):
        yield f"{compiled} is no code"
    elif code.co_filename != name:
        yield f"{compiled} calls itself {code.co_filename}"
    elif source.exists() is not cached:
        yield f"{compiled} must stand {'beside' if cached else 'in the place of'} its source"
    elif cached and importlib.util.source_hash(source.read_bytes()) != source_hash:
        yield f"{compiled} is of another source"


if __name__ == "__main__":
    sys.stdout.write(json.dumps([fault for layer in sys.argv[1:] for fault in faults(Path(layer))]))
