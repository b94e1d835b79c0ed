"""A declined payment is retried, or the company's admins are notified."""

from datetime import datetime

from local.standins.crm.companies import ABANDONED, admins_of
from local.traffic import payments
from local.traffic.publication import PublicationDoor
from ops.conserve.message_key import MessageKey
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_RETRY
from schemas.reasons import Outcome
from tests.e2e.scene import Scene, message, outcomes


def test_a_hard_decline_is_mailed_to_each_admin(scene: Scene) -> None:
    payment = scene.publish(payments.hard_decline)

    jobs = scene.follow_ups_of(scene.outcome_of(payment))

    company = admins_of(payment.publication.company_id)
    mails = scene.mails_of(jobs)
    assert sorted(mail.to for mail in mails) == sorted((admin.email,) for admin in company.admins)
    assert all(message(payment.publication.body)["payload"]["invoice"] in mail.subject for mail in mails)
    assert outcomes(jobs) == [
        (ACTIVITY_RECORD.name, Outcome.SUCCEEDED),
        *[(EMAIL_SEND.name, Outcome.SUCCEEDED)] * len(company.admins),
    ]


def test_exhausted_attempts_are_mailed_to_each_admin(scene: Scene) -> None:
    payment = scene.publish(payments.attempts_exhausted, PublicationDoor.BUS)

    mails = scene.mails_of(scene.follow_ups_of(scene.outcome_of(payment)))

    assert len(mails) == len(admins_of(payment.publication.company_id).admins)


def test_a_soft_decline_schedules_a_retry_without_a_mail(scene: Scene) -> None:
    payment = scene.publish(payments.first_soft_decline)

    decided = scene.outcome_of(payment)

    (due,) = payment.publication.schedules
    schedule = scene.schedule(due.key)
    assert schedule is not None
    assert (schedule.due, schedule.claims.company_id) == (due.at, payment.publication.company_id)
    happened_at = datetime.fromisoformat(message(payment.publication.body)["timestamp"]).replace(microsecond=0)
    assert schedule.due == happened_at + scene.traffic.settings.dunning[0]
    assert message(schedule.body)["type"] == PAYMENT_RETRY.name
    assert message(schedule.body)["payload"] == {
        "companyId": payment.publication.company_id,
        "paymentId": payment.publication.subject,
        "attempt": 2,
    }
    assert [(each.key, each.id) for each in decided.scheduled] == [(due.key, schedule.claims.id)]
    assert outcomes(scene.follow_ups_of(decided)) == [(ACTIVITY_RECORD.name, Outcome.SUCCEEDED)]


def test_an_overdue_retry_calls_the_crm_with_its_id_as_key(scene: Scene) -> None:
    payment = scene.publish(payments.retry_overdue)

    retry = scene.outcome_at(payment.id, PAYMENT_RETRY.name)

    (call,) = (call for call in scene.calls_about(payment) if call.path.endswith("/retry"))
    assert (call.key, call.status, call.body["attempt"]) == (str(MessageKey.of_line(retry)), 200, 2)
    assert retry.what is Outcome.SUCCEEDED
    assert scene.outcome_of(payment).scheduled == ()


def test_a_retry_of_a_paid_payment_is_skipped(scene: Scene) -> None:
    payment = scene.publish(payments.paid_meanwhile, PublicationDoor.BUS)

    retry = scene.outcome_at(payment.id, PAYMENT_RETRY.name)

    assert retry.what is Outcome.SKIPPED
    assert "409" in retry.detail
    assert [call.status for call in scene.calls_about(payment) if call.path.endswith("/retry")] == [409]


def test_a_company_without_admins_is_not_a_failure(scene: Scene) -> None:
    payment = scene.publish(payments.without_admins)

    decided = scene.outcome_of(payment)

    assert payment.publication.company_id == ABANDONED.id
    assert decided.what is Outcome.SKIPPED
    assert outcomes(scene.follow_ups_of(decided)) == [(ACTIVITY_RECORD.name, Outcome.SUCCEEDED)]
