"""Folders that are built once, named by all that goes into them."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory


def digest(parts: Iterable[str | bytes]) -> str:
    """A short name for what is made of these parts."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:20]


def built(folder: Path, build: Callable[[Path], None]) -> Path:
    """The folder, built if it is not there.

    It appears whole or not at all: another synth at the same time, or one that is broken off, leaves
    no half of it. All may read it, whatever this machine's umask says: Lambda's functions run as a user of their own.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        half = Path(scratch) / "layer"
        half.mkdir()
        build(half)
        for path in [half, *half.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        try:
            half.rename(folder)
        except OSError:
            if not folder.exists():  # else another build was first, with the same content
                raise
    return folder
