"""Decides which dead letters are renewed: when, how often, and which of them end within three days."""

from datetime import datetime, timedelta
from enum import Enum, auto

from schemas.dead_letter_times import ENDING, HOLDING_RETENTION, LONGEST_LIFE

DUE = timedelta(days=10)
"""A copy is replaced at this age: four days before SQS deletes it, so a run that fails or is missed loses nothing."""

LAST_COPY_UNTIL = LONGEST_LIFE - HOLDING_RETENTION - timedelta(hours=2)
LAST_COPY_FROM = LAST_COPY_UNTIL - timedelta(hours=26)
"""Since its first time, a dead letter gets its last copy between these, on the 16th day: a copy lives for 14 days.

The window is longer than a day, since no run begins exactly a day after the one before.
"""


class Decision(Enum):
    """What happens to a dead letter in this run."""

    STAYS = auto()
    RENEW = auto()
    """A fresh copy replaces it."""

    ENDS = auto()
    """SQS deletes it within three days, and it is not renewed any more."""


def decide(*, sent_at: datetime, since: datetime, now: datetime, retention: timedelta, has_room: bool) -> Decision:
    """Decide about one dead letter.

    Args:
        sent_at: when SQS accepted this copy. SQS deletes it by this time.
        since: since when it is a dead letter.
        now: the present time.
        retention: the queue's retention; all times here scale with it.
        has_room: whether a copy has room for the attribute that keeps `since`.
    """
    scale = retention / HOLDING_RETENTION
    age, life = now - sent_at, now - since
    needs_last = life >= LAST_COPY_FROM * scale and sent_at - since < LAST_COPY_FROM * scale
    if has_room and life <= LAST_COPY_UNTIL * scale and (age >= DUE * scale or needs_last):
        return Decision.RENEW
    return Decision.ENDS if ends_soon(sent_at, now, retention) else Decision.STAYS


def ends_soon(sent_at: datetime, now: datetime, retention: timedelta) -> bool:
    """Whether SQS deletes a copy within three days, scaled by the queue's retention."""
    return sent_at + retention - now <= ENDING * (retention / HOLDING_RETENTION)
