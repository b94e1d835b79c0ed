"""Payments are declined."""

from dataclasses import replace

from local.standins.crm.people import ABANDONED, Company, admins_of
from local.standins.crm.state import Facts
from local.traffic.chance import Chance
from local.traffic.draft import Draft, Due, Ending, ending, succeeded
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.payments import HARD_DECLINES, PAYMENT_FAILED, PAYMENT_RETRY, retry_key
from schemas.reasons import Outcome

_RECORDED = succeeded(PAYMENT_FAILED) + succeeded(ACTIVITY_RECORD)
_SOFT = ("insufficient_funds", "do_not_honor", "card_velocity_exceeded", "a_code_of_tomorrow", None)
_AMOUNTS = (("EUR", 4900), ("USD", 129_00), ("GBP", 1), ("JPY", 5200), ("BRL", 1_234_567), ("KWD", 12_500))
"""In minor units: yen have none, Kuwaiti dinars have a thousand."""


def declined_at_first(chance: Chance) -> Draft:
    """An activity; the payment is tried again after the first wait."""
    return _waiting(_soft(chance, attempt=1), chance)


def declined_again(chance: Chance) -> Draft:
    """An activity; the payment is tried again after one of the later waits."""
    return _waiting(_soft(chance, attempt=chance.whole(2, len(chance.rules.dunning))), chance)


def due_at_once(chance: Chance) -> Draft:
    """The message comes so late that the wait is over: an activity, and the payment is tried again at once."""
    return _overdue(chance, Outcome.SUCCEEDED)


def paid_meanwhile(chance: Chance) -> Draft:
    """The same, but the CRM says that it is paid by now: the retry is skipped."""
    overdue = _overdue(chance, Outcome.SKIPPED)
    return replace(overdue, facts=Facts(paid=(overdue.subject,)))


def declined_for_good(chance: Chance) -> Draft:
    """Another attempt would fail again: an activity, and a mail to each admin."""
    return _told(_declined(chance, attempt=1, code=chance.among(sorted(HARD_DECLINES))))


def given_up(chance: Chance) -> Draft:
    """All attempts were made: an activity, and a mail to each admin."""
    return _told(_soft(chance, attempt=len(chance.rules.dunning) + 1))


def nobody_to_tell(chance: Chance) -> Draft:
    """The company has no admin any more: an activity, and no mail."""
    endings = ending(PAYMENT_FAILED, Outcome.SKIPPED) + succeeded(ACTIVITY_RECORD)
    return replace(_declined(chance, attempt=1, code="lost_card", company=ABANDONED), endings=endings)


def _soft(chance: Chance, *, attempt: int) -> Draft:
    return _declined(chance, attempt=attempt, code=chance.among(_SOFT))


def _waiting(declined: Draft, chance: Chance) -> Draft:
    attempt = declined.payload["attemptCount"]
    at = declined.happened_at + chance.rules.dunning[attempt - 1]
    due = Due(retry_key(declined.subject, attempt + 1), at.replace(microsecond=0), PAYMENT_RETRY.name)
    return replace(declined, due=(due,))


def _overdue(chance: Chance, retry: Outcome) -> Draft:
    late: Draft = _soft(chance, attempt=1)
    return replace(
        late,
        happened_at=late.happened_at - chance.rules.dunning[0],
        endings=(*_RECORDED, *ending(PAYMENT_RETRY, retry)),
    )


def _told(declined: Draft) -> Draft:
    admins = admins_of(declined.payload["companyId"]).admins
    mails: tuple[Ending, ...] = succeeded(EMAIL_SEND) * len(admins)
    return replace(declined, endings=_RECORDED + mails)


def _declined(chance: Chance, *, attempt: int, code: str | None, company: Company | None = None) -> Draft:
    currency, amount = chance.among(_AMOUNTS)
    payment = f"in_{chance.letters(24)}"
    happened_at = chance.just_now()
    return Draft(
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
