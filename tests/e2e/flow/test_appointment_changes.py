"""Whatever the order of an appointment's changes, the scheduled reminders are those of the start in the CRM."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.standins.crm.state import Facts
from local.traffic import appointments, bookings
from local.traffic.duplicates import older_change, resent_elsewhere
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
    reminder_key,
    text_key,
)
from schemas.bookings import BOOKING_CREATED
from schemas.crm import Appointment
from schemas.emails import Template
from schemas.event_type import EventType
from schemas.reasons import Outcome
from tests.calendars import PersonalCalendar
from tests.e2e.scene import Scene, message


def pending(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """The due times of the appointment's scheduled reminders, by key."""
    keys = [
        reminder_key(appointment.company_id, appointment.id, lead) for lead in scene.traffic.settings.reminder_leads
    ]
    found = {key: scene.schedule(key) for key in keys}
    return {key: schedule.due for key, schedule in found.items() if schedule}


def expected(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """The due times of all reminders of an appointment, by key."""
    leads = scene.traffic.settings.reminder_leads
    return {reminder_key(appointment.company_id, appointment.id, lead): appointment.start_time - lead for lead in leads}


def change(scene: Scene, event_type: EventType[Any], appointment: Appointment) -> AcceptedPublication:
    """Change an appointment in the CRM and publish the change."""
    scene.stage.prepare(Facts(appointments=(appointment,)))
    payload = {
        "companyId": appointment.company_id,
        "appointmentId": appointment.id,
        "version": appointment.version,
    }
    return scene.publish_message(event_type, payload, subject=appointment.id)


def unchanged(appointment: Appointment) -> Appointment:
    return appointment


def cancelled(appointment: Appointment) -> Appointment:
    return appointment.model_copy(update={"status": "cancelled"})


def a_day_later(appointment: Appointment) -> Appointment:
    return moved(appointment, timedelta(days=1))


def cancelled_a_day_later(appointment: Appointment) -> Appointment:
    return cancelled(a_day_later(appointment))


def moved(appointment: Appointment, by: timedelta) -> Appointment:
    return appointment.model_copy(
        update={
            "start_time": appointment.start_time + by,
            "end_time": appointment.end_time and appointment.end_time + by,
        }
    )


@dataclass(frozen=True)
class ChangeStep:
    """A change as published, and the CRM's state at that time."""

    event_type: EventType[Any]
    known: Callable[[Appointment], Appointment]


ORDERS = {
    "cancelled twice": (
        ChangeStep(APPOINTMENT_CREATED, unchanged),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
    ),
    "cancelled before it was created": (
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
        ChangeStep(APPOINTMENT_CREATED, cancelled),
    ),
    "cancelled before it was created and after": (
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
        ChangeStep(APPOINTMENT_CREATED, cancelled),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
    ),
    "moved, then cancelled": (
        ChangeStep(APPOINTMENT_CREATED, unchanged),
        ChangeStep(APPOINTMENT_RESCHEDULED, a_day_later),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled_a_day_later),
    ),
    "moved, then cancelled, in the wrong order": (
        ChangeStep(APPOINTMENT_CREATED, unchanged),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled_a_day_later),
        ChangeStep(APPOINTMENT_RESCHEDULED, cancelled_a_day_later),
    ),
    "a cancellation comes twice after a later move": (
        ChangeStep(APPOINTMENT_CREATED, unchanged),
        ChangeStep(APPOINTMENT_RESCHEDULED, a_day_later),
        ChangeStep(APPOINTMENT_CANCELLED, a_day_later),
        ChangeStep(APPOINTMENT_CANCELLED, a_day_later),
    ),
    "a cancellation comes again after it was made anew": (
        ChangeStep(APPOINTMENT_CREATED, unchanged),
        ChangeStep(APPOINTMENT_CANCELLED, cancelled),
        ChangeStep(APPOINTMENT_CREATED, a_day_later),
        ChangeStep(APPOINTMENT_CANCELLED, a_day_later),
    ),
    "moved before it was created": (
        ChangeStep(APPOINTMENT_RESCHEDULED, a_day_later),
        ChangeStep(APPOINTMENT_CREATED, a_day_later),
    ),
}
"""Orders in which changes can arrive."""

each_order = pytest.mark.parametrize("order", [pytest.param(steps, id=name) for name, steps in ORDERS.items()])


def new_appointment(scene: Scene) -> Appointment:
    """An appointment without any published message."""
    (appointment,) = scene.traffic.publication(
        appointments.created, PublicationDoor.QUEUE, number=next(scene.numbers)
    ).facts.appointments
    return appointment


def await_outcomes(scene: Scene, accepted: Sequence[AcceptedPublication]) -> None:
    """Wait until each message has as many final outcomes as it was published."""
    expected = Counter(item.id for item in accepted)

    def all_final() -> bool:
        lines = [line for line in scene.records.lines() if line.service == line.type and line.final]
        return not expected - Counter(line.id for line in lines)

    scene.eventually(lambda: all_final() or None, what="the final outcomes of all changes")


def expected_at_the_end(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """The reminders that must be scheduled for an appointment in its final state in the CRM."""
    return {} if appointment.is_cancelled else expected(scene, appointment)


def assert_old_reminder_is_skipped(scene: Scene, final_state: Appointment, start: datetime) -> None:
    """Publish the reminder of a previous start: it is skipped."""
    payload = {
        "companyId": final_state.company_id,
        "appointmentId": final_state.id,
        "startTime": start.isoformat(),
    }
    old_reminder = scene.publish_message(APPOINTMENT_REMINDER, payload, subject=final_state.id)

    decided = scene.outcome_of(old_reminder)

    assert (decided.what, decided.follow_ups) == (Outcome.SKIPPED, ())
    assert [line for line in scene.records.lines() if line.causation_id == old_reminder.id] == []
    assert [text for text in scene.stage.emulator.texts() if text.to == final_state.customer.phone] == []
    mails = [mail for mail in scene.stage.ses.state.mails() if final_state.customer.email in mail.to]
    assert Template.APPOINTMENT_REMINDER not in [mail.tags["template"] for mail in mails]


@pytest.mark.parametrize("door", PublicationDoor)
def test_a_new_appointment_has_all_its_reminders_scheduled(scene: Scene, door: PublicationDoor) -> None:
    created = scene.publish(appointments.created, door)

    scene.completed(created)

    (appointment,) = created.publication.facts.appointments
    assert pending(scene, appointment) == expected(scene, appointment)
    for due in created.publication.schedules:
        schedule = scene.schedule(due.key)
        assert schedule is not None
        assert (schedule.claims.type, schedule.claims.company_id) == (APPOINTMENT_REMINDER.name, appointment.company_id)


def test_an_appointment_at_short_notice_has_its_later_reminders_scheduled(scene: Scene) -> None:
    created = scene.publish(appointments.created_at_short_notice)

    scene.completed(created)

    (appointment,) = created.publication.facts.appointments
    assert pending(scene, appointment) == {due.key: due.at for due in created.publication.schedules}
    assert len(created.publication.schedules) == 1


def test_an_appointment_already_cancelled_has_no_reminders(scene: Scene) -> None:
    created = scene.publish(appointments.created_and_cancelled, PublicationDoor.BUS)

    scene.completed(created)

    (appointment,) = created.publication.facts.appointments
    assert pending(scene, appointment) == {}


def test_the_reminders_of_a_new_start_replace_the_old_ones(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.completed(created)
    (before,) = created.publication.facts.appointments
    now_at = moved(before, timedelta(days=1))

    decided = scene.outcome_of(change(scene, APPOINTMENT_RESCHEDULED, now_at))

    assert decided.what is Outcome.SUCCEEDED
    assert pending(scene, before) == expected(scene, now_at)


def test_a_cancelled_appointment_has_no_reminders(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.completed(created)
    (appointment,) = created.publication.facts.appointments
    assert pending(scene, appointment) == expected(scene, appointment)

    decided = scene.outcome_of(change(scene, APPOINTMENT_CANCELLED, cancelled(appointment)))

    text = text_key(appointment.company_id, appointment.id)
    assert sorted(decided.unscheduled) == sorted([*expected(scene, appointment), text])
    assert pending(scene, appointment) == {}


def test_a_late_older_change_leads_to_the_current_start(scene: Scene) -> None:
    later = scene.publish(appointments.rescheduled)
    scene.completed(later)

    older = scene.publish_second(later, older_change)
    decided = scene.outcome_of(older)

    (appointment,) = later.publication.facts.appointments
    assert decided.what is Outcome.SUCCEEDED
    assert pending(scene, appointment) == expected(scene, appointment)


def test_a_late_cancellation_of_a_rebooked_appointment_changes_nothing(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.completed(created)
    (appointment,) = created.publication.facts.appointments

    scene.outcome_of(change(scene, APPOINTMENT_CANCELLED, appointment))

    assert pending(scene, appointment) == expected(scene, appointment)


def version(appointment: Appointment, number: int) -> Appointment:
    return appointment.model_copy(update={"version": number})


def calendar_file(scene: Scene, published: AcceptedPublication) -> bytes:
    """The calendar file of the one mail that follows from an event."""
    (mail,) = scene.mails_of(scene.follow_ups_of(scene.outcome_of(published)))
    (file,) = mail.attachments
    return file.content


def book(scene: Scene, appointment: Appointment) -> AcceptedPublication:
    """Publish the booking of an appointment."""
    example = scene.traffic.publication(bookings.confirmed, PublicationDoor.QUEUE, number=next(scene.numbers))
    payload = message(example.body)["payload"] | {
        "companyId": appointment.company_id,
        "appointmentId": appointment.id,
        "appointmentVersion": appointment.version,
        "startTime": appointment.start_time.isoformat(),
    }
    return scene.publish_message(BOOKING_CREATED, payload, subject=payload["bookingId"])


def test_mails_move_and_remove_the_entry_in_the_customers_calendar(scene: Scene) -> None:
    booked = version(new_appointment(scene), 1)
    later = version(a_day_later(booked), 2)
    calendar = PersonalCalendar()

    calendar.open(calendar_file(scene, book(scene, booked)))
    (first,) = calendar.entries
    calendar.open(calendar_file(scene, change(scene, APPOINTMENT_RESCHEDULED, later)))
    (second,) = calendar.entries
    calendar.open(calendar_file(scene, change(scene, APPOINTMENT_CANCELLED, version(cancelled(later), 3))))

    assert (first.uid, first.start) == (f"{booked.id}@taly", booked.start_time)
    assert (second.uid, second.start) == (first.uid, later.start_time)
    assert second.sequence > first.sequence
    assert calendar.entries == []


@each_order
def test_no_order_of_changes_leads_to_a_wrong_reminder(scene: Scene, order: Sequence[ChangeStep]) -> None:
    appointment = new_appointment(scene)
    states = [step.known(appointment) for step in order]

    for step, state in zip(order, states, strict=True):
        scene.outcome_of(change(scene, step.event_type, state))
        assert pending(scene, appointment) == expected_at_the_end(scene, state)

    final_state = states[-1]
    starts = {appointment.start_time, *(state.start_time for state in states)}
    for start in sorted(starts if final_state.is_cancelled else starts - {final_state.start_time}):
        assert_old_reminder_is_skipped(scene, final_state, start)
    assert pending(scene, appointment) == expected_at_the_end(scene, final_state)


def test_simultaneous_repeated_changes_lead_to_the_crms_state(scene: Scene) -> None:
    final_states, accepted = [], []
    for order in ORDERS.values():
        appointment = new_appointment(scene)
        state = order[-1].known(appointment)
        firsts = [change(scene, step.event_type, state) for step in reversed(order)]
        accepted += firsts + [scene.publish_second(first, resent_elsewhere) for first in firsts]
        final_states.append(state)

    await_outcomes(scene, accepted)

    for state in final_states:
        assert pending(scene, state) == expected_at_the_end(scene, state)
