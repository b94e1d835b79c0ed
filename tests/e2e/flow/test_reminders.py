"""A reminder is sent if the appointment is unchanged in the CRM."""

import pytest

from local.traffic import appointments
from local.traffic.publication import Case, PublicationDoor
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.sms import SMS_SEND
from tests.e2e.scene import Scene, outcomes


@pytest.mark.parametrize("door", PublicationDoor)
def test_an_unchanged_appointment_gets_one_mail_and_one_text(scene: Scene, door: PublicationDoor) -> None:
    reminder = scene.publish(appointments.unchanged, door)

    jobs = scene.follow_ups_of(scene.outcome_of(reminder))

    assert outcomes(jobs) == [(EMAIL_SEND.name, Outcome.SUCCEEDED), (SMS_SEND.name, Outcome.SUCCEEDED)]
    (appointment,) = reminder.publication.facts.appointments
    (mail,) = scene.mails_of(jobs)
    (text,) = scene.texts_to(reminder)
    assert mail.to == (appointment.customer.email,)
    assert str(appointment.service) in mail.text
    assert str(appointment.service) in text


def test_a_customer_without_a_phone_gets_a_mail_only(scene: Scene) -> None:
    reminder = scene.publish(appointments.without_a_phone)

    assert outcomes(scene.follow_ups_of(scene.outcome_of(reminder))) == [(EMAIL_SEND.name, Outcome.SUCCEEDED)]


def test_a_crm_that_fails_once_is_called_again(scene: Scene) -> None:
    reminder = scene.publish(appointments.crm_fails_once)

    decided = scene.outcome_of(reminder)

    assert decided.what is Outcome.SUCCEEDED
    assert [call.status for call in scene.calls_about(reminder)] == [503, 200]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (appointments.cancelled_meanwhile, "the appointment was cancelled"),
        (appointments.already_started, "the appointment has begun"),
        (appointments.unknown, "404"),
    ],
)
def test_a_reminder_of_no_future_appointment_is_skipped(scene: Scene, case: Case, why: str) -> None:
    reminder = scene.publish(case)

    decided = scene.outcome_of(reminder)

    assert decided.what is Outcome.SKIPPED
    assert why in decided.detail
    assert (decided.follow_ups, decided.scheduled) == ((), ())
    assert scene.texts_to(reminder) == []


def test_a_reminder_of_another_company_is_dead_lettered(scene: Scene) -> None:
    reminder = scene.publish(appointments.wrong_company)

    dead_letter = scene.dead_letter(APPOINTMENT_REMINDER.name, lambda found: found.id == reminder.id)

    assert dead_letter.reason == Reason.PERMANENT
    assert scene.texts_to(reminder) == []


def test_an_appointment_moved_closer_has_its_later_reminders_scheduled(scene: Scene) -> None:
    reminder = scene.publish(appointments.moved_closer)

    decided = scene.outcome_of(reminder)

    (due,) = reminder.publication.schedules
    assert [each.key for each in decided.scheduled] == [due.key]
    schedule = scene.schedule(due.key)
    assert schedule is not None
    assert schedule.due == due.at
