"""Errors of the local stage, written for the person who started it."""

from pathlib import Path

from ops.terminal.checkout import shown
from ops.terminal.errors import OperatorError

_LAST_LINES = 15


class LocalStageError(OperatorError):
    """The local stage did not start or ended early; the text says why and where to look."""


def failed(what: str, log: Path) -> LocalStageError:
    """An error whose cause is in a log: it names the log and quotes its last lines."""
    lines = (
        [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if log.exists()
        else []
    )
    tail = "\n".join(f"  │ {line}" for line in lines[-_LAST_LINES:]) or "  │ (it is empty)"
    return LocalStageError(f"{what}. Its log, {shown(log)}, ends with:\n{tail}")
