"""SES's events about a mail of ours, as documented, and the messages that the rule makes of them.

Source: SES Developer Guide, "Examples of event data that Amazon SES publishes to EventBridge".
"""

from collections.abc import Mapping
from typing import Any

from schemas.emails import Template
from schemas.mail_tags import MailTags
from tests.messages import BOOKING, COMPANY, message

SENT_AT = "2026-04-14T14:00:31.402Z"
REPORTED_AT = "2026-04-14T14:00:33.133Z"
ADDRESS = "ada@example.com"

TAGS = MailTags(
    company_id=COMPANY,
    message_id="email-1",
    correlation_id="booking-1",
    template=Template.BOOKING_CONFIRMATION,
    subject_id=BOOKING,
    texted=False,
)


def ses_mail(sent: MailTags = TAGS, *, tags: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The field `mail`; `tags` change single tags, and None removes one."""
    own = {name: [value] for name, value in sent.encoded().items()} | dict(tags or {})
    return {
        "timestamp": SENT_AT,
        "source": "no-reply@mail.taly.dev",
        "sourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/mail.taly.dev",
        "sendingAccountId": "123456789012",
        "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": [ADDRESS],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": ADDRESS}, {"name": "Subject", "value": "Haircut: you are booked"}],
        "commonHeaders": {"from": ["no-reply@mail.taly.dev"], "to": [ADDRESS], "subject": "Haircut: you are booked"},
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["taly-prod"],
            "ses:outgoing-ip": ["192.0.2.0"],
            **{name: values for name, values in own.items() if values is not None},
        },
    } | changes


def delivered(at: str = REPORTED_AT, **mail: Any) -> dict[str, Any]:
    return {
        "eventType": "Delivery",
        "mail": ses_mail(**mail),
        "delivery": {
            "timestamp": at,
            "processingTimeMillis": 2200,
            "recipients": [ADDRESS],
            "smtpResponse": "250 ok",
            "reportingMTA": "mta.example.com",
        },
    }


def bounced(
    kind: str = "Permanent", sub_type: str | None = "General", at: str = REPORTED_AT, **mail: Any
) -> dict[str, Any]:
    return {
        "eventType": "Bounce",
        "mail": ses_mail(**mail),
        "bounce": {
            "bounceType": kind,
            "bounceSubType": sub_type,
            "bouncedRecipients": [
                {
                    "emailAddress": "forwarded@other.example",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 <forwarded@other.example>: user unknown",
                }
            ],
            "timestamp": at,
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "reportingMTA": "dsn; mta.example.com",
        },
    }


def complained(feedback: str | None = "abuse", at: str = REPORTED_AT, **mail: Any) -> dict[str, Any]:
    return {
        "eventType": "Complaint",
        "mail": ses_mail(**mail),
        "complaint": {
            "complainedRecipients": [{"emailAddress": ADDRESS}],
            "timestamp": at,
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "complaintSubType": None,
            "userAgent": "Example Corp Feedback Loop (V0.01)",
            "complaintFeedbackType": feedback,
            "arrivalDate": "2026-04-14T14:00:31.402Z",
        },
    }


def rejected(**mail: Any) -> dict[str, Any]:
    return {"eventType": "Reject", "mail": ses_mail(**mail), "reject": {"reason": "Bad content"}}


def reported(event: dict[str, Any], *, company: str = COMPANY, **changes: Any) -> dict[str, Any]:
    """The message that the rule makes of one of SES's events."""
    return message("ses.event", {"companyId": company, "sesEvent": event}, **changes)
