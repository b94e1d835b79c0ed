"""What operators decide about a cause: they acknowledge, snooze or resolve it."""

from dataclasses import replace
from datetime import datetime

from schemas.causes import LONGEST_SNOOZE, Cause, CauseState

_MAX_COMMENT = 500
"""Characters."""


def acknowledged(cause: Cause, *, by: str, comment: str, now: datetime) -> Cause:
    """Return a cause that an operator takes care of, for `schemas.causes.put_request`.

    Args:
        cause: as it was read.
        by: ARN of the operator's credentials.
        comment: the operator's.
        now: the time.

    Raises:
        ValueError: the cause is not going on; the message is a sentence for the operator.
    """
    if cause.state in {CauseState.OVER, CauseState.RESOLVED}:
        raise ValueError(
            f"cause {cause.fingerprint} of {cause.service} is {cause.state}: there is nothing to acknowledge; "
            "a card is posted if it comes again"
        )
    return _changed(cause, CauseState.ACKNOWLEDGED, by, comment, now)


def snoozed(cause: Cause, *, until: datetime, by: str, comment: str, now: datetime) -> Cause:
    """Return a cause about which no card is posted until a time, for `schemas.causes.put_request`.

    Args:
        cause: as it was read.
        until: after `now`, and within `LONGEST_SNOOZE`.
        by: ARN of the operator's credentials.
        comment: the operator's.
        now: the time.

    Raises:
        ValueError: the end is past, or too far; the message is a sentence for the operator.
    """
    if not now < until <= now + LONGEST_SNOOZE:
        raise ValueError(f"a snooze lasts for {LONGEST_SNOOZE.days} days at most: choose an end from now to then")
    return replace(_changed(cause, CauseState.SNOOZED, by, comment, now), until=until)


def resolved(cause: Cause, *, version: str, by: str, comment: str, now: datetime) -> Cause:
    """Return a cause that an operator fixed, for `schemas.causes.put_request`.

    Args:
        cause: as it was read.
        version: version of the function's code with the fix; empty where it is not known.
        by: ARN of the operator's credentials.
        comment: the operator's.
        now: the time.
    """
    return replace(_changed(cause, CauseState.RESOLVED, by, comment, now), resolved_version=version)


def _changed(cause: Cause, state: CauseState, by: str, comment: str, now: datetime) -> Cause:
    return replace(
        cause,
        revision=cause.revision + 1,
        state=state,
        by=by,
        comment=comment[:_MAX_COMMENT],
        changed_at=now,
        total_then=cause.total,
        until=None,
        resolved_version="",
    )
