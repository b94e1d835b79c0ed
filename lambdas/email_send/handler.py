"""One email to one recipient."""

from dataclasses import replace

from lambdas.common.clients.ses import Ses
from lambdas.common.handlers import job
from lambdas.common.suppression_list import Suppressed
from lambdas.email_send.rendering import render
from schemas.emails import EMAIL_SEND, EmailSend
from schemas.message import Message


@job(EMAIL_SEND, gate=Suppressed)
def handler(email: Message[EmailSend], ses: Ses) -> None:
    """Render and send one email; a missing template value is a permanent failure, a slow SES is not."""
    from lambdas.email_send.tags import tags_of  # at the first mail, not at the start

    ses.send(replace(render(email.payload, email.id), tags=tags_of(email)))
