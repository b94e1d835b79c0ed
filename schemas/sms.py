"""Text messages to phones."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from schemas.contacts import CONTACT_SMS_STATUS
from schemas.event_type import QUICK_JOBS, EventType, Kind, Needs
from schemas.wire import Payload, Personal, PhoneNumber, Timestamp

SmsText = Annotated[str, Field(min_length=1, max_length=1530, examples=["Café Zoë: Haircut tomorrow at 16:00"])]
"""AWS accepts 1,530 characters of the GSM alphabet; the job enforces the lower limit of texts with other characters."""


class SmsSend(Payload):
    """Send one SMS to one phone. Any service may send it, and `appointment.reminder` emits it."""

    to: Annotated[PhoneNumber, Personal("number of the SMS")]
    text: Annotated[SmsText, Personal("content of the SMS")]
    """The final text: no template is filled in."""

    valid_until: Timestamp | None = None
    """When it is too late: the SMS is then skipped, not sent. Null: it is never too late."""

    def ends_at(self) -> datetime | None:
        """Return when it is too late to send the SMS."""
        return self.valid_until


SMS_SEND = EventType(
    "sms.send",
    SmsSend,
    Kind.JOB,
    needs={Needs.SMS, Needs.HASH_KEY},
    emits={CONTACT_SMS_STATUS},
    batch_size=QUICK_JOBS,
    patience=timedelta(hours=36),
)
