"""A Stripe event becomes `payment.failed`, unless Stripe retries the payment."""

from datetime import UTC, datetime

from local.standins.crm.companies import admins_of
from local.traffic import payments
from local.traffic.publication import PublicationDoor
from schemas.activities import ACTIVITY_RECORD
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from tests.e2e.scene import Scene, message


def test_while_stripe_retries_only_an_activity_is_recorded(scene: Scene) -> None:
    event = scene.publish(payments.stripe_retries)

    lines = scene.completed(event)

    (call,) = scene.calls_about(event)
    assert "Stripe tries again" in call.body["summary"]
    assert ACTIVITY_RECORD.name in {line.service for line in lines}
    assert PAYMENT_FAILED.name not in {line.service for line in lines}


def test_an_invoice_without_retries_is_mailed_to_each_admin(scene: Scene) -> None:
    event = scene.publish(payments.stripe_attempts_exhausted, PublicationDoor.BUS)

    lines = scene.completed(event)

    invoice = message(event.publication.body)["payload"]["stripeEvent"]["data"]["object"]
    mails = scene.mails_of(lines)
    company = admins_of(event.publication.company_id)
    assert sorted(mail.to for mail in mails) == sorted((admin.email,) for admin in company.admins)
    assert all(invoice["number"] in mail.subject for mail in mails)
    (activity,) = (call for call in scene.calls_about(event) if call.method == "POST")
    assert activity.path == "/internal/activity"


def test_an_invoice_that_stripe_does_not_retry_is_scheduled_by_us(scene: Scene) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    event = scene.publish(payments.stripe_leaves_retry)

    scene.completed(event)

    (due,) = event.publication.schedules
    schedule = scene.schedule(due.key)
    assert schedule is not None
    assert schedule.due is not None
    assert before <= schedule.due - scene.traffic.settings.dunning[0] <= datetime.now(UTC)
    assert message(schedule.body)["type"] == PAYMENT_RETRY.name
    assert message(schedule.body)["payload"]["paymentId"] == event.publication.subject
    assert message(schedule.body)["correlationId"] == event.id
