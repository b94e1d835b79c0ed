"""A payment was declined."""

from collections.abc import Iterator
from functools import partial

from lambdas.common.clients.clock import Clock
from lambdas.common.clients.crm import Crm
from lambdas.common.emails.admins import mail_admins
from lambdas.common.errors import Skip
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Schedule
from lambdas.common.handlers import reaction
from lambdas.common.texts.plain_text import one_line
from lambdas.payment_failed.dunning import Dunning
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.emails import EmailSend, Recipient, Template
from schemas.message import Message
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY, PaymentFailed, PaymentRetry, retry_key


@reaction(PAYMENT_FAILED)
def handler(failed: Message[PaymentFailed], crm: Crm, dunning: Dunning, clock: Clock) -> Iterator[FollowUp]:
    """Record the activity; then schedule a retry, or notify the company's admins of a payment that is still owed."""
    yield Emit(ACTIVITY_RECORD, activity(failed))
    wait = dunning.wait(failed.payload)
    if wait is not None:
        retry = next_attempt(failed.payload)
        key = retry_key(retry.company_id, retry.payment_id, retry.attempt)
        # By a producer's clock that is ahead, the retry would come late, or never.
        failed_at = min(failed.timestamp, clock.now())
        yield Schedule(PAYMENT_RETRY, retry, at=failed_at + wait, key=key)
        return
    payment = crm.payment(failed.payload.payment_id)
    yield from map(LeftOut, payment.left_out)
    if payment.is_paid:
        raise Skip("the payment was made meanwhile")
    yield from mail_admins(crm.admins(failed.company_id), partial(admin_email, failed))


def activity(failed: Message[PaymentFailed]) -> ActivityRecord:
    """The entry in the company's activity log."""
    payment = failed.payload
    return ActivityRecord(
        company_id=payment.company_id,
        activity=Activity.PAYMENT_FAILED,
        subject_id=payment.payment_id,
        summary=one_line(f"Payment of invoice {payment.invoice} declined, attempt {payment.attempt_count}"),
        occurred_at=failed.timestamp,
    )


def next_attempt(payment: PaymentFailed) -> PaymentRetry:
    """The next attempt at the payment."""
    return PaymentRetry(company_id=payment.company_id, payment_id=payment.payment_id, attempt=payment.attempt_count + 1)


def admin_email(failed: Message[PaymentFailed], company_name: str | None, to: Recipient) -> EmailSend:
    """The email to one admin."""
    payment = failed.payload
    return EmailSend(
        company_id=payment.company_id,
        template=Template.PAYMENT_FAILED,
        to=to,
        company_name=company_name,
        values={
            "invoice": payment.invoice,
            "amount": payment.money.amount,
            "currency": payment.money.currency,
            "declineCode": payment.decline_code,
            "attemptCount": payment.attempt_count,
            "failedAt": failed.timestamp.isoformat(),
        },
        subject_id=payment.payment_id,
    )
