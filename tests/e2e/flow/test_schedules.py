"""Scheduled messages arrive at the ingress queue when they are due, like all other messages."""

from datetime import datetime

from ops.stage.endpoint import ACCOUNT, REGION
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from tests.e2e.flow.moved_appointment import MovedAppointment
from tests.e2e.scene import Scene, message, outcomes


def test_a_moved_appointment_sends_nothing_yet(moved: MovedAppointment) -> None:
    assert moved.decided.what is Outcome.SKIPPED
    assert "moved" in moved.decided.detail
    assert moved.decided.follow_ups == ()


def test_a_moved_appointment_has_its_new_reminders_scheduled(scene: Scene, moved: MovedAppointment) -> None:
    (appointment,) = moved.reminder.publication.facts.appointments
    ingress = scene.stage.deployed.ingress_queue_url.rsplit("/", 1)[-1]

    assert [schedule.due for schedule in moved.schedules] == [
        appointment.start_time - lead for lead in scene.traffic.settings.reminder_leads
    ]
    assert [each.id for each in moved.decided.scheduled] == [schedule.claims.id for schedule in moved.schedules]
    for schedule in moved.schedules:
        assert schedule.target_arn == f"arn:aws:sqs:{REGION}:{ACCOUNT}:{ingress}"
        assert schedule.claims.company_id == appointment.company_id
        assert message(schedule.body)["type"] == APPOINTMENT_REMINDER.name
        assert datetime.fromisoformat(message(schedule.body)["payload"]["startTime"]) == appointment.start_time


def test_a_due_reminder_arrives_at_the_ingress_and_is_sent_once(scene: Scene, moved: MovedAppointment) -> None:
    due, later = moved.schedules

    scene.lines(
        lambda line: line.id == due.claims.id and line.what is Outcome.ROUTED, what="the due reminder at the ingress"
    )
    decided = scene.outcome_at(due.claims.id, APPOINTMENT_REMINDER.name)
    jobs = scene.follow_ups_of(decided)

    assert decided.causation_id == moved.reminder.id
    assert outcomes(jobs) == [(EMAIL_SEND.name, Outcome.SUCCEEDED), (SMS_SEND.name, Outcome.SUCCEEDED)]
    assert len(scene.mails_of(jobs)) == len(scene.texts_to(moved.reminder)) == 1
    assert scene.schedule(due.key) is None
    assert scene.schedule(later.key) == later
