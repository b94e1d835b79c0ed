"""One text message to one phone."""

from lambdas.common.clients.sms import Sms
from lambdas.common.errors import PermanentError
from lambdas.common.handlers import job
from lambdas.common.texts.plain_text import lines
from lambdas.sms_send.segments import segments
from schemas.message import Message
from schemas.sms import SMS_SEND, SmsSend


@job(SMS_SEND)
def handler(text: Message[SmsSend], sms: Sms) -> None:
    """Send one text message; one that shows nothing or is longer than AWS's limit is a permanent failure."""
    shown = lines(text.payload.text)
    if not shown:
        raise PermanentError("the text shows nothing: it has blanks, control or invisible characters alone")
    size = segments(shown)
    if not size.fits:
        raise PermanentError(
            f"the text takes {size.characters} characters in {size.encoding}, {size.count} segments: "
            f"AWS sends {size.max_characters} at most"
        )
    sms.send(text.payload.to, shown)
