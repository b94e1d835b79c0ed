"""SES's bounce types, as this system understands them.

Source: SES Developer Guide, "Contents of event data that Amazon SES publishes to EventBridge", "Bounce types".
"""

from schemas.email_outcomes import BounceKind
from schemas.ses import SesBounce

_PERMANENT = "Permanent"

_REASONS = {
    ("Permanent", "General"): "the mailbox is unknown, or refuses mail for good",
    ("Permanent", "NoEmail"): "the mailbox is unknown",
    ("Permanent", "Suppressed"): "SES has seen mails to the mailbox bounce, and sends none",
    ("Permanent", "OnAccountSuppressionList"): "the mailbox is on the account's suppression list",
    ("Transient", "General"): "the mail server refused it for now",
    ("Transient", "MailboxFull"): "the mailbox is full",
    ("Transient", "MessageTooLarge"): "the mail was too large for the mailbox",
    ("Transient", "ContentRejected"): "the mail server refused the mail's content",
    ("Transient", "AttachmentRejected"): "the mail server refused the mail's attachment",
}


def kind_of(bounce: SesBounce) -> BounceKind:
    """Return whether the address can get mail later."""
    return BounceKind.HARD if bounce.bounce_type == _PERMANENT else BounceKind.SOFT


def reason_of(bounce: SesBounce) -> str:
    """Return why a mail bounced, in words."""
    return _REASONS.get((bounce.bounce_type, bounce.bounce_sub_type), "the mail server did not take it")
