"""`dead-letters export`: write complete dead letters as JSON lines, personal data included."""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops.dead_letters.filters import Filters
from ops.dead_letters.record import audit_shown, full_record
from ops.dead_letters.search import Found, search
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.input import STDIN as STDOUT
from ops.terminal.output import counted, notes, printable

_OWNER_ONLY = 0o600


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Which dead letters to export, and where to."""

    stage: DeployedStage
    target: str
    """A new file, or `-` for standard output."""

    services: tuple[str, ...] = ()
    filters: Filters


def export(request: ExportRequest) -> bool:
    """Write dead letters to a file or standard output; they stay in their queues.

    Raises:
        OperatorError: the file exists or cannot be written, there is no such service, AWS refuses, or the audit log
            cannot be written.
    """
    path = None if request.target == STDOUT else Path(request.target)
    if path and path.exists():
        raise OperatorError(_exists(path))
    found = search(request.stage, request.services, request.filters)
    audit_shown(request.stage, found)
    if path is None:
        sys.stdout.writelines(map(_line, found))
    else:
        write(path, found)
    where = "standard output" if path is None else printable(str(path))
    notes.print(f"{counted(len(found), 'dead letter')} written to {where}: personal data", markup=False, soft_wrap=True)
    return True


def write(path: Path, found: Iterable[Found]) -> None:
    """Write dead letters to a new file that only its owner may read; afterwards it is complete on disk, or absent.

    Raises:
        OperatorError: the file exists or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        raise OperatorError(_exists(path)) from None
    except OSError as error:
        raise OperatorError(_not_written(path, error)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(map(_line, found))
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            path.unlink()  # a partial export would look complete
        if isinstance(error, OSError):
            raise OperatorError(_not_written(path, error)) from None
        raise


def _line(found: Found) -> str:
    """A line of ASCII, so that no text in it moves a terminal's cursor."""
    return json.dumps(full_record(found)) + "\n"


def _exists(path: Path) -> str:
    return f"{printable(str(path))} is there already, and is not overwritten: name another file"


def _not_written(path: Path, error: OSError) -> str:
    return f"{printable(str(path))} cannot be written: {error.strerror or error}"
