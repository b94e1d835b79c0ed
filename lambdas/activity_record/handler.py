"""An entry for the CRM's activity log."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.activities import ACTIVITY_RECORD, ActivityRecord
from schemas.message import Message


@job(ACTIVITY_RECORD)
def handler(activity: Message[ActivityRecord], crm: Crm) -> None:
    """Record an activity in the CRM, which ignores a second request with the same idempotency key."""
    crm.record_activity(activity.payload, idempotency_key=activity.idempotency_key)
