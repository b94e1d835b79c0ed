"""Text messages to phones."""

from typing import Annotated

from pydantic import Field

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, PhoneNumber

SmsText = Annotated[str, Field(min_length=1, max_length=1530, examples=["Café Zoë: Haircut tomorrow at 16:00"])]
"""AWS's limit is 1,530 characters where all are of the GSM alphabet; a text with others is limited by the job."""


class SmsSend(Payload):
    """Send one text to one phone."""

    to: PhoneNumber
    text: SmsText
    """As it is to be read: no template is filled in."""


SMS_SEND = EventType("sms.send", SmsSend, Kind.JOB, needs={Needs.SMS}, batch_size=QUICK_JOBS)
