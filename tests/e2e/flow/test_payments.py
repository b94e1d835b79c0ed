"""A declined payment is tried again, or the company's admins are told."""

from datetime import datetime

from local.standins.crm.people import ABANDONED, admins_of
from local.traffic import payments
from local.traffic.publication import PublicationDoor
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_RETRY
from schemas.reasons import Outcome
from tests.e2e.scene import Scene, endings, message


def test_a_payment_that_is_declined_for_good_is_told_to_each_admin(scene: Scene) -> None:
    payment = scene.publish(payments.declined_for_good)

    jobs = scene.followed(scene.decided(payment))

    company = admins_of(payment.publication.company_id)
    mails = scene.mails_of(jobs)
    assert sorted(mail.to for mail in mails) == sorted((admin.email,) for admin in company.admins)
    assert all(message(payment.publication.body)["payload"]["invoice"] in mail.subject for mail in mails)
    assert endings(jobs) == [
        (ACTIVITY_RECORD.name, Outcome.SUCCEEDED),
        *[(EMAIL_SEND.name, Outcome.SUCCEEDED)] * len(company.admins),
    ]


def test_a_payment_whose_attempts_are_all_made_is_told_to_each_admin(scene: Scene) -> None:
    payment = scene.publish(payments.given_up, PublicationDoor.BUS)

    mails = scene.mails_of(scene.followed(scene.decided(payment)))

    assert len(mails) == len(admins_of(payment.publication.company_id).admins)


def test_a_soft_decline_schedules_the_next_attempt_and_tells_nobody(scene: Scene) -> None:
    payment = scene.publish(payments.declined_at_first)

    decided = scene.decided(payment)

    (due,) = payment.publication.due
    schedule = scene.schedule(due.key)
    assert schedule is not None
    assert (schedule.due, schedule.group) == (due.at, payment.publication.company_id)
    happened_at = datetime.fromisoformat(message(payment.publication.body)["timestamp"]).replace(microsecond=0)
    assert schedule.due == happened_at + scene.traffic.rules.dunning[0]
    assert message(schedule.body)["type"] == PAYMENT_RETRY.name
    assert message(schedule.body)["payload"] == {
        "companyId": payment.publication.company_id,
        "paymentId": payment.publication.subject,
        "attempt": 2,
    }
    assert [(each.key, each.id) for each in decided.scheduled] == [(due.key, schedule.claims.id)]
    assert endings(scene.followed(decided)) == [(ACTIVITY_RECORD.name, Outcome.SUCCEEDED)]


def test_a_retry_that_is_due_reaches_the_crm_at_once_with_its_id_as_idempotency_key(scene: Scene) -> None:
    payment = scene.publish(payments.due_at_once)

    retry = scene.concluded(payment.id, PAYMENT_RETRY.name)

    (call,) = (call for call in scene.calls_about(payment) if call.path.endswith("/retry"))
    assert (call.key, call.status, call.body["attempt"]) == (retry.id, 200, 2)
    assert retry.what is Outcome.SUCCEEDED
    assert scene.decided(payment).scheduled == ()


def test_a_retry_of_what_is_paid_by_now_is_skipped(scene: Scene) -> None:
    payment = scene.publish(payments.paid_meanwhile, PublicationDoor.BUS)

    retry = scene.concluded(payment.id, PAYMENT_RETRY.name)

    assert retry.what is Outcome.SKIPPED
    assert "409" in retry.detail
    assert [call.status for call in scene.calls_about(payment) if call.path.endswith("/retry")] == [409]


def test_a_company_without_admins_is_no_failure(scene: Scene) -> None:
    payment = scene.publish(payments.nobody_to_tell)

    decided = scene.decided(payment)

    assert payment.publication.company_id == ABANDONED.id
    assert decided.what is Outcome.SKIPPED
    assert endings(scene.followed(decided)) == [(ACTIVITY_RECORD.name, Outcome.SUCCEEDED)]
