"""The notifier's memory of pauses: what it said about each, and when each began.

One item of the idempotency table holds it for all pauses, so that a new process repeats no card. The process holds it,
too, and goes on while the table is away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from schemas.availability import Item
from schemas.identity import REMEMBERED_DAYS
from schemas.wire import timestamp

MEMORY_KEY = "cards#pauses"
"""The item's key; functions, which write `health#…`, may not write it."""

_KEPT = timedelta(days=REMEMBERED_DAYS)


class Warned(StrEnum):
    """Subjects of a second card about a pause."""

    OVERDUE = "overdue"
    """AWS refuses to end it."""

    RETENTION = "retention"
    """SQS will soon delete messages that wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMemory:
    """The last card about the pause of one subject."""

    since: datetime
    services: frozenset[str]
    """The services that were paused."""

    until: datetime | None = None
    warned: frozenset[Warned] = frozenset()


@dataclass(slots=True)
class ProcessPauses:
    """The memory of one process; a new one knows nothing."""

    said: dict[str, PauseMemory] | None = None
    """By subject; None until the table answered once."""

    is_unsaved: bool = False
    """Whether the table did not take what this process said last."""


def item_of(said: Mapping[str, PauseMemory], now: datetime) -> dict[str, dict[str, str]]:
    """Return the item that keeps what was said."""
    pauses = {
        subject: {
            "since": timestamp(each.since),
            "until": timestamp(each.until) if each.until else "",
            "services": sorted(each.services),
            "warned": sorted(each.warned),
        }
        for subject, each in said.items()
    }
    return {
        "id": {"S": MEMORY_KEY},
        "pauses": {"S": json.dumps(pauses, separators=(",", ":"))},
        "expiration": {"N": str(int((now + _KEPT).timestamp()))},
    }


def said_in(item: Item) -> dict[str, PauseMemory]:
    """Read an item that `item_of` made; what cannot be read counts as not said."""
    try:
        pauses = json.loads(item["pauses"]["S"])
        return {str(subject): _memory(fields) for subject, fields in pauses.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _memory(fields: Mapping[str, Any]) -> PauseMemory:
    return PauseMemory(
        since=_time(fields["since"]),
        until=_time(fields["until"]) if fields["until"] else None,
        services=frozenset(map(str, fields["services"])),
        warned=frozenset(map(Warned, fields["warned"])),
    )


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    return at
