"""A folder for each run: logs, the CDK assembly, the emulator's files."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.terminal.checkout import BUILD, shown

_KEPT_RUNS = 5
_LOCK = "in-use"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def shown(self) -> str:
        """The path as printed."""
        return shown(self.path)

    def log(self, name: str) -> Path:
        """The path of a log."""
        return self.path / f"{name}.log"

    @property
    def functions(self) -> Path:
        """The functions' logs."""
        return self.path / "functions"

    @property
    def mails(self) -> Path:
        """The mails as HTML pages."""
        return self.path / "mails"

    @property
    def assembly(self) -> Path:
        """The output of `cdk synth`."""
        return self.path / "cdk.out"

    @property
    def scratch(self) -> Path:
        """The emulator's temporary files, removed at the end of the run."""
        return self.path / "tmp"


@contextmanager
def run_folder(label: str) -> Iterator[RunFolder]:
    """Create a folder under build/local; remove those of older runs, except the latest few and those in use."""
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
    for folder in folders[_KEPT_RUNS:]:
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
