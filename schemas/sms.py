"""Text messages to phones."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, Personal, PhoneNumber

SmsText = Annotated[str, Field(min_length=1, max_length=1530, examples=["Café Zoë: Haircut tomorrow at 16:00"])]
"""AWS accepts 1,530 characters of the GSM alphabet; the job enforces the lower limit of texts with other characters."""


class SmsSend(Payload):
    """Send one SMS to one phone. Any service may send it, and `appointment.reminder` emits it."""

    to: Annotated[PhoneNumber, Personal("number of the SMS")]
    text: Annotated[SmsText, Personal("content of the SMS")]
    """The final text: no template is filled in."""


SMS_SEND = EventType(
    "sms.send",
    SmsSend,
    Kind.JOB,
    needs={Needs.SMS},
    batch_size=QUICK_JOBS,
    patience=timedelta(hours=36),
)
