"""A company's webhook endpoint has had no success for days, and will be disabled."""

from collections.abc import Iterator
from functools import partial

from lambdas.common.clients.crm import Crm
from lambdas.common.emails.admins import mail_admins
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.texts.local_time import day_and_time
from lambdas.common.texts.plain_text import one_line
from schemas.activities import ACTIVITY_RECORD, Activity, ActivityRecord
from schemas.emails import EmailSend, Recipient, Template
from schemas.message import Message
from schemas.webhooks import WEBHOOK_ENDPOINT_FAILING, WebhookEndpointFailing


@reaction(WEBHOOK_ENDPOINT_FAILING)
def handler(failing: Message[WebhookEndpointFailing], crm: Crm) -> Iterator[FollowUp]:
    """Record the activity, and mail the company's admins, who can have the endpoint fixed in time."""
    yield Emit(ACTIVITY_RECORD, activity(failing))
    yield from mail_admins(crm.admins(failing.company_id), partial(admin_email, failing.payload))


def activity(failing: Message[WebhookEndpointFailing]) -> ActivityRecord:
    """The entry in the company's activity log."""
    endpoint = failing.payload
    since = day_and_time(endpoint.failing_since)
    summary = f"Webhook endpoint {endpoint.endpoint_id} has failed since {since}: {endpoint.last_answer}"
    return ActivityRecord(
        company_id=endpoint.company_id,
        activity=Activity.WEBHOOK_ENDPOINT_FAILING,
        subject_id=endpoint.endpoint_id,
        summary=one_line(summary),
        occurred_at=failing.timestamp,
    )


def admin_email(endpoint: WebhookEndpointFailing, company_name: str | None, to: Recipient) -> EmailSend:
    """The email to one admin: a warning, so it is not sent once the endpoint is disabled."""
    return EmailSend(
        company_id=endpoint.company_id,
        template=Template.WEBHOOK_FAILING,
        to=to,
        company_name=company_name,
        values={
            "endpoint": endpoint.endpoint_id,
            "failingSince": endpoint.failing_since.isoformat(),
            "lastAnswer": endpoint.last_answer,
            "disabledFrom": endpoint.disabled_from.isoformat(),
        },
        subject_id=endpoint.endpoint_id,
        valid_until=endpoint.disabled_from,
    )
