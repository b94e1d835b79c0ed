"""Timestamps for log lines, failure histories and schedules."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Format a time by RFC 3339, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
