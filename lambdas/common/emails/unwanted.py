"""Addresses that get no further mail of a company: no mail reaches them, or their owners do not want any."""

from collections.abc import Iterator
from typing import Any

from lambdas.common.follow_ups import Emit, FollowUp
from schemas.contacts import CONTACT_EMAIL_STATUS, ContactEmailStatus, EmailStatus
from schemas.email_outcomes import EmailBounced, EmailComplained
from schemas.suppression import EMAIL_SUPPRESSION, EmailSuppression, Suppression


def stop_mails(outcome: EmailBounced | EmailComplained, status: EmailStatus, reason: str) -> Iterator[FollowUp]:
    """Inform the CRM, and suppress the company's further mails to the address: two jobs, so that neither waits.

    Args:
        outcome: the outcome of a mail to the address.
        status: the state of the address, which is also why it is suppressed.
        reason: why, in this system's words.
    """
    known: dict[str, Any] = {
        "company_id": outcome.company_id,
        "email": outcome.email,
        "occurred_at": outcome.occurred_at,
    }
    yield Emit(CONTACT_EMAIL_STATUS, ContactEmailStatus(status=status, reason=reason, **known))
    yield Emit(EMAIL_SUPPRESSION, EmailSuppression(suppression=Suppression(status), **known))
