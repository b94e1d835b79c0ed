"""The common layer: the shared validation and retry code with the contracts, compiled."""

from collections.abc import Callable, Mapping
from pathlib import Path

from stacks.layers.byte_code import PACKAGES, compile_layer

FOLDERS = ("lambdas/common", "schemas")
_NOT_DEPLOYED = {"__pycache__", "published", "history"}
"""Folders that no function reads: published contracts are for other languages, history for the compatibility check."""


def common_sources(root: Path) -> dict[str, bytes]:
    """Read the layer's files, by path, once: the layer's name and its content are computed from the same bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and not _NOT_DEPLOYED & set(path.relative_to(root).parts)
    }


def build_common(layer: Path, *, sources: Mapping[str, bytes], python: Callable[[], Path]) -> None:
    """Write the layer.

    It has no `lambdas/__init__.py`: `lambdas` must stay a namespace package that the function's folder joins. Sources
    stay beside their byte code, so that the on-call engineer reads source lines in tracebacks.

    Args:
        layer: an empty folder.
        sources: the files by their paths.
        python: returns an interpreter of the target's version.
    """
    compiler = python()
    for name, content in sources.items():
        file = layer / PACKAGES / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    compile_layer(layer, python=compiler, keep_sources=True)
