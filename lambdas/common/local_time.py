"""Times as people read them: in their own zone, in English, whatever the process's locale."""

from datetime import datetime


def day(moment: datetime) -> str:
    """Wednesday, 15 April 2026."""
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def day_and_time(moment: datetime) -> str:
    """Wednesday, 15 April 2026, 16:00 (CEST)."""
    return f"{day(moment)}, {time_of_day(moment)}"


def time_of_day(moment: datetime) -> str:
    """16:00 (CEST)."""
    return f"{moment:%H:%M} ({zone_name(moment)})"


def hours(start: datetime, end: datetime) -> str:
    """16:00 to 16:45 (CEST); where it ends on another day, that day too, and where the clocks change, both zones."""
    since = f"{start:%H:%M}" if zone_name(start) == zone_name(end) else time_of_day(start)
    until = time_of_day(end) if end.date() == start.date() else day_and_time(end)
    return f"{since} to {until}"


def zone_name(moment: datetime) -> str:
    """CEST, or UTC-03 and UTC+05:45 where the zone has no letters of its own."""
    name = moment.tzname() or "UTC"
    if name[0].isalpha():
        return name
    whole_hours, minutes = name[:3], name[3:]
    return f"UTC{whole_hours}:{minutes}" if minutes else f"UTC{whole_hours}"
