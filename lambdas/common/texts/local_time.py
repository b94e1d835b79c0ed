"""Format local times for customers: in English, whatever the process's locale."""

from datetime import datetime


def day(moment: datetime) -> str:
    """Format a date: "Wednesday, 15 April 2026"."""
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def day_and_time(moment: datetime) -> str:
    """Format a date and time: "Wednesday, 15 April 2026, 16:00 (CEST)"."""
    return f"{day(moment)}, {time_of_day(moment)}"


def time_of_day(moment: datetime) -> str:
    """Format a time of day: "16:00 (CEST)"."""
    return f"{moment:%H:%M} ({zone_name(moment)})"


def hours(start: datetime, end: datetime | None) -> str:
    """Format a range: "16:00 to 16:45 (CEST)", with the end's day or both time zones where they differ.

    Without an end, the start alone: "16:00 (CEST)".
    """
    if end is None:
        return time_of_day(start)
    since = f"{start:%H:%M}" if zone_name(start) == zone_name(end) else time_of_day(start)
    until = time_of_day(end) if end.date() == start.date() else day_and_time(end)
    return f"{since} to {until}"


def zone_name(moment: datetime) -> str:
    """Abbreviation of a time zone, such as CEST; UTC-03 or UTC+05:45 for a zone without one."""
    name = moment.tzname() or "UTC"
    if name[0].isalpha():
        return name
    whole_hours, minutes = name[:3], name[3:]
    return f"UTC{whole_hours}:{minutes}" if minutes else f"UTC{whole_hours}"
