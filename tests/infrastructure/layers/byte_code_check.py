"""Checks the byte code of layers and prints the faults as JSON.

Run with the layers' target Python: no other version can load their byte code.
"""

import importlib.util
import json
import marshal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

UNCHECKED_HASH = (1).to_bytes(4, "little")
"""PEP 552's flags for byte code that is never compared with its source."""


def faults(layer: Path) -> Iterator[str]:
    """Yield a sentence for each module of a layer whose byte code is invalid or has a wrong source path."""
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
        yield f"{compiled} has the source path {code.co_filename}"
    elif source.exists() is not cached:
        yield f"{compiled} must be {'beside' if cached else 'without'} its source"
    elif cached and importlib.util.source_hash(source.read_bytes()) != source_hash:
        yield f"{compiled} is of another source"


if __name__ == "__main__":
    sys.stdout.write(json.dumps([fault for layer in sys.argv[1:] for fault in faults(Path(layer))]))
