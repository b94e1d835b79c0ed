"""The wait for which an HTTP response asks."""

from datetime import UTC, datetime


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
