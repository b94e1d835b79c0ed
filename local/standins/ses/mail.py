"""A mail as SES got it, and its MIME source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from schemas.mail_tags import COMPANY, MailTags

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailAttachment:
    """A file that comes with a mail."""

    name: str
    media_type: str
    """With its parameters, as in `text/calendar; charset=UTF-8; method=REQUEST`."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A mail as SES got it."""

    to: tuple[str, ...]
    sender: str
    """The From header."""

    subject: str
    text: str
    html: str
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further header fields, by name."""

    attachments: tuple[MailAttachment, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration_set: str = ""
    """Empty for none: SES then reports nothing about the mail."""

    ses_id: str = ""
    """SES's id of the mail; empty until SES has taken it."""

    at: datetime = _NEVER
    """When SES took it."""

    @property
    def message_id(self) -> str:
        """The id of the job that sent the mail, from its tags; empty if there is none."""
        try:
            return MailTags.decoded({name: [value] for name, value in self.tags.items()}).message_id
        except ValueError:
            return ""

    @property
    def company_id(self) -> str:
        """The tenant of the job that sent the mail, from its tags; empty if there is none."""
        return self.tags.get(COMPANY, "")

    def source(self) -> bytes:
        """The mail as it goes to the recipient's mail server (RFC 5322), without SES's signatures.

        Raises:
            ValueError: a header field or a media type is malformed.
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        if self.reply_to:
            message["Reply-To"] = ", ".join(self.reply_to)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(self.at)
        message["Message-ID"] = f"<{self.ses_id or 'unsent'}@email.amazonses.com>"
        for name, value in self.headers.items():
            message[name] = value
        if self.text:
            message.set_content(self.text)
            if self.html:
                message.add_alternative(self.html, subtype="html")
        else:
            message.set_content(self.html, subtype="html")
        for attachment in self.attachments:
            _attach(message, attachment)
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"_{number}_{self.ses_id}_")  # else another one each time
        return message.as_bytes()


def _attach(message: EmailMessage, attachment: MailAttachment) -> None:
    parsed = EmailMessage()
    parsed["Content-Type"] = attachment.media_type
    if parsed.get_content_type() != attachment.media_type.partition(";")[0].strip().lower():
        raise ValueError(f"{attachment.media_type} is not a media type")
    message.add_attachment(
        attachment.content,
        maintype=parsed.get_content_maintype(),
        subtype=parsed.get_content_subtype(),
        filename=attachment.name,
        params=dict(parsed["Content-Type"].params),
    )
