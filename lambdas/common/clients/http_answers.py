"""What an HTTP answer means for the message that asked, whoever gave it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from lambdas.common.errors import PermanentError, RetryableError

_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals of this request now, not of what it asks for (RFC 9110, RFC 8470, RFC 6585)."""


def check(status: int, retry_after: str | None, *, text: str, now: datetime) -> None:
    """Let an answer pass that says that it is done: 2xx.

    Args:
        status: the answer's.
        retry_after: the answer's header of that name, if it has one.
        text: who answered what; the exception's.
        now: the time.

    Raises:
        RetryableError: the same request may fare better later: 408, 425, 429, 5xx.
        PermanentError: it would not.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RetryableError(text, retry_after=wait(retry_after or "", now))
    raise PermanentError(text)


def wait(retry_after: str, now: datetime) -> float | None:
    """The wait that a `Retry-After` asks for, in seconds.

    Either form is read that RFC 9110 section 10.2.3 knows; None where there is no sense in it.
    """
    asked = retry_after.strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):  # no date, or the year of one that no datetime can have
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
