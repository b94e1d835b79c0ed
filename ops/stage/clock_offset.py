"""Comparison of this machine's clock with AWS's, whose time every response has in its `Date` header."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

from botocore.hooks import BaseEventHooks

from ops.terminal.output import notes
from ops.terminal.times import span

CLOCK_SKEW = timedelta(minutes=1)
"""How much AWS's clocks and this machine's may differ unnoticed."""

Now = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def offset_from_aws(date: str, now: Now = _utc_now) -> timedelta:
    """How much this machine's clock is ahead of AWS's; zero within CLOCK_SKEW, or if there is no date.

    Args:
        date: the `Date` header of a response that has just arrived (RFC 9110, section 6.6.1).
        now: this machine's clock.
    """
    try:
        at = parsedate_to_datetime(date)
        offset = now() - (at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return timedelta()
    return offset if abs(offset) > CLOCK_SKEW else timedelta()


def stated(offset: timedelta) -> str:
    """An offset in words: `2 h 10 m ahead of`."""
    return f"{span(abs(offset))} {'ahead of' if offset > timedelta() else 'behind'}"


def warn_of_offset(events: BaseEventHooks, now: Now = _utc_now) -> None:
    """Say once if this machine's clock is off, though AWS accepts the calls: it does so up to five minutes.

    Ages and times that are compared with AWS's are wrong by as much.

    Args:
        events: the hooks of a session.
        now: this machine's clock.
    """
    said = Lock()  # not an unregistered hook: each client has its own copy of the session's hooks

    def compare(response_dict: Mapping[str, Any], **_: Any) -> None:
        offset = offset_from_aws(response_dict["headers"].get("date", ""), now)
        is_refusal = response_dict["status_code"] >= HTTPStatus.BAD_REQUEST  # which has its own sentence
        if offset and not is_refusal and said.acquire(blocking=False):
            notes.print(
                f"This machine's clock is {stated(offset)} AWS's: ages and times below are off by that. Set it.",
                style="yellow",
            )

    events.register("before-parse", compare)
