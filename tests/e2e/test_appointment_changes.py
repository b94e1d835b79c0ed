"""Whatever order an appointment's changes come in, what stands are the reminders of the start that the CRM knows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ops.local.crm_books import Facts
from ops.local.doors import Accepted
from ops.local.traffic import changes
from ops.local.traffic.publication import Door
from ops.local.traffic.repeating import an_older_one
from schemas.appointments import APPOINTMENT_CANCELLED, APPOINTMENT_REMINDER, APPOINTMENT_RESCHEDULED, reminder_key
from schemas.crm import Appointment
from schemas.event_type import EventType
from schemas.reasons import Outcome
from tests.e2e.scene import Scene


def standing(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """When its reminders are due, by their keys."""
    keys = [reminder_key(appointment.id, lead) for lead in scene.traffic.rules.reminder_leads]
    found = {key: scene.schedule(key) for key in keys}
    return {key: schedule.at for key, schedule in found.items() if schedule}


def foretold(scene: Scene, appointment: Appointment) -> dict[str, datetime | None]:
    """Each of its reminders."""
    leads = scene.traffic.rules.reminder_leads
    return {reminder_key(appointment.id, lead): appointment.start_time - lead for lead in leads}


def change(scene: Scene, event_type: EventType[Any], appointment: Appointment) -> Accepted:
    """Let the CRM know an appointment as it is now, and say that it changed."""
    scene.stage.learn(Facts(appointments=(appointment,)))
    payload = {"companyId": appointment.company_id, "appointmentId": appointment.id}
    return scene.tell(event_type, payload, subject=appointment.id)


def moved(appointment: Appointment, by: timedelta) -> Appointment:
    return appointment.model_copy(
        update={"start_time": appointment.start_time + by, "end_time": appointment.end_time + by}
    )


@pytest.mark.parametrize("door", Door)
def test_of_a_new_appointment_each_reminder_is_scheduled(scene: Scene, door: Door) -> None:
    created = scene.publish(changes.created, door)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == foretold(scene, appointment)
    for due in created.publication.due:
        schedule = scene.schedule(due.key)
        assert schedule is not None
        assert (schedule.type, schedule.group) == (APPOINTMENT_REMINDER.name, appointment.company_id)


def test_of_one_at_short_notice_only_what_is_to_come_is_scheduled(scene: Scene) -> None:
    created = scene.publish(changes.created_at_short_notice)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == {due.key: due.at for due in created.publication.due}
    assert len(created.publication.due) == 1


def test_of_one_that_is_cancelled_by_then_nothing_is_scheduled(scene: Scene) -> None:
    created = scene.publish(changes.created_and_cancelled, Door.BUS)

    scene.came_true(created)

    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == {}


def test_the_reminders_of_a_new_start_take_the_place_of_the_old_ones(scene: Scene) -> None:
    created = scene.publish(changes.created)
    scene.came_true(created)
    (before,) = created.publication.facts.appointments
    now_at = moved(before, timedelta(days=1))

    decided = scene.decided(change(scene, APPOINTMENT_RESCHEDULED, now_at))

    assert decided.outcome is Outcome.SUCCEEDED
    assert standing(scene, before) == foretold(scene, now_at)


def test_of_a_cancelled_appointment_nothing_stands_any_more(scene: Scene) -> None:
    created = scene.publish(changes.created)
    scene.came_true(created)
    (appointment,) = created.publication.facts.appointments
    assert standing(scene, appointment) == foretold(scene, appointment)

    called_off = appointment.model_copy(update={"status": "cancelled"})
    decided = scene.decided(change(scene, APPOINTMENT_CANCELLED, called_off))

    assert sorted(decided.unscheduled) == sorted(foretold(scene, appointment))
    assert standing(scene, appointment) == {}


def test_an_older_change_that_comes_late_leads_to_the_present_start_too(scene: Scene) -> None:
    later = scene.publish(changes.rescheduled)
    scene.came_true(later)

    older = scene.repeat(later, an_older_one)
    decided = scene.decided(older)

    (appointment,) = later.publication.facts.appointments
    assert decided.outcome is Outcome.SUCCEEDED
    assert standing(scene, appointment) == foretold(scene, appointment)


def test_an_appointment_that_stands_again_has_its_reminders_whatever_a_late_cancellation_says(scene: Scene) -> None:
    created = scene.publish(changes.created)
    scene.came_true(created)
    (appointment,) = created.publication.facts.appointments

    scene.decided(change(scene, APPOINTMENT_CANCELLED, appointment))

    assert standing(scene, appointment) == foretold(scene, appointment)
