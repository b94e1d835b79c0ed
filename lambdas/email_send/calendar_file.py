"""The calendar file (RFC 5545) of a mail about an appointment: opening it adds, moves or removes a calendar's entry."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from lambdas.common.clients.ses import Attachment
from lambdas.common.texts.plain_text import one_line
from lambdas.common.texts.time_zones import zone
from schemas.emails import EmailSend, Template

if TYPE_CHECKING:
    from lambdas.email_send.values import AppointmentValues

PRODUCT = "-//Taly//Appointments//EN"
"""PRODID: the program that wrote the file, in the form of a formal public identifier (RFC 5545, section 3.7.3)."""

MAX_SEQUENCE = 2**31 - 1
"""The largest INTEGER of a calendar (RFC 5545, section 3.3.8)."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=366)
_WEEK = timedelta(days=7)
_SECOND = timedelta(seconds=1)
_ALWAYS = datetime(1970, 1, 1)  # noqa: DTZ001 local time, as a calendar's time zones have it


def calendar_file(
    email: EmailSend, values: "AppointmentValues", *, organizer: str, attendee: str, written_at: datetime
) -> Attachment:
    """Write the calendar file of a mail about an appointment.

    All mails about one appointment have one UID. Of two files a calendar keeps the one with the higher SEQUENCE, and of
    equal ones that with the later DTSTAMP (RFC 5546, section 2.1.5), in whatever order they are opened.

    Args:
        email: the mail.
        values: its values.
        organizer: the address that answers to the mail go to.
        attendee: the address of the recipient.
        written_at: time of the message, so that a mail that is sent again has the same file.
    """
    cancelled = email.template is Template.APPOINTMENT_CANCELLED
    method = "CANCEL" if cancelled else "REQUEST"
    start = values.start_time.replace(microsecond=0)
    end = values.end_time and values.end_time.replace(microsecond=0)
    if end and end <= start:  # as a CRM may say it; DTEND must be later (RFC 5545, section 3.8.2.2)
        end = None
    place = _place(email.to.time_zone, start, end or start)
    event = Event()
    event.add("UID", f"{values.appointment_id}@taly")
    event.add("SEQUENCE", sequence(email.template, values.version, written_at))
    event.add("DTSTAMP", written_at.astimezone(UTC))
    event.add("DTSTART", start.astimezone(place))
    if end:
        event.add("DTEND", end.astimezone(place))
    company = one_line(email.company_name or "")
    event.add("SUMMARY", f"{values.service} ({company})" if company else values.service)
    event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("ORGANIZER", _person(organizer, email.company_name))
    event.add("ATTENDEE", _person(attendee, email.to.name, PARTSTAT="ACCEPTED", RSVP="FALSE"))
    calendar = Calendar(PRODID=PRODUCT, VERSION="2.0", METHOD=method)
    if isinstance(place, ZoneInfo):
        calendar.add_component(_time_zone(place, start, end or start))
    calendar.add_component(event)
    media_type = f"text/calendar; charset=UTF-8; method={method}"
    return Attachment(name="appointment.ics", media_type=media_type, content=calendar.to_ical())


def sequence(template: Template, version: int | None, written_at: datetime) -> int:
    """Return the SEQUENCE of a calendar's entry: the CRM's version of the appointment.

    Where the CRM does not say it, the confirmation has 0, and later mails the seconds since 2020: they replace what an
    earlier mail said. What no calendar can hold is cut: then DTSTAMP decides.
    """
    if version is None:
        confirms = template is Template.BOOKING_CONFIRMATION
        version = 0 if confirms else max(0, (written_at - _EPOCH) // _SECOND)
    return min(version, MAX_SEQUENCE)


def _place(name: str | None, start: datetime, end: datetime) -> tzinfo:
    """Return the zone that an entry's times are written in.

    A local time that comes for the second time is written in UTC: it would mean the first (RFC 5545, section 3.3.5).
    So is what lasts for over a year: the data of its zone would have no end.
    """
    place = zone(name)
    repeated = any(moment.astimezone(place).fold for moment in (start, end))
    return UTC if repeated or end - start > _YEAR or place.tzname(start) == "UTC" else place


def _person(address: str, name: str | None, **parameters: str) -> vCalAddress:
    """Write an address (RFC 6068) with a name; double quotes, which programs encode in two ways, become single ones."""
    person = vCalAddress("mailto:" + quote(address, safe="!$'*+@"))
    if shown := one_line(name or "").replace('"', "'"):
        person.params["CN"] = shown
    person.params.update(parameters)
    return person


class _Transition(NamedTuple):
    """A change of a time zone's offset from UTC."""

    at: datetime
    before: timedelta
    after: timedelta


def _time_zone(place: ZoneInfo, start: datetime, end: datetime) -> Timezone:
    """Describe a time zone for a year before and after an appointment.

    `icalendar` can do so itself, but dates a change that skips an hour by the new offset: RFC 5545, section 3.6.5,
    wants the local time by the offset before (`TZOFFSETFROM`).
    """
    described = Timezone()
    described.add("TZID", place.key)
    transitions = list(_transitions(place, start.astimezone(UTC) - _YEAR, end.astimezone(UTC) + _YEAR))
    if not transitions or transitions[0].at > start:
        offset = transitions[0].before if transitions else _offset(place, start)
        described.add_component(_observance(place, _ALWAYS, _Transition(start, offset, offset)))
    for each in transitions:
        described.add_component(_observance(place, (each.at + each.before).replace(tzinfo=None), each))
    return described


def _observance(place: ZoneInfo, since: datetime, change: _Transition) -> TimezoneStandard | TimezoneDaylight:
    local = change.at.astimezone(place)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("DTSTART", since)
    observance.add("TZNAME", local.tzname())
    observance.add("TZOFFSETFROM", change.before)
    observance.add("TZOFFSETTO", change.after)
    return observance


def _transitions(place: tzinfo, since: datetime, until: datetime) -> Iterator[_Transition]:
    """Find the changes of a zone's offset by looking at each week, then halving a week in which there is one."""
    before = _offset(place, since)
    while since < until:
        after = _offset(place, since + _WEEK)
        if after != before:
            yield _Transition(_first_second(place, since, after), before, after)
        since, before = since + _WEEK, after


def _first_second(place: tzinfo, since: datetime, offset: timedelta) -> datetime:
    """Return the first second within a week from `since` at which a zone has an offset."""
    low, high = 0, _WEEK // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(place, since + middle * _SECOND) == offset:
            high = middle
        else:
            low = middle
    return since + high * _SECOND


def _offset(place: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(place).utcoffset() or timedelta()
