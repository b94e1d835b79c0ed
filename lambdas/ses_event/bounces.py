"""SES's reports about mails that did not reach their recipient, as this system understands them.

Source: SES Developer Guide, "Contents of event data that Amazon SES publishes to EventBridge": "Bounce types",
"Complaint object", "Reject object".
"""

from typing import NamedTuple

from schemas.email_outcomes import BounceKind
from schemas.ses import SesBounce, SesComplaint

ON_ACCOUNT_LIST = "OnAccountSuppressionList"
"""The sub type of a bounce or complaint that is an earlier one: SES did not even try to send the mail."""

_PERMANENT = "Permanent"

# SES reports an automatic answer, such as "out of office", as a bounce as well. No page of AWS's that we found says of
# which kind: a user saw Transient/General from the mailbox simulator, and Undetermined/Undetermined from another server
# ("Distinguish bounce and OOTO with Amazon SES", 2013). Not tried on AWS.
_REASONS = {
    (_PERMANENT, "General"): "the mailbox is unknown, or refuses mail for good",
    (_PERMANENT, "NoEmail"): "the mailbox is unknown",
    (_PERMANENT, "Suppressed"): "the mailbox was unknown to earlier mails, so SES did not try it",
    (_PERMANENT, ON_ACCOUNT_LIST): "an earlier mail to the mailbox bounced, so SES did not try it",
    ("Transient", "General"): "the mail server refused it for now, or answered automatically",
    ("Transient", "MailboxFull"): "the mailbox is full",
    ("Transient", "MessageTooLarge"): "the mail was too large for the mailbox",
    ("Transient", "CustomTimeoutExceeded"): "the mail server did not take it in time",
    ("Transient", "ContentRejected"): "the mail server refused the mail's content",
    ("Transient", "AttachmentRejected"): "the mail server refused the mail's attachment",
    ("Undetermined", "Undetermined"): "the mail server did not take it, or answered automatically",
}


class NotDelivered(NamedTuple):
    """Why a mail did not reach its recipient."""

    kind: BounceKind
    reason: str
    """In this system's words."""


REJECTED = NotDelivered(BounceKind.SOFT, "SES found a virus in the mail and did not send it")
"""The one reason for which SES rejects a mail; it says nothing about the address."""

COMPLAINED_BEFORE = NotDelivered(
    BounceKind.HARD, "the recipient marked an earlier mail as spam, so SES did not send this one"
)


def not_delivered(bounce: SesBounce) -> NotDelivered:
    """Explain a bounce. SES adds types: an unknown one says nothing about the next mail."""
    if bounce.bounce_type == _PERMANENT:
        kind, usual = BounceKind.HARD, "the mail server refused it for good"
    else:
        kind, usual = BounceKind.SOFT, "the mail server did not take it"
    return NotDelivered(kind, _REASONS.get((bounce.bounce_type, bounce.bounce_sub_type or ""), usual))


def is_complaint(complaint: SesComplaint) -> bool:
    """Whether the recipient complains. `not-spam` takes a complaint back (RFC 5965; IANA, "Feedback Report Types")."""
    return complaint.complaint_feedback_type != "not-spam"
