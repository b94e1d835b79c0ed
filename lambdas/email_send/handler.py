"""One email to one recipient."""

from lambdas.common.clients.ses import Ses
from lambdas.common.clients.suppression_list import Suppressed
from lambdas.common.handlers import job
from lambdas.email_send.composition import Composer
from schemas.emails import EMAIL_SEND, EmailSend
from schemas.message import Message


@job(EMAIL_SEND, gate=Suppressed)
def handler(email: Message[EmailSend], ses: Ses, composer: Composer) -> None:
    """Compose and send one email; a missing template value is a permanent failure, a slow SES is not."""
    ses.send(composer.compose(email))
