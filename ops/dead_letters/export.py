"""`dead-letters export`: letters as JSON lines with everything, people's data too: for one's own eyes alone."""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops.dead_letters.filters import Filters
from ops.dead_letters.record import whole, write_shown
from ops.dead_letters.search import Found, search
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.input import STDIN as STDOUT
from ops.terminal.output import counted, notes, printable

_OWNER_ALONE = 0o600


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Which letters, and where to."""

    stage: DeployedStage
    target: str
    """A file that is not there yet, or `-` for standard output."""

    services: tuple[str, ...] = ()
    filters: Filters


def export(request: ExportRequest) -> bool:
    """Write them; they stay where they are.

    Raises:
        OperatorError: the file is there already or cannot be written, there is no such service, AWS refuses, or it
            cannot be written into the audit log.
    """
    path = None if request.target == STDOUT else Path(request.target)
    if path and path.exists():
        raise OperatorError(_there_already(path))
    found = search(request.stage, request.services, request.filters)
    write_shown(request.stage, found)
    if path is None:
        sys.stdout.writelines(map(_line, found))
    else:
        write(path, found)
    where = "standard output" if path is None else printable(str(path))
    notes.print(f"{counted(len(found), 'dead letter')} written to {where}: people's data", markup=False, soft_wrap=True)
    return True


def write(path: Path, found: Iterable[Found]) -> None:
    """Write letters into a new file that nobody else may read; it is on the disk then, or not there.

    Raises:
        OperatorError: it is there already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    except FileExistsError:
        raise OperatorError(_there_already(path)) from None
    except OSError as error:
        raise OperatorError(_not_written(path, error)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(map(_line, found))
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            path.unlink()  # half an export would be taken for a whole one
        if isinstance(error, OSError):
            raise OperatorError(_not_written(path, error)) from None
        raise


def _line(found: Found) -> str:
    """ASCII, so that nothing in it moves a terminal's cursor."""
    return json.dumps(whole(found)) + "\n"


def _there_already(path: Path) -> str:
    return f"{printable(str(path))} is there already, and is not overwritten: name another file"


def _not_written(path: Path, error: OSError) -> str:
    return f"{printable(str(path))} cannot be written: {error.strerror or error}"
