"""Map HTTP responses to the errors of the retry rules."""

from datetime import UTC, datetime
from http import HTTPStatus

from lambdas.common.errors import PermanentError, RetryableError

_TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Client error statuses after which the same request may succeed later (RFC 9110, RFC 8470, RFC 6585)."""


def raise_for_status(status: int, retry_after: str | None, *, text: str, now: datetime) -> None:
    """Raise an error unless the status is 2xx.

    Args:
        status: the response's status.
        retry_after: the response's `Retry-After` header, if it has one.
        text: the error's message.
        now: the current time.

    Raises:
        RetryableError: the same request may succeed later: 408, 425, 429, 5xx.
        PermanentError: any other status; the same request would fail again.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in _TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RetryableError(text, retry_after=wait_seconds(retry_after or "", now))
    raise PermanentError(text)


def wait_seconds(retry_after: str, now: datetime) -> float | None:
    """Parse a `Retry-After` header: seconds to wait, or None if it is invalid.

    RFC 9110, section 10.2.3, defines both forms: seconds and a date.
    """
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime  # brings a dozen modules, and few answers name a date

    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # no date, or a year beyond datetime's range
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
