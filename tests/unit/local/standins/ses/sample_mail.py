"""A request to SES and the mail of it, for the tests of the stand-in."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from local.standins.ses.mail import MailAttachment, SentMail
from schemas.emails import Template
from schemas.mail_tags import MailTags

AT = datetime(2026, 4, 14, 9, 0, 1, 250_000, tzinfo=UTC)
COMPANY = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"
TAGS = MailTags(
    company_id=COMPANY,
    message_id="outbox:7",
    correlation_id="order.4711",
    template=Template.APPOINTMENT_REMINDER,
    subject_id="appointment-1",
    texted=True,
).encoded()
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
CALENDAR_TYPE = "text/calendar; charset=UTF-8; method=REQUEST"
MAIL = SentMail(
    to=("ada@example.com",),
    sender="Taly <no-reply@mail.taly.example>",
    subject="Your appointment",
    text="Hello Ada",
    html="<p>Hello Ada</p>",
    reply_to=("hello@cafe.example",),
    headers={"List-Unsubscribe": "<https://app.taly.example/u/1>"},
    attachments=(MailAttachment(name="appointment.ics", media_type=CALENDAR_TYPE, content=CALENDAR),),
    tags=TAGS,
    configuration_set="taly-async-local",
    ses_id="ses-1",
    at=AT,
)


def request(**changes: Any) -> dict[str, Any]:
    """A SendEmail request as `email.send` makes it, on the wire; changes are for its top level."""
    return {
        "FromEmailAddress": MAIL.sender,
        "Destination": {"ToAddresses": list(MAIL.to)},
        "ReplyToAddresses": list(MAIL.reply_to),
        "ConfigurationSetName": MAIL.configuration_set,
        "EmailTags": [{"Name": name, "Value": value} for name, value in TAGS.items()],
        "Content": {"Simple": simple()},
        **changes,
    }


def simple(**changes: Any) -> dict[str, Any]:
    """The content of the request; changes are for its top level."""
    return {
        "Subject": {"Data": MAIL.subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": MAIL.text}, "Html": {"Data": MAIL.html}},
        "Headers": [{"Name": name, "Value": value} for name, value in MAIL.headers.items()],
        "Attachments": [attachment()],
        **changes,
    }


def attachment(**changes: Any) -> dict[str, Any]:
    """The attachment of the request."""
    content = b64encode(CALENDAR).decode()
    return {"FileName": "appointment.ics", "ContentType": CALENDAR_TYPE, "RawContent": content, **changes}


def body(**changes: Any) -> bytes:
    """The body of the request."""
    return json.dumps(request(**changes)).encode()
