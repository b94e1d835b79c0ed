"""Email."""

from lambdas.common.clients.ses import Ses
from lambdas.common.handlers import job
from lambdas.email_send.rendering import render
from schemas.emails import EMAIL_SEND, EmailSend
from schemas.message import Message


@job(EMAIL_SEND)
def handler(email: Message[EmailSend], ses: Ses) -> None:
    """Send one email; a template that lacks a value is permanent, SES being slow is not."""
    ses.send(render(email.payload, email.id))
