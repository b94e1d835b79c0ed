"""A mail was delivered."""

from collections.abc import Iterator

from lambdas.common.email_activities import activity_of
from lambdas.common.follow_ups import Emit, FollowUp, Note
from lambdas.common.handlers import reaction
from schemas.activities import ACTIVITY_RECORD, Activity
from schemas.email_outcomes import EMAIL_DELIVERED, EmailDelivered
from schemas.message import Message


@reaction(EMAIL_DELIVERED)
def handler(delivered: Message[EmailDelivered]) -> Iterator[FollowUp]:
    """Record the activity."""
    yield Note(f"delivered {delivered.payload.occurred_at:%H:%M:%S}")
    yield Emit(ACTIVITY_RECORD, activity_of(delivered.payload, Activity.EMAIL_DELIVERED, "delivered"))
