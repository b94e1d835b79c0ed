"""Times in activities, which companies read in English."""

from datetime import UTC, datetime


def day_and_time(moment: datetime) -> str:
    """Format a time: "Wednesday, 15 April 2026, 14:00 (UTC)", whatever the process's locale."""
    at = moment.astimezone(UTC)
    return f"{at:%A}, {at.day} {at:%B %Y, %H:%M} (UTC)"
