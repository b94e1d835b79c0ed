"""Payments are declined: those that the CRM tells of, and those of Stripe's invoices."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.standins.crm.people import ABANDONED, Company, admins_of
from local.standins.crm.state import Facts
from local.traffic.chance import Chance
from local.traffic.publication import Due, Ending, MessageDraft, ending, succeeded
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import HARD_DECLINES, PAYMENT_FAILED, PAYMENT_RETRY, retry_key
from schemas.reasons import Outcome
from schemas.stripe import STRIPE_INVOICE_PAYMENT_FAILED

_RECORDED = succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD)

_SOFT = ("insufficient_funds", "do_not_honor", "card_velocity_exceeded", "a_code_of_tomorrow", None)

_AMOUNTS = (("EUR", 4900), ("USD", 129_00), ("GBP", 1), ("JPY", 5200), ("BRL", 1_234_567), ("KWD", 12_500))
"""In minor units: yen have none, Kuwaiti dinars have a thousand."""

_SAID = succeeded(STRIPE_INVOICE_PAYMENT_FAILED)

_STRIPE_AMOUNTS = (("eur", 4900), ("usd", 1000), ("jpy", 5200), ("kwd", 12_500), ("isk", 250_000))
"""In Stripe's minor units: of Icelandic krónur it counts hundredths."""


def declined_at_first(chance: Chance) -> MessageDraft:
    """An activity; the payment is tried again after the first wait."""
    return _waiting(_soft(chance, attempt=1), chance)


def declined_again(chance: Chance) -> MessageDraft:
    """An activity; the payment is tried again after one of the later waits."""
    return _waiting(_soft(chance, attempt=chance.whole(2, len(chance.rules.dunning))), chance)


def due_at_once(chance: Chance) -> MessageDraft:
    """The message comes so late that the wait is over: an activity, and the payment is tried again at once."""
    return _overdue(chance, Outcome.SUCCEEDED)


def paid_meanwhile(chance: Chance) -> MessageDraft:
    """The same, but the CRM says that it is paid by now: the retry is skipped."""
    overdue = _overdue(chance, Outcome.SKIPPED)
    return replace(overdue, facts=Facts(paid=(overdue.subject,)))


def declined_for_good(chance: Chance) -> MessageDraft:
    """Another attempt would fail again: an activity, and a mail to each admin."""
    return _told(_declined(chance, attempt=1, code=chance.among(sorted(HARD_DECLINES))))


def given_up(chance: Chance) -> MessageDraft:
    """All attempts were made: an activity, and a mail to each admin."""
    return _told(_soft(chance, attempt=len(chance.rules.dunning) + 1))


def nobody_to_tell(chance: Chance) -> MessageDraft:
    """The company has no admin any more: an activity, and no mail."""
    endings = ending(PAYMENT_FAILED, Outcome.SKIPPED) + succeeded(ACTIVITY_RECORD)
    return replace(_declined(chance, attempt=1, code="lost_card", company=ABANDONED), endings=endings)


def tried_again_by_stripe(chance: Chance) -> MessageDraft:
    """Nobody need do anything: an activity alone."""
    again = chance.now + timedelta(days=chance.whole(1, 5))
    failed = _failed(chance, attempt=chance.whole(1, 3), again=int(again.timestamp()))
    return replace(failed, endings=_SAID + succeeded(ACTIVITY_RECORD))


def given_up_by_stripe(chance: Chance) -> MessageDraft:
    """Neither Stripe nor we try again: a payment failed; an activity, and a mail to each admin."""
    failed = _failed(chance, attempt=len(chance.rules.dunning) + 1, again=None)
    admins = admins_of(failed.payload["companyId"]).admins
    return replace(failed, endings=failed.endings + succeeded(EMAIL_SEND) * len(admins))


def left_to_us(chance: Chance) -> MessageDraft:
    """Stripe does not try again, but we do: a payment failed; an activity, and a retry is scheduled."""
    failed = _failed(chance, attempt=1, again=None)
    # The payment has failed for us when we hear of it: so long after that it is tried again.
    return replace(failed, due=(Due(retry_key(failed.subject, 2), None, PAYMENT_RETRY.name),))


def _soft(chance: Chance, *, attempt: int) -> MessageDraft:
    return _declined(chance, attempt=attempt, code=chance.among(_SOFT))


def _waiting(declined: MessageDraft, chance: Chance) -> MessageDraft:
    attempt = declined.payload["attemptCount"]
    at = declined.happened_at + chance.rules.dunning[attempt - 1]
    due = Due(retry_key(declined.subject, attempt + 1), at.replace(microsecond=0), PAYMENT_RETRY.name)
    return replace(declined, due=(due,))


def _overdue(chance: Chance, retry: Outcome) -> MessageDraft:
    late: MessageDraft = _soft(chance, attempt=1)
    return replace(
        late,
        happened_at=late.happened_at - chance.rules.dunning[0],
        endings=(*_RECORDED, *ending(PAYMENT_RETRY, retry)),
    )


def _told(declined: MessageDraft) -> MessageDraft:
    admins = admins_of(declined.payload["companyId"]).admins
    mails: tuple[Ending, ...] = succeeded(EMAIL_SEND) * len(admins)
    return replace(declined, endings=_RECORDED + mails)


def _declined(chance: Chance, *, attempt: int, code: str | None, company: Company | None = None) -> MessageDraft:
    currency, amount = chance.among(_AMOUNTS)
    payment = f"in_{chance.letters(24)}"
    happened_at = chance.just_now()
    return MessageDraft(
        event_type=PAYMENT_FAILED,
        payload={
            "companyId": (company or chance.company()).id,
            "paymentId": payment,
            "invoice": f"INV-{happened_at.year}-{chance.number:04}",
            "amount": amount,
            "currency": currency,
            **({"declineCode": code} if code or chance.whole(0, 1) else {}),
            "attemptCount": attempt,
        },
        subject=payment,
        happened_at=happened_at,
        endings=_RECORDED,
    )


def _failed(chance: Chance, *, attempt: int, again: int | None) -> MessageDraft:
    invoice, happened_at = f"in_{chance.letters(24)}", chance.just_now()
    return MessageDraft(
        event_type=STRIPE_INVOICE_PAYMENT_FAILED,
        payload={
            "companyId": chance.company().id,
            "stripeEvent": {
                "id": f"evt_{chance.letters(24)}",
                "object": "event",
                "type": "invoice.payment_failed",
                "api_version": "2025-03-31.basil",
                "created": int(happened_at.timestamp()),
                "livemode": False,
                "data": {"object": _invoice(chance, invoice, attempt, again)},
            },
        },
        subject=invoice,
        happened_at=happened_at,
        endings=_SAID + succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD),
    )


def _invoice(chance: Chance, id_: str, attempt: int, again: int | None) -> dict[str, Any]:
    currency, amount = chance.among(_STRIPE_AMOUNTS)
    return {
        "id": id_,
        "object": "invoice",
        "number": f"{chance.letters(8).upper()}-{chance.number:04}",
        "status": "open",
        "currency": currency,
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": attempt,
        "attempted": True,
        "next_payment_attempt": again,
        "customer": f"cus_{chance.letters(14)}",
    }
