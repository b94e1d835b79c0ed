"""What was scheduled comes in when it is due, by the ingress queue like everything else."""

from datetime import datetime

from ops.stage.endpoint import ACCOUNT, REGION
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from tests.e2e.flow.moved import Moved
from tests.e2e.scene import Scene, endings, message


def test_a_moved_appointment_is_told_to_nobody_yet(moved: Moved) -> None:
    assert moved.decided.what is Outcome.SKIPPED
    assert "moved" in moved.decided.detail
    assert moved.decided.follow_ups == ()


def test_a_moved_appointment_has_each_reminder_scheduled_anew(scene: Scene, moved: Moved) -> None:
    (appointment,) = moved.reminder.publication.facts.appointments
    ingress = scene.stage.deployed.ingress_queue_url.rsplit("/", 1)[-1]

    assert [schedule.due for schedule in moved.schedules] == [
        appointment.start_time - lead for lead in scene.traffic.rules.reminder_leads
    ]
    assert [each.id for each in moved.decided.scheduled] == [schedule.claims.id for schedule in moved.schedules]
    for schedule in moved.schedules:
        assert schedule.target_arn == f"arn:aws:sqs:{REGION}:{ACCOUNT}:{ingress}"
        assert schedule.group == appointment.company_id
        assert message(schedule.body)["type"] == APPOINTMENT_REMINDER.name
        assert datetime.fromisoformat(message(schedule.body)["payload"]["startTime"]) == appointment.start_time


def test_a_reminder_that_is_due_comes_in_by_the_ingress_queue_and_is_sent_once(scene: Scene, moved: Moved) -> None:
    due, later = moved.schedules

    scene.lines(
        lambda line: line.id == due.claims.id and line.what is Outcome.ROUTED, what="the due reminder at the ingress"
    )
    decided = scene.concluded(due.claims.id, APPOINTMENT_REMINDER.name)
    jobs = scene.followed(decided)

    assert decided.causation_id == moved.reminder.id
    assert endings(jobs) == [(EMAIL_SEND.name, Outcome.SUCCEEDED), (SMS_SEND.name, Outcome.SUCCEEDED)]
    assert len(scene.mails_of(jobs)) == len(scene.texts_to(moved.reminder)) == 1
    assert scene.schedule(due.key) is None
    assert scene.schedule(later.key) == later
