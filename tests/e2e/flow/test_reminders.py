"""A reminder is sent for an appointment that stands as it did, whatever was planned."""

import pytest

from local.traffic import appointments
from local.traffic.publication import Case, PublicationDoor
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.sms import SMS_SEND
from tests.e2e.scene import Scene, endings


@pytest.mark.parametrize("door", PublicationDoor)
def test_an_appointment_that_stands_is_told_by_one_mail_and_one_text(scene: Scene, door: PublicationDoor) -> None:
    reminder = scene.publish(appointments.stands, door)

    jobs = scene.followed(scene.decided(reminder))

    assert endings(jobs) == [(EMAIL_SEND.name, Outcome.SUCCEEDED), (SMS_SEND.name, Outcome.SUCCEEDED)]
    (appointment,) = reminder.publication.facts.appointments
    (mail,) = scene.mails_of(jobs)
    (text,) = scene.texts_to(reminder)
    assert mail.to == (appointment.customer.email,)
    assert appointment.service in mail.text
    assert appointment.service in text


def test_a_customer_without_a_phone_gets_a_mail_alone(scene: Scene) -> None:
    reminder = scene.publish(appointments.without_a_phone)

    assert endings(scene.followed(scene.decided(reminder))) == [(EMAIL_SEND.name, Outcome.SUCCEEDED)]


def test_a_crm_that_does_not_tell_at_first_is_asked_again(scene: Scene) -> None:
    reminder = scene.publish(appointments.crm_fails_once)

    decided = scene.decided(reminder)

    assert (decided.what, decided.attempt) == (Outcome.SUCCEEDED, 2)
    assert [call.status for call in scene.calls_about(reminder)] == [503, 200]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (appointments.cancelled_meanwhile, "the appointment was cancelled"),
        (appointments.begun, "the appointment has begun"),
        (appointments.unknown, "404"),
    ],
)
def test_what_will_not_take_place_is_told_to_nobody(scene: Scene, case: Case, why: str) -> None:
    reminder = scene.publish(case)

    decided = scene.decided(reminder)

    assert decided.what is Outcome.SKIPPED
    assert why in decided.detail
    assert (decided.follow_ups, decided.scheduled) == ((), ())
    assert scene.texts_to(reminder) == []


def test_one_companys_message_does_not_remind_anothers_customer(scene: Scene) -> None:
    reminder = scene.publish(appointments.of_another_company)

    letter = scene.letter(APPOINTMENT_REMINDER.name, lambda letter: letter.id == reminder.id)

    assert letter.reason == Reason.PERMANENT
    assert scene.texts_to(reminder) == []


def test_of_an_appointment_that_was_moved_closer_only_what_is_to_come_is_scheduled(scene: Scene) -> None:
    reminder = scene.publish(appointments.moved_closer)

    decided = scene.decided(reminder)

    (due,) = reminder.publication.due
    assert [each.key for each in decided.scheduled] == [due.key]
    schedule = scene.schedule(due.key)
    assert schedule is not None
    assert schedule.due == due.at
