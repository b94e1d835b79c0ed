"""What went wrong with the local stage, in a sentence for the one who ran it."""

from pathlib import Path

from ops.checkout import shown
from ops.terminal.errors import OperatorError

_LAST_LINES = 15


class LocalStageError(OperatorError):
    """The local stage could not be started or did not live; the text says why and where to look."""


def failed(what: str, log: Path) -> LocalStageError:
    """A failure whose story is in a log: its path and its last lines."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    tail = "\n".join(f"  │ {line}" for line in lines[-_LAST_LINES:]) or "  │ (it is empty)"
    return LocalStageError(f"{what}. Its log, {shown(log)}, ends with:\n{tail}")
