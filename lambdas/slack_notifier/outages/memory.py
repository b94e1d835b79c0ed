"""The notifier's memory: what it said about a destination that is unavailable, and when.

Each card that was sent is noted in an item of the idempotency table, so that a new process does not repeat it, and in
the process, which goes on while the table is away.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.availability import Item, number_in, text_in, time_in
from schemas.destinations import Destination
from schemas.identity import REMEMBERED_DAYS
from schemas.wire import timestamp

_KEPT = timedelta(days=REMEMBERED_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageMemory:
    """What was said about one outage."""

    since: datetime
    said_at: datetime
    """When the last card was sent."""

    to_do: str = ""
    """What the last card asked people to do; empty: nothing."""

    answers_since: datetime | None = None
    """When the destination worked again; from then on its backlog is done. None while it is unavailable."""

    is_over: bool = False
    """Whether a card said that it is over."""

    most: int = 0
    """The most messages that waited at one time."""

    expired_before: int = 0
    """Messages that had been skipped as expired when the outage began."""

    def item(self, destination: Destination, now: datetime) -> dict[str, dict[str, str]]:
        """Return the item that keeps it."""
        texts = {
            "since": timestamp(self.since),
            "said_at": timestamp(self.said_at),
            "remedy": self.to_do,
            "answers_since": timestamp(self.answers_since) if self.answers_since else "",
            "is_over": "1" if self.is_over else "",
        }
        numbers = {
            "most": self.most,
            "expired_before": self.expired_before,
            "expiration": int((now + _KEPT).timestamp()),
        }
        return {
            "id": {"S": memory_key(destination)},
            **{name: {"S": text} for name, text in texts.items() if text},
            **{name: {"N": str(number)} for name, number in numbers.items()},
        }


@dataclass(slots=True)
class ProcessMemory:
    """What one process knows; a new one knows nothing."""

    said: dict[Destination, OutageMemory] = field(default_factory=dict)
    table_failing_since: datetime | None = None
    """Since when the table has not answered this process; None while it answers."""


def memory_key(destination: Destination) -> str:
    """Return the key of the item about a destination; functions, which write `health#…`, may not write it."""
    return f"cards#{destination}"


def memory_in(item: Item) -> OutageMemory | None:
    """Read an item that `OutageMemory.item` made; None for any other."""
    since, said_at = time_in(item, "since"), time_in(item, "said_at")
    if since is None or said_at is None:
        return None
    return OutageMemory(
        since=since,
        said_at=said_at,
        to_do=text_in(item, "remedy"),
        answers_since=time_in(item, "answers_since"),
        is_over=bool(text_in(item, "is_over")),
        most=number_in(item, "most"),
        expired_before=number_in(item, "expired_before"),
    )
