"""Stripe could not collect an invoice."""

from collections.abc import Iterator
from datetime import datetime

from lambdas.common.clients.crm import Crm
from lambdas.common.errors import Skip
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.common.handlers import reaction
from lambdas.common.texts import local_time
from lambdas.common.texts.plain_text import one_line
from lambdas.stripe_invoice_payment_failed.amounts import amount_owed
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.message import Message
from schemas.payments import PAYMENT_FAILED, Money, PaymentFailed
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED, StripeInvoicePaymentFailed


@reaction(STRIPE_INVOICE_PAYMENT_FAILED)
def handler(failed: Message[StripeInvoicePaymentFailed], crm: Crm) -> Iterator[FollowUp]:
    """Publish `payment.failed` of an invoice still owed; while Stripe itself will retry, only record the activity."""
    invoice = failed.payload.stripe_event.invoice
    if invoice.is_settled:
        raise Skip("by what Stripe says nothing is owed any more")
    if invoice.next_attempt_at:
        yield Emit(ACTIVITY_RECORD, waiting_for_stripe(failed, invoice.next_attempt_at))
        return
    payment = crm.payment(invoice.id)
    yield from map(LeftOut, payment.left_out)
    if payment.is_paid:
        raise Skip("the payment was made meanwhile")
    yield Emit(PAYMENT_FAILED, payment_failed(failed.payload, payment.retries))


def waiting_for_stripe(failed: Message[StripeInvoicePaymentFailed], again_at: datetime) -> ActivityRecord:
    """The entry in the company's activity log."""
    event = failed.payload.stripe_event
    invoice = event.invoice
    when = local_time.day_and_time(again_at)
    return ActivityRecord(
        company_id=failed.company_id,
        activity=Activity.PAYMENT_FAILED,
        subject_id=invoice.id,
        summary=one_line(
            f"Payment of invoice {invoice.number_or_id} declined, attempt {invoice.attempts}; "
            f"Stripe tries again on {when}"
        ),
        occurred_at=event.happened_at or failed.timestamp,
    )


def payment_failed(failed: StripeInvoicePaymentFailed, retries: int | None) -> PaymentFailed:
    """Convert Stripe's event to ours; the handler of `payment.failed` records the activity.

    The attempts are ours to count: Stripe counts none of the charges that the CRM starts. Where the number of `retries`
    is unknown (None), the payment is not charged again, since nothing would ever end the retries.
    """
    invoice = failed.stripe_event.invoice
    return PaymentFailed(
        company_id=failed.company_id,
        payment_id=invoice.id,
        invoice=invoice.number_or_id,
        money=Money(amount=amount_owed(invoice), currency=invoice.currency.upper()),
        attempt_count=invoice.attempts if retries is None else retries + 1,
        chargeable=retries is not None and not invoice.is_paid_by_the_customer,
    )
