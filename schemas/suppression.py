"""The suppression list: addresses that a company no longer writes to, an item each in the idempotency table."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from schemas.email_domains import same_for_all_spellings
from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import EmailAddress, Payload, Personal, Timestamp

SUPPRESSED_FOR = timedelta(days=365)
"""Time for which an address stays on the list after the last report about it."""

KEY_PREFIX = "suppressed#"


class Suppression(StrEnum):
    """Whether a company may write to an address."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELIVERABLE = "deliverable"
    """The company may write to it again: the person confirmed the address."""


RANKS = (Suppression.DELIVERABLE, Suppression.BOUNCED, Suppression.COMPLAINED)
"""The order of reports about one moment: the last of them counts."""

WHY_SUPPRESSED: Mapping[str, str] = {
    Suppression.BOUNCED: "an earlier mail of the company to this address bounced",
    Suppression.COMPLAINED: "an earlier mail of the company was marked as spam at this address",
}


class EmailSuppression(Payload):
    """Put an address on a company's suppression list, or take it off. Of two messages, the later `occurredAt` counts.

    Bounces and complaints put it there. The CRM backend sends `deliverable` after a person confirmed the address.
    """

    email: Annotated[EmailAddress, Personal("hashed with a key; only the hash is kept")]
    suppression: Suppression
    occurred_at: Timestamp


EMAIL_SUPPRESSION = EventType(
    "email.suppression",
    EmailSuppression,
    Kind.JOB,
    sent_by="the CRM backend",
    needs={Needs.SUPPRESSION_LIST},
    batch_size=QUICK_JOBS,
)


def suppression_key(secret: bytes, company_id: str, address: str) -> str:
    """Return the key of the item about a company's recipient.

    Args:
        secret: the stage's key; without it nobody can tell whose address an item is about (HMAC, RFC 2104).
        company_id: the tenant's id.
        address: in any spelling.
    """
    from hmac import digest  # the reactions that import this module need no hash

    text = f"{company_id}\n{same_for_all_spellings(address)}"
    return KEY_PREFIX + digest(secret, text.encode(), "sha256").hex()
