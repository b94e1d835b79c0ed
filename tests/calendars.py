"""A person's calendar, which reads calendar files by a library other than the one that writes them."""

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import vobject
from dateutil.tz import tzical  # type: ignore[import-untyped]  # a dependency of boto3's and icalendar's, without types


@dataclass(frozen=True)
class Entry:
    """An appointment as a calendar file has it."""

    method: str
    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime | None
    summary: str
    status: str
    organizer: Any
    attendee: Any


def opened(content: bytes) -> Entry:
    """Read the one entry of a calendar file; its times by the file's own zone data."""
    text = content.decode()
    calendar = vobject.readOne(text)
    (event,) = calendar.vevent_list
    return Entry(
        method=calendar.method.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        stamp=event.dtstamp.value,
        start=_moment(event.dtstart, text),
        end=_moment(event.dtend, text) if "dtend" in event.contents else None,
        summary=event.summary.value,
        status=event.status.value,
        organizer=event.organizer,
        attendee=event.attendee,
    )


def _moment(prop: Any, text: str) -> datetime:
    """A time by the zone data of its own file: vobject keeps the data of the first file that it reads of a zone."""
    read: datetime = prop.value
    zone = prop.params.get("X-VOBJ-ORIGINAL-TZID")
    return read.replace(tzinfo=tzical(io.StringIO(text)).get(zone[0]) if zone else UTC).astimezone(UTC)


@dataclass
class PersonalCalendar:
    """Keeps of each entry the latest, by SEQUENCE, then DTSTAMP (RFC 5546, section 2.1.5)."""

    known: dict[str, Entry] = field(default_factory=dict)

    def open(self, content: bytes) -> None:
        """Take in a calendar file."""
        entry = opened(content)
        known = self.known.get(entry.uid)
        if known is None or (entry.sequence, entry.stamp) >= (known.sequence, known.stamp):
            self.known[entry.uid] = entry

    @property
    def entries(self) -> list[Entry]:
        """The appointments that the calendar shows."""
        return [entry for entry in self.known.values() if entry.method == "REQUEST"]
