"""A folder for each run: the logs of its parts, what was deployed, the emulator's own files."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.checkout import BUILD, shown

_KEPT = 5
_LOCK = "in-use"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where one run keeps what it writes."""

    path: Path

    @property
    def shown(self) -> str:
        """Its path as people read it."""
        return shown(self.path)

    def log(self, part: str) -> Path:
        """The log of one part."""
        return self.path / f"{part}.log"

    @property
    def functions(self) -> Path:
        """The functions' own logs."""
        return self.path / "functions"

    @property
    def mails(self) -> Path:
        """Mails as pages for a browser."""
        return self.path / "mails"

    @property
    def assembly(self) -> Path:
        """What `cdk synth` writes."""
        return self.path / "cdk.out"

    @property
    def scratch(self) -> Path:
        """The emulator's temporary files; gone at the end of the run."""
        return self.path / "tmp"


@contextmanager
def run_folder(label: str) -> Iterator[RunFolder]:
    """A new folder under build/local; those of older runs are removed, but for the last few and what still runs."""
    BUILD.mkdir(parents=True, exist_ok=True)
    began = datetime.now(UTC)
    folder = RunFolder(BUILD / f"{began:%Y%m%d-%H%M%S}-{label}-{os.getpid()}")
    folder.scratch.mkdir(parents=True)
    with (folder.path / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove_older()
        try:
            yield folder
        finally:
            shutil.rmtree(folder.scratch, ignore_errors=True)


def _remove_older() -> None:
    folders = sorted((lock.parent for lock in BUILD.glob(f"*/{_LOCK}")), reverse=True)
    for folder in folders[_KEPT:]:
        if not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
