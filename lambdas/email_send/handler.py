"""One email to one recipient."""

from lambdas.common.clients.ses import Ses
from lambdas.common.handlers import job
from lambdas.email_send.rendering import render
from schemas.emails import EMAIL_SEND, EmailSend
from schemas.message import Message


@job(EMAIL_SEND)
def handler(email: Message[EmailSend], ses: Ses) -> None:
    """Render and send one email; a missing template value is a permanent failure, a slow SES is not."""
    ses.send(render(email.payload, email.id))
