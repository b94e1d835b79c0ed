"""Text messages to phones."""

from lambdas.common.clients.sms import Sms
from lambdas.common.errors import PermanentError
from lambdas.common.handlers import job
from lambdas.sms_send.segments import segments
from schemas.message import Message
from schemas.sms import SMS_SEND, SmsSend


@job(SMS_SEND)
def handler(text: Message[SmsSend], sms: Sms) -> None:
    """Send one text, if it is short enough for AWS to send it at all."""
    taken = segments(text.payload.text)
    if not taken.fit:
        raise PermanentError(
            f"the text takes {taken.places} characters in {taken.encoding}, {taken.count} segments: "
            f"AWS sends {taken.most} at most"
        )
    sms.send(text.payload.to, text.payload.text)
