"""Since when a message is a dead letter: SQS's own time is that of its last copy, and a renewal makes a new copy."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from schemas.identity import REMEMBERED_DAYS
from schemas.wire import instant

HOLDING_RETENTION = timedelta(days=14)
"""How long SQS keeps a message in a dead-letter queue or a holding queue: the longest that SQS allows."""

LONGEST_LIFE = timedelta(days=REMEMBERED_DAYS)
"""No dead letter is kept for longer: after it a redrive could do again what was done meanwhile."""

ENDING = timedelta(days=3)
"""How long before their end dead letters that are not renewed any more get a card."""


def valid_times(claimed: Iterable[str]) -> Iterator[datetime]:
    """Yield the valid ones of the times at which a message became a dead letter, as it claims, in UTC.

    An alert can name each.

    Args:
        claimed: `deadLetteredAt` of the failure history, then the attribute of a renewed dead letter.
    """
    yield from filter(None, map(instant, claimed))
