"""One text message to one phone."""

from lambdas.common.clients.sms import Sms
from lambdas.common.errors import PermanentError, Skip
from lambdas.common.handlers import job
from lambdas.common.texts.plain_text import lines
from lambdas.sms_send.opt_outs import OptOuts
from lambdas.sms_send.segments import segments
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.sms import SMS_SEND, SmsSend


@job(SMS_SEND)
def handler(text: Message[SmsSend], sms: Sms, opt_outs: OptOuts) -> None:
    """Send one text message; report a number that opted out.

    One that shows nothing or is longer than AWS's limit is a permanent failure.
    """
    shown = lines(text.payload.text)
    if not shown:
        what = "the text shows nothing: it has blanks, control or invisible characters alone"
        raise PermanentError(what, remedy=Remedy.MEND)
    size = segments(shown)
    if not size.fits:
        raise PermanentError(
            f"the text takes {size.characters} characters in {size.encoding}, {size.count} segments: "
            f"AWS sends {size.max_characters} at most",
            remedy=Remedy.MEND,
        )
    try:
        sms.send(text.payload.to, shown)
    except Skip:  # the number opted out
        opt_outs.report(text)
        raise
