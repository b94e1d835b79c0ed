"""The layer of our own: the shared validation and retry layer with the contracts, compiled."""

from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.layers.byte_code import PACKAGES, compile_layer

FOLDERS = ("lambdas/common", "schemas")
_NOT_DEPLOYED = {"__pycache__", "published", "history"}
"""Folders for people and other languages."""


def common_sources(root: Path) -> dict[str, bytes]:
    """The layer's files by their paths, read once, so that the layer's name and content agree."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and not _NOT_DEPLOYED & set(path.relative_to(root).parts)
    }


def build_common(layer: Path, *, sources: Mapping[str, bytes], python: Callable[[], Path]) -> None:
    """Write the layer.

    There is no `lambdas/__init__.py` in it: `lambdas` must stay a namespace, which the function's own
    folder joins. The sources stay beside their byte code: on-call reads tracebacks through them, and each quoted line
    tells more than its number.

    Args:
        layer: an empty folder.
        sources: the files by their paths.
        python: gives the interpreter of the target's version.
    """
    compiler = python()
    for name, content in sources.items():
        file = layer / PACKAGES / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    compile_layer(layer, python=compiler, sources_stay=True)
