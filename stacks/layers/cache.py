"""A cache of built folders, each named by a digest of its inputs."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory


def digest(parts: Iterable[str | bytes]) -> str:
    """Hash the inputs of a build to 20 hexadecimal digits."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:20]


def build_once(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return the folder, building it first if it does not exist.

    The folder appears complete or not at all, also when two builds run at once or a build is interrupted. Its files are
    readable by all users whatever the umask, because Lambda runs functions as another user.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        unfinished = Path(scratch) / "layer"
        unfinished.mkdir()
        build(unfinished)
        for path in [unfinished, *unfinished.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        try:
            unfinished.rename(folder)
        except OSError:
            if not folder.exists():  # else another build finished first, with the same content
                raise
    return folder
