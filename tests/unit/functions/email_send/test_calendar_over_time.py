"""The calendar of a customer who opens the files of all mails about an appointment, as the functions send them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from lambdas.appointment_cancelled.handler import handler as cancelled
from lambdas.appointment_reminder.handler import handler as reminder_due
from lambdas.appointment_rescheduled.handler import handler as rescheduled
from lambdas.booking_created.handler import handler as booked
from lambdas.common.handlers import Handler
from lambdas.common.reminders import Reminders
from lambdas.email_send.composition import Composer
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from tests.calendars import PersonalCalendar
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.messages import APPOINTMENT, appointment, booking, booking_payload, message, reminder, text

FIRST_START = "2026-04-20T14:00:00Z"
NEW_START = "2026-04-21T09:30:00Z"
NEW_TIMES = {"startTime": NEW_START, "endTime": "2026-04-21T10:15:00Z"}


def file_of(handler: Handler[Any], body: dict[str, Any], *, minutes: int, **stands: Any) -> bytes:
    """The calendar file of the mail that follows from an event, some minutes later, with the CRM in some state."""
    harness = FunctionHarness(now=NOW + timedelta(minutes=minutes))
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(200, appointment(**stands))))
    harness.capabilities[Reminders] = Reminders([timedelta(hours=1)], lambda: harness.now)
    handler.process(sqs_event(text(body)), FakeContext(), harness.runtime())
    (mail,) = (entry["Detail"] for entry in harness.events.published if entry["DetailType"] == EMAIL_SEND.name)
    parsed = decode_strictly(mail, catalogue=BY_NAME)
    assert isinstance(parsed, Message)
    (file,) = Composer("Taly <no-reply@mail.taly.dev>").compose(parsed).attachments
    return file.content


def confirmation(version: int | None) -> bytes:
    payload = booking_payload(
        appointmentId=APPOINTMENT,
        appointmentVersion=version,
        startTime=FIRST_START,
        endTime="2026-04-20T14:45:00Z",
    )
    return file_of(booked, booking(payload=payload), minutes=0)


def move(version: int | None) -> bytes:
    event = message("appointment.rescheduled", {"appointmentId": APPOINTMENT, "version": version})
    return file_of(rescheduled, event, minutes=10, version=version, **NEW_TIMES)


def reminded(version: int | None) -> bytes:
    return file_of(reminder_due, reminder(startTime=NEW_START), minutes=20, version=version, **NEW_TIMES)


def cancellation(version: int | None) -> bytes:
    event = message("appointment.cancelled", {"appointmentId": APPOINTMENT, "version": version})
    return file_of(cancelled, event, minutes=30, version=version, status="cancelled", **NEW_TIMES)


def calendar_of(files: Sequence[bytes]) -> PersonalCalendar:
    calendar = PersonalCalendar()
    for file in files:
        calendar.open(file)
    return calendar


WITH_VERSIONS = pytest.param((1, 2, 3), id="versions")
WITHOUT_VERSIONS = pytest.param((None, None, None), id="no-versions")
VERSIONS = pytest.mark.parametrize("versions", [WITH_VERSIONS, WITHOUT_VERSIONS])
Versions = tuple[int | None, int | None, int | None]


@VERSIONS
def test_the_confirmations_file_adds_the_appointment(versions: Versions) -> None:
    (entry,) = calendar_of([confirmation(versions[0])]).entries

    assert entry.start == datetime.fromisoformat(FIRST_START)


@VERSIONS
def test_a_moved_appointment_updates_the_entry(versions: Versions) -> None:
    calendar = calendar_of([confirmation(versions[0])])
    (before,) = calendar.entries

    calendar.open(move(versions[1]))

    (after,) = calendar.entries
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert (after.start, after.end) == (
        datetime(2026, 4, 21, 9, 30, tzinfo=UTC),
        datetime(2026, 4, 21, 10, 15, tzinfo=UTC),
    )


@VERSIONS
def test_a_cancelled_appointment_is_removed(versions: Versions) -> None:
    calendar = calendar_of([confirmation(versions[0]), move(versions[1])])

    calendar.open(cancellation(versions[2]))

    assert calendar.entries == []


@VERSIONS
def test_the_mail_of_a_change_that_comes_twice_leaves_one_entry(versions: Versions) -> None:
    (entry,) = calendar_of([confirmation(versions[0]), move(versions[1]), move(versions[1])]).entries

    assert entry.start == datetime.fromisoformat(NEW_START)


@VERSIONS
def test_a_reminder_leaves_one_entry_as_it_is(versions: Versions) -> None:
    calendar = calendar_of([confirmation(versions[0]), move(versions[1]), reminded(versions[1])])

    (entry,) = calendar.entries
    assert entry.start == datetime.fromisoformat(NEW_START)


@VERSIONS
def test_files_opened_in_any_order_end_in_one_state(versions: Versions) -> None:
    files = [confirmation(versions[0]), move(versions[1]), reminded(versions[1])]
    for order in permutations(files):
        assert [entry.start for entry in calendar_of(order).entries] == [datetime.fromisoformat(NEW_START)]

    for order in permutations([*files, cancellation(versions[2])]):
        assert calendar_of(order).entries == []


def test_versions_that_begin_later_replace_a_confirmation_without_one() -> None:
    (entry,) = calendar_of([move(1), confirmation(None)]).entries

    assert entry.start == datetime.fromisoformat(NEW_START)
