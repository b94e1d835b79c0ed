"""The function's log: what was posted, what was not and why, and how each run ended."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from lambdas.common.budget import Context
from lambdas.slack_notifier.cards.card import Notice
from schemas.names import SLACK_NOTIFIER

_NAMED = 50


class Journal:
    """Writes one run's lines. Ids and figures stand in them, never the webhook's URL."""

    def __init__(self, context: Context, *, now: Callable[[], datetime], write: Callable[[str], Any]) -> None:
        """Write for one invocation."""
        self._origin = {
            "service": SLACK_NOTIFIER,
            "function_name": context.function_name,
            "function_version": context.function_version,
            "function_request_id": context.aws_request_id,
        }
        self._now = now
        self._write = write

    def told(self, message: str, notice: Notice, **more: Any) -> None:
        """A card reached people: `message` says which way."""
        self._line("INFO", message, **_of(notice), **more)

    def warn(self, message: str, notice: Notice | None = None, **more: Any) -> None:
        """Something is not as it should be, and may pass or be mended."""
        self._line("WARNING", message, **(_of(notice) if notice else {}), **more)

    def drained(self, *, received: int, left: int, oldest: float) -> None:
        """The run is over.

        Args:
            received: how many alerts were there; those that are not left are told and deleted.
            left: how many are for the next run.
            oldest: seconds that the oldest of those left has waited since it was sent; 0 where none is left.
        """
        self._line("INFO", "drained", alerts=received, posted=received - left, left=left, oldest_seconds=round(oldest))

    def _line(self, level: str, message: str, **fields: Any) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        line = {"level": level, "message": message, "timestamp": at, **self._origin, **fields}
        self._write(json.dumps(line, separators=(",", ":")))


def _of(notice: Notice) -> dict[str, str | int | Sequence[str]]:
    return {
        "card": notice.kind,
        "fingerprints": list(notice.fingerprints),
        "ids": list(notice.ids[:_NAMED]),
        "alarms": list(notice.alarms),
        "count": notice.count,
    }
