"""SES's events about mails, in the form in which they are on EventBridge's default bus.

Sources: SES Developer Guide, "Contents of event data that Amazon SES publishes to EventBridge" and "Using the mailbox
simulator"; the simulator's bounces as SES reports them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parseaddr
from enum import Enum
from typing import Any, NamedTuple
from uuid import uuid4

from local.standins.ses.mail import SentMail
from ops.stage.endpoint import ACCOUNT, REGION

SIMULATOR = "simulator.amazonses.com"
"""The domain of the mailbox simulator."""

_SOURCE_IP = "192.0.2.10"
_OUTGOING_IP = "192.0.2.20"
_REPORTING_MTA = "a8-70.smtp-out.amazonses.com"


class _Event(NamedTuple):
    type: str
    detail_type: str
    field: str


class MailEvent(Enum):
    """An event about a mail: its `eventType`, its `detail-type` on the bus, and the field that describes it."""

    DELIVERY = _Event("Delivery", "Email Delivered", "delivery")
    BOUNCE = _Event("Bounce", "Email Bounced", "bounce")
    COMPLAINT = _Event("Complaint", "Email Complaint Received", "complaint")


class _Bounce(NamedTuple):
    type: str
    sub_type: str
    status: str
    diagnosis: str


_UNKNOWN_USER = _Bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown")
_SUPPRESSED = _Bounce(
    "Permanent",
    "Suppressed",
    "5.1.1",
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address",
)
_OUT_OF_OFFICE = _Bounce("Transient", "General", "", "")

_BEHAVIOUR: Mapping[str, tuple[tuple[MailEvent, _Bounce | None], ...]] = {
    "bounce": ((MailEvent.BOUNCE, _UNKNOWN_USER),),
    "suppressionlist": ((MailEvent.BOUNCE, _SUPPRESSED),),
    "ooto": ((MailEvent.DELIVERY, None), (MailEvent.BOUNCE, _OUT_OF_OFFICE)),
    "complaint": ((MailEvent.DELIVERY, None), (MailEvent.COMPLAINT, None)),
}
"""The events about a mail, by the simulator's mailbox; any other address takes its mails."""

_BETWEEN = timedelta(milliseconds=100)
"""From one event about a mail to the next."""


def events_about(mail: SentMail) -> Iterator[dict[str, Any]]:
    """Create SES's events about a mail, in order of time: those of the mailbox simulator, or a delivery."""
    for recipient in mail.to:
        local_part, _, domain = recipient.rpartition("@")
        mailbox = local_part.partition("+")[0].lower() if domain.lower() == SIMULATOR else ""
        behaviour = _BEHAVIOUR.get(mailbox, ((MailEvent.DELIVERY, None),))
        for number, (event, bounce) in enumerate(behaviour, start=1):
            yield event_about(mail, event, recipient, mail.at + _BETWEEN * number, bounce or _UNKNOWN_USER)


def event_about(
    mail: SentMail, event: MailEvent, recipient: str, at: datetime, bounce: _Bounce = _UNKNOWN_USER
) -> dict[str, Any]:
    """Create one event about a mail.

    Args:
        mail: the mail.
        event: what happened.
        recipient: whose mail server or whom the event is about.
        at: when it happened.
        bounce: what a bounce says.
    """
    described = {
        MailEvent.DELIVERY: lambda: _delivery(mail, recipient, at),
        MailEvent.BOUNCE: lambda: _bounced(recipient, at, bounce),
        MailEvent.COMPLAINT: lambda: _complaint(recipient, at),
    }
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": event.value.detail_type,
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{mail.configuration_set}"],
        "detail": {"eventType": event.value.type, "mail": _mail(mail), event.value.field: described[event]()},
    }


def _mail(mail: SentMail) -> dict[str, Any]:
    parsed = message_from_bytes(mail.source(), policy=policy.default)
    headers = {name.lower(): str(value) for name, value in parsed.items()}
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    return {
        "timestamp": _timestamp(mail.at),
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}",
        "sendingAccountId": ACCOUNT,
        "messageId": mail.ses_id,
        "destination": list(mail.to),
        "headersTruncated": False,
        "headers": [{"name": name, "value": str(value)} for name, value in parsed.items()],
        "commonHeaders": {
            "from": [mail.sender],
            "date": headers["date"],
            "to": list(mail.to),
            **({"replyTo": list(mail.reply_to)} if mail.reply_to else {}),
            "messageId": mail.ses_id,
            "subject": mail.subject,
        },
        "tags": {
            "ses:source-tls-version": ["TLSv1.3"],
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": [mail.configuration_set],
            "ses:source-ip": [_SOURCE_IP],
            "ses:from-domain": [domain],
            "ses:caller-identity": ["email-send"],
            "ses:outgoing-ip": [_OUTGOING_IP],
            **{name: [value] for name, value in mail.tags.items()},
        },
    }


def _delivery(mail: SentMail, recipient: str, at: datetime) -> dict[str, Any]:
    return {
        "timestamp": _timestamp(at),
        "processingTimeMillis": (at - mail.at) // timedelta(milliseconds=1),
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "192.0.2.30",
        "reportingMTA": _REPORTING_MTA,
    }


def _bounced(recipient: str, at: datetime, bounce: _Bounce) -> dict[str, Any]:
    diagnosis = {"action": "failed", "status": bounce.status, "diagnosticCode": bounce.diagnosis}
    return {
        "bounceType": bounce.type,
        "bounceSubType": bounce.sub_type,
        "bouncedRecipients": [{"emailAddress": recipient, **(diagnosis if bounce.status else {})}],
        "timestamp": _timestamp(at),
        "feedbackId": str(uuid4()),
        "reportingMTA": f"dns; {_REPORTING_MTA}",
    }


def _complaint(recipient: str, at: datetime) -> dict[str, Any]:
    return {
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": _timestamp(at),
        "feedbackId": str(uuid4()),
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": _timestamp(at),
    }


def _timestamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
