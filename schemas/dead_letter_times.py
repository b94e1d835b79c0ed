"""Since when a message is a dead letter: SQS's own time is that of its last copy, and a renewal makes a new copy."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from schemas.identity import REMEMBERED_DAYS

HOLDING_RETENTION = timedelta(days=14)
"""How long SQS keeps a message in a dead-letter queue or a holding queue: the longest that SQS allows."""

LONGEST_LIFE = timedelta(days=REMEMBERED_DAYS)
"""No dead letter is kept for longer: after it a redrive could do again what was done meanwhile."""

ENDING = timedelta(days=3)
"""How long before their end dead letters that are not renewed any more get a card."""


def valid_times(claimed: Iterable[str]) -> Iterator[datetime]:
    """Yield the valid ones of the times at which a message became a dead letter, as it claims, in UTC.

    A time that no message of this system may have, such as one before 1970, is not valid: no alert could name it.

    Args:
        claimed: `deadLetteredAt` of the failure history, then the attribute of a renewed dead letter.
    """
    for text in claimed:
        try:
            at = datetime.fromisoformat(text)
            if at.tzinfo and 1970 <= at.astimezone(UTC).year < 3000:  # noqa: PLR2004 as in `schemas.wire.Timestamp`
                yield at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
