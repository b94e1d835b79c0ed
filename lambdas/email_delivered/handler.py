"""A mail that the recipient's mail server took."""

from collections.abc import Iterator
from datetime import UTC

from lambdas.common.emails.activities import activity
from lambdas.common.follow_ups import FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import Activity
from schemas.email_outcomes import EMAIL_DELIVERED, EmailDelivered
from schemas.message import Message


@reaction(EMAIL_DELIVERED)
def handler(delivered: Message[EmailDelivered]) -> Iterator[FollowUp]:
    """Record the activity."""
    yield Note(f"delivered {delivered.payload.occurred_at.astimezone(UTC):%H:%M:%S}")
    yield from activity(delivered.payload, Activity.EMAIL_DELIVERED, "delivered")
