"""Whatever order an appointment's changes come in, what stands are the reminders of the start that the CRM knows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.standins.crm.state import Facts
from local.traffic import appointments
from local.traffic.publication import PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.variations import an_older_one, the_same_again
from schemas.appointments import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CREATED,
    APPOINTMENT_REMINDER,
    APPOINTMENT_RESCHEDULED,
    reminder_key,
)
from schemas.crm import Appointment
from schemas.event_type import EventType
from schemas.reasons import Outcome
from tests.e2e.scene import Scene


def standing(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """When its reminders are due, by their keys."""
    keys = [reminder_key(appointment.id, lead) for lead in scene.traffic.rules.reminder_leads]
    found = {key: scene.schedule(key) for key in keys}
    return {key: schedule.due for key, schedule in found.items() if schedule}


def foretold(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """Each of its reminders."""
    leads = scene.traffic.rules.reminder_leads
    return {reminder_key(appointment.id, lead): appointment.start_time - lead for lead in leads}


def change(scene: Scene, event_type: EventType[Any], appointment: Appointment) -> AcceptedPublication:
    """Let the CRM know an appointment as it is now, and say that it changed."""
    scene.stage.learn(Facts(appointments=(appointment,)))
    payload = {"companyId": appointment.company_id, "appointmentId": appointment.id}
    return scene.tell(event_type, payload, subject=appointment.id)


def as_it_was(appointment: Appointment) -> Appointment:
    return appointment


def called_off(appointment: Appointment) -> Appointment:
    return appointment.model_copy(update={"status": "cancelled"})


def a_day_later(appointment: Appointment) -> Appointment:
    return moved(appointment, timedelta(days=1))


def called_off_a_day_later(appointment: Appointment) -> Appointment:
    return called_off(a_day_later(appointment))


def moved(appointment: Appointment, by: timedelta) -> Appointment:
    return appointment.model_copy(
        update={"start_time": appointment.start_time + by, "end_time": appointment.end_time + by}
    )


@dataclass(frozen=True)
class Step:
    """A change as it comes in, and what the CRM knows by then."""

    event_type: EventType[Any]
    known: Callable[[Appointment], Appointment]


ORDERS = {
    "cancelled twice": (
        Step(APPOINTMENT_CREATED, as_it_was),
        Step(APPOINTMENT_CANCELLED, called_off),
        Step(APPOINTMENT_CANCELLED, called_off),
    ),
    "cancelled before it was created": (
        Step(APPOINTMENT_CANCELLED, called_off),
        Step(APPOINTMENT_CREATED, called_off),
    ),
    "cancelled before it was created and after": (
        Step(APPOINTMENT_CANCELLED, called_off),
        Step(APPOINTMENT_CREATED, called_off),
        Step(APPOINTMENT_CANCELLED, called_off),
    ),
    "moved, then cancelled": (
        Step(APPOINTMENT_CREATED, as_it_was),
        Step(APPOINTMENT_RESCHEDULED, a_day_later),
        Step(APPOINTMENT_CANCELLED, called_off_a_day_later),
    ),
    "moved, then cancelled, in the wrong order": (
        Step(APPOINTMENT_CREATED, as_it_was),
        Step(APPOINTMENT_CANCELLED, called_off_a_day_later),
        Step(APPOINTMENT_RESCHEDULED, called_off_a_day_later),
    ),
    "a cancellation comes twice after a later move": (
        Step(APPOINTMENT_CREATED, as_it_was),
        Step(APPOINTMENT_RESCHEDULED, a_day_later),
        Step(APPOINTMENT_CANCELLED, a_day_later),
        Step(APPOINTMENT_CANCELLED, a_day_later),
    ),
    "a cancellation comes again after it was made anew": (
        Step(APPOINTMENT_CREATED, as_it_was),
        Step(APPOINTMENT_CANCELLED, called_off),
        Step(APPOINTMENT_CREATED, a_day_later),
        Step(APPOINTMENT_CANCELLED, a_day_later),
    ),
    "moved before it was created": (
        Step(APPOINTMENT_RESCHEDULED, a_day_later),
        Step(APPOINTMENT_CREATED, a_day_later),
    ),
}
"""In which changes can come in."""

each_order = pytest.mark.parametrize("order", [pytest.param(steps, id=name) for name, steps in ORDERS.items()])


def unheard_of(scene: Scene) -> Appointment:
    """An appointment of which nobody has been told."""
    (appointment,) = scene.traffic.publication(
        appointments.created, PublicationDoor.QUEUE, number=next(scene.numbers)
    ).facts.appointments
    return appointment


def all_decided(scene: Scene, accepted: Sequence[AcceptedPublication]) -> None:
    """Each has had its say as often as it was published."""
    foretold = Counter(item.id for item in accepted)

    def said() -> bool:
        lines = [line for line in scene.ledger.lines() if line.service == line.type and line.final]
        return not foretold - Counter(line.id for line in lines)

    scene.eventually(lambda: said() or None, what="the end of every change")


def what_must_stand(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """The reminders of an appointment as the CRM knows it in the end."""
    return {} if appointment.is_cancelled else foretold(scene, appointment)


def nobody_is_reminded(scene: Scene, in_the_end: Appointment, start: datetime) -> None:
    """An old reminder, that of a start that is no more, comes in all the same and is skipped."""
    payload = {
        "companyId": in_the_end.company_id,
        "appointmentId": in_the_end.id,
        "startTime": start.isoformat(),
    }
    stray = scene.tell(APPOINTMENT_REMINDER, payload, subject=in_the_end.id)

    decided = scene.decided(stray)

    assert (decided.what, decided.follow_ups) == (Outcome.SKIPPED, ())
    assert [line for line in scene.ledger.lines() if line.causation_id == stray.id] == []
    assert [text for text in scene.stage.emulator.texts() if text.to == in_the_end.customer.phone] == []
    assert [mail for mail in scene.stage.emulator.mails() if in_the_end.customer.email in mail.to] == []


@pytest.mark.parametrize("door", PublicationDoor)
def test_of_a_new_appointment_each_reminder_is_scheduled(scene: Scene, door: PublicationDoor) -> None:
    created = scene.publish(appointments.created, door)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == foretold(scene, appointment)
    for due in created.publication.due:
        schedule = scene.schedule(due.key)
        assert schedule is not None
        assert (schedule.claims.type, schedule.group) == (APPOINTMENT_REMINDER.name, appointment.company_id)


def test_of_one_at_short_notice_only_what_is_to_come_is_scheduled(scene: Scene) -> None:
    created = scene.publish(appointments.created_at_short_notice)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == {due.key: due.at for due in created.publication.due}
    assert len(created.publication.due) == 1


def test_of_one_that_is_cancelled_by_then_nothing_is_scheduled(scene: Scene) -> None:
    created = scene.publish(appointments.created_and_cancelled, PublicationDoor.BUS)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == {}


def test_the_reminders_of_a_new_start_take_the_place_of_the_old_ones(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.came_true(created)
    (before,) = created.publication.facts.appointments
    now_at = moved(before, timedelta(days=1))

    decided = scene.decided(change(scene, APPOINTMENT_RESCHEDULED, now_at))

    assert decided.what is Outcome.SUCCEEDED
    assert standing(scene, before) == foretold(scene, now_at)


def test_of_a_cancelled_appointment_nothing_stands_any_more(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.came_true(created)
    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == foretold(scene, appointment)

    decided = scene.decided(change(scene, APPOINTMENT_CANCELLED, called_off(appointment)))

    assert sorted(decided.unscheduled) == sorted(foretold(scene, appointment))
    assert standing(scene, appointment) == {}


def test_an_older_change_that_comes_late_leads_to_the_present_start_too(scene: Scene) -> None:
    later = scene.publish(appointments.rescheduled)
    scene.came_true(later)

    older = scene.repeat(later, an_older_one)
    decided = scene.decided(older)

    (appointment,) = later.publication.facts.appointments
    assert decided.what is Outcome.SUCCEEDED
    assert standing(scene, appointment) == foretold(scene, appointment)


def test_an_appointment_that_stands_again_has_its_reminders_whatever_a_late_cancellation_says(scene: Scene) -> None:
    created = scene.publish(appointments.created)
    scene.came_true(created)
    (appointment,) = created.publication.facts.appointments

    scene.decided(change(scene, APPOINTMENT_CANCELLED, appointment))

    assert standing(scene, appointment) == foretold(scene, appointment)


@each_order
def test_in_whatever_order_changes_come_nobody_is_reminded_wrongly(scene: Scene, order: Sequence[Step]) -> None:
    appointment = unheard_of(scene)
    states = [step.known(appointment) for step in order]

    for step, state in zip(order, states, strict=True):
        scene.decided(change(scene, step.event_type, state))
        assert standing(scene, appointment) == what_must_stand(scene, state)

    in_the_end = states[-1]
    of_old = {appointment.start_time, *(state.start_time for state in states)}
    for start in sorted(of_old if in_the_end.is_cancelled else of_old - {in_the_end.start_time}):
        nobody_is_reminded(scene, in_the_end, start)
    assert standing(scene, appointment) == what_must_stand(scene, in_the_end)


def test_changes_that_come_all_at_once_and_each_twice_lead_to_what_the_crm_knows(scene: Scene) -> None:
    in_the_end, accepted = [], []
    for order in ORDERS.values():
        appointment = unheard_of(scene)
        state = order[-1].known(appointment)
        firsts = [change(scene, step.event_type, state) for step in reversed(order)]
        accepted += firsts + [scene.repeat(first, the_same_again) for first in firsts]
        in_the_end.append(state)

    all_decided(scene, accepted)

    for state in in_the_end:
        assert standing(scene, state) == what_must_stand(scene, state)
