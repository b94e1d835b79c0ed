"""Since when a message is a dead letter: SQS's own time is that of its last copy, and a renewal makes a new copy."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from schemas.identity import REMEMBERED_DAYS

HOLDING_RETENTION = timedelta(days=14)
"""How long SQS keeps a message in a dead-letter queue or a holding queue: the longest that SQS allows."""

LONGEST_LIFE = timedelta(days=REMEMBERED_DAYS)
"""No dead letter is kept for longer: after it a redrive could do again what was done meanwhile."""

ENDING = timedelta(days=3)
"""How long before their end dead letters that are not renewed any more get a card."""


def dead_letter_since(claimed: Iterable[str], sent_at: datetime | None) -> datetime | None:
    """Return the first valid time of some claimed ones, in UTC; else the time when SQS accepted the copy.

    Args:
        claimed: `deadLetteredAt` of the failure history, then the attribute of a renewed dead letter.
        sent_at: SQS's `SentTimestamp`.
    """
    for text in claimed:
        try:
            at = datetime.fromisoformat(text)
            if at.tzinfo:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return sent_at
