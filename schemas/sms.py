"""Text messages to phones."""

from typing import Annotated

from pydantic import Field

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, Personal, PhoneNumber

SmsText = Annotated[str, Field(min_length=1, max_length=1530, examples=["Café Zoë: Haircut tomorrow at 16:00"])]
"""AWS's limit is 1,530 characters where all are of the GSM alphabet; a text with others is limited by the job."""


class SmsSend(Payload):
    """Send one text to one phone."""

    to: Annotated[PhoneNumber, Personal("the text goes there")]
    text: Annotated[SmsText, Personal("what is read there, whatever that is")]
    """As it is to be read: no template is filled in."""


SMS_SEND = EventType("sms.send", SmsSend, Kind.JOB, needs={Needs.SMS}, batch_size=QUICK_JOBS)
