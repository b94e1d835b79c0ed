"""Calendar files of mails about appointments, read by another library."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.clients.ses import Attachment
from lambdas.email_send.calendar_file import MAX_SEQUENCE, calendar_file, sequence
from lambdas.email_send.values import AppointmentValues
from schemas.emails import EmailSend, Template
from tests.calendars import Entry, opened
from tests.mails import BLANK, HARD, ODD
from tests.messages import APPOINTMENT, email, text

SUITE = settings(max_examples=100, derandomize=True, database=None, deadline=None)
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]


def attachment(
    *, to: dict[str, Any] | None = None, timestamp: str = "2026-04-14T14:00:00Z", **changes: Any
) -> Attachment:
    """The calendar file of a mail with another recipient, time, template, company or other values."""
    payload = email()["payload"]
    payload["to"] |= to or {}
    payload["values"] |= {"appointmentId": APPOINTMENT, "version": 3}
    for name, value in changes.items():
        (payload if name in {"template", "companyName"} else payload["values"])[name] = value
    mail = EmailSend.model_validate_json(text(payload))
    return calendar_file(
        mail,
        AppointmentValues.model_validate(mail.values),
        organizer="hello@zoe.example",
        attendee=mail.to.email,
        written_at=datetime.fromisoformat(timestamp),
    )


def entry(**changes: Any) -> Entry:
    return opened(attachment(**changes).content)


def lines(**changes: Any) -> list[str]:
    """The file's lines, unfolded."""
    return attachment(**changes).content.decode().replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize(
    "template", [Template.BOOKING_CONFIRMATION, Template.APPOINTMENT_REMINDER, Template.APPOINTMENT_MOVED]
)
def test_file_requests_the_appointment(template: Template) -> None:
    file = attachment(template=template)
    read = opened(file.content)

    assert (read.method, read.status) == ("REQUEST", "CONFIRMED")
    assert (file.name, file.media_type) == ("appointment.ics", "text/calendar; charset=UTF-8; method=REQUEST")


def test_file_of_a_cancelled_appointment_cancels_it() -> None:
    file = attachment(template=Template.APPOINTMENT_CANCELLED)
    read = opened(file.content)

    assert (read.method, read.status) == ("CANCEL", "CANCELLED")
    assert file.media_type == "text/calendar; charset=UTF-8; method=CANCEL"


def test_entry_is_named_by_the_appointment_and_its_version() -> None:
    read = entry(version=7)

    assert (read.uid, read.sequence) == (f"{APPOINTMENT}@taly", 7)


def test_entry_has_service_and_company_start_and_end() -> None:
    read = entry()

    assert read.summary == "Haircut (Café Zoë)"
    assert read.start == datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
    assert read.end == datetime(2026, 4, 15, 14, 45, tzinfo=UTC)


def test_file_names_the_program_and_the_version_of_the_format() -> None:
    assert lines()[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Taly//Appointments//EN", "METHOD:REQUEST"]


def test_company_organizes_what_the_recipient_has_accepted() -> None:
    read = entry()

    assert (read.organizer.value, read.organizer.params) == ("mailto:hello@zoe.example", {"CN": ["Café Zoë"]})
    assert read.attendee.value == "mailto:ada@example.com"
    assert read.attendee.params == {"CN": ["Ada Lovelace"], "PARTSTAT": ["ACCEPTED"], "RSVP": ["FALSE"]}


def test_characters_that_end_an_address_are_encoded() -> None:
    assert entry(to={"email": "a?b#c%d&e=f+g@example.com"}).attendee.value == (
        "mailto:a%3Fb%23c%25d%26e%3Df+g@example.com"
    )


def test_file_is_stamped_with_the_messages_time() -> None:
    changes: dict[str, Any] = {"timestamp": "2026-04-14T16:00:00.25+02:00"}

    assert entry(**changes).stamp == datetime(2026, 4, 14, 14, 0, tzinfo=UTC)
    assert attachment(**changes) == attachment(**changes)


@pytest.mark.parametrize("end", [None, "2026-04-15T14:00:00Z", "2026-04-15T13:59:59Z", "2026-04-15T14:00:00.9Z"])
def test_entry_without_an_end_after_its_start_has_no_end(end: str | None) -> None:
    read = entry(endTime=end)

    assert read.end is None
    assert not any(line.startswith("DURATION") for line in lines(endTime=end))


@pytest.mark.parametrize(
    ("zone", "start", "local"),
    [
        ("Europe/Berlin", "2026-04-15T14:00:00Z", ";TZID=Europe/Berlin:20260415T160000"),
        ("Europe/Berlin", "2026-12-15T14:00:00Z", ";TZID=Europe/Berlin:20261215T150000"),
        ("America/New_York", "2026-04-15T14:00:00Z", ";TZID=America/New_York:20260415T100000"),
        ("Asia/Kolkata", "2026-04-15T14:00:00Z", ";TZID=Asia/Kolkata:20260415T193000"),
        ("Australia/Lord_Howe", "2026-12-15T14:00:00Z", ";TZID=Australia/Lord_Howe:20261216T010000"),
        ("europe/berlin", "2026-04-15T14:00:00Z", ";TZID=Europe/Berlin:20260415T160000"),
        ("Etc/Unknown", "2026-04-15T14:00:00Z", ":20260415T140000Z"),
        ("UTC", "2026-04-15T14:00:00Z", ":20260415T140000Z"),
        (None, "2026-04-15T14:00:00Z", ":20260415T140000Z"),
        # Just before, in and after the hour that is skipped, then before and in the hour that comes twice.
        ("Europe/Berlin", "2026-03-29T00:59:59Z", ";TZID=Europe/Berlin:20260329T015959"),
        ("Europe/Berlin", "2026-03-29T01:30:00Z", ";TZID=Europe/Berlin:20260329T033000"),
        ("America/New_York", "2026-03-08T07:00:00Z", ";TZID=America/New_York:20260308T030000"),
        ("Australia/Lord_Howe", "2026-10-03T15:40:00Z", ";TZID=Australia/Lord_Howe:20261004T024000"),
        ("Europe/Berlin", "2026-10-25T00:30:00Z", ";TZID=Europe/Berlin:20261025T023000"),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", ":20261025T013000Z"),
        ("Europe/Berlin", "2026-10-25T02:30:00Z", ";TZID=Europe/Berlin:20261025T033000"),
    ],
)
def test_times_are_in_the_customers_zone(zone: str | None, start: str, local: str) -> None:
    changes: dict[str, Any] = {"to": {"timeZone": zone}, "startTime": start, "endTime": None}

    assert f"DTSTART{local}" in lines(**changes)
    assert entry(**changes).start == datetime.fromisoformat(start)


OBSERVANCE = re.compile(r"DTSTART:(\S+)\r\nTZNAME:\S+\r\nTZOFFSETFROM:(\S+)\r\nTZOFFSETTO:(\S+)\r\n")


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", ["2025-10-26T01:00", "2026-03-29T01:00", "2026-10-25T01:00", "2027-03-28T01:00"]),
        ("America/New_York", ["2025-11-02T06:00", "2026-03-08T07:00", "2026-11-01T06:00", "2027-03-14T07:00"]),
        ("Australia/Lord_Howe", ["2025-10-04T15:30", "2026-04-04T15:00", "2026-10-03T15:30", "2027-04-03T15:00"]),
    ],
)
def test_changes_are_dated_by_the_offset_before(zone: str, changes: list[str]) -> None:
    """RFC 5545, section 3.6.5: a change's local time is that of the offset that it ends."""
    content = attachment(to={"timeZone": zone}).content.decode()

    found = [
        (datetime.strptime(start + before, "%Y%m%dT%H%M%S%z"), after)
        for start, before, after in OBSERVANCE.findall(content)
    ]

    assert [moment.astimezone(UTC) for moment, _ in found] == [
        datetime.fromisoformat(f"{each}:00Z") for each in changes
    ]
    assert [f"{moment.astimezone(ZoneInfo(zone)):%z}" for moment, _ in found] == [after for _, after in found]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 with a zone
    st.timedeltas(timedelta(seconds=1), timedelta(days=3)),
    st.sampled_from(ZONES),
)
@SUITE
def test_zone_data_give_the_moments_back(start: datetime, length: timedelta, zone: str) -> None:
    start, end = start.replace(microsecond=0), (start + length).replace(microsecond=0)

    read = entry(to={"timeZone": zone}, startTime=start.isoformat(), endTime=end.isoformat())

    assert (read.start, read.end) == (start, end if end > start else None)


@pytest.mark.parametrize("start", ["1970-01-01T00:00:00Z", "2999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ZONES)
def test_first_and_last_moment_have_a_file(zone: str, start: str) -> None:
    local = datetime.fromisoformat(start).astimezone(ZoneInfo(zone))

    (found,) = (line for line in lines(to={"timeZone": zone}, startTime=start, endTime=None)[-12:] if "DTSTART" in line)

    assert found.partition(":")[2].removesuffix("Z") == f"{local:%Y%m%dT%H%M%S}"


def test_zone_data_are_small() -> None:
    assert all(len(attachment(to={"timeZone": zone}).content) < 1_000 for zone in ZONES)


def test_what_lasts_for_centuries_has_a_small_file_in_utc() -> None:
    content = attachment(endTime="2999-12-31T23:59:59Z").content

    assert opened(content).end == datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert len(content) < 1_000


def test_text_comes_back_as_it_was_and_in_lines_of_75_octets() -> None:
    service = 'Cut; wash, "dry" \\ style: ' + "Haarschnitt-理容室-💇🏽‍♀️ " * 5 + "."

    content = attachment(service=service, to={"name": HARD.recipient}).content

    assert opened(content).summary == f"{service} (Café Zoë)"
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_names_add_no_line_and_no_control_to_the_file(odd: str) -> None:
    name = f"Ada{odd}ATTENDEE:mailto:eve@example.com"

    content = attachment(service=name, companyName=name, to={"name": name}).content.decode()

    assert odd not in content.replace("\r\n", "")
    assert "\r\nATTENDEE:" not in content
    assert opened(content.encode()).attendee.value == "mailto:ada@example.com"


@pytest.mark.parametrize("name", ['Ada "the Countess" Lovelace', "A;B:C,D", "a^nb"])
def test_name_of_the_recipient_ends_no_parameter(name: str) -> None:
    read = entry(to={"name": name})

    assert read.attendee.value == "mailto:ada@example.com"
    assert read.attendee.params["PARTSTAT"] == ["ACCEPTED"]


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
def test_blank_names_are_left_out(blank: str) -> None:
    read = entry(companyName=blank, to={"name": blank})

    assert read.summary == "Haircut"
    assert "CN" not in read.organizer.params
    assert "CN" not in read.attendee.params


WRITTEN_AT = datetime(2026, 4, 14, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize(
    ("version", "expected"),
    [(0, 0), (5, 5), (MAX_SEQUENCE, MAX_SEQUENCE), (MAX_SEQUENCE + 1, MAX_SEQUENCE), (2**53 - 1, MAX_SEQUENCE)],
)
def test_sequence_is_the_version_as_far_as_calendars_count(template: Template, version: int, expected: int) -> None:
    assert sequence(template, version, WRITTEN_AT) == expected


def test_confirmation_without_a_version_is_the_first() -> None:
    assert sequence(Template.BOOKING_CONFIRMATION, None, WRITTEN_AT) == 0


@pytest.mark.parametrize(
    "template", [Template.APPOINTMENT_REMINDER, Template.APPOINTMENT_MOVED, Template.APPOINTMENT_CANCELLED]
)
def test_without_versions_a_later_mail_has_a_higher_sequence(template: Template) -> None:
    first, second = (sequence(template, None, WRITTEN_AT + timedelta(seconds=each)) for each in (0, 1))

    assert 0 < first < second <= MAX_SEQUENCE


@pytest.mark.parametrize(("year", "expected"), [(1970, 0), (2999, MAX_SEQUENCE)])
def test_sequence_of_any_year_is_one_that_calendars_can_hold(year: int, expected: int) -> None:
    assert sequence(Template.APPOINTMENT_MOVED, None, datetime(year, 1, 1, tzinfo=UTC)) == expected
