"""All parts of a mail: its words, the address for answers, the calendar file, and the way to unsubscribe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from lambdas.common.clients.ses import Attachment, Mail
from lambdas.common.runtime import Runtime
from lambdas.email_send.rendering import render, values_of
from lambdas.email_send.values import AppointmentValues
from schemas.email_domains import ascii_address
from schemas.emails import EmailSend
from schemas.event_type import Needs
from schemas.message import Message

_UNSUBSCRIBE = "List-Unsubscribe"

_MAX_HEADER = 996
"""Characters of a header field's name and value together (Amazon SES API v2, `MessageHeader`)."""


class Composer:
    """Composes mails by the stage's settings."""

    need: ClassVar[Needs] = Needs.EMAIL

    def __init__(self, sender: str, link_hosts: Sequence[str] = ()) -> None:
        """Compose mails of a sender.

        Args:
            sender: the stage's From header.
            link_hosts: the hosts that links may have, in lower case; none: any.
        """
        self._sender = sender
        self._link_hosts = link_hosts

    @classmethod
    def connect(cls, runtime: Runtime) -> "Composer":
        """Read the stage's settings."""
        environment = runtime.environment
        return cls(environment.mail_sender, [host for host in environment.link_hosts.split(",") if host])

    def compose(self, message: Message[EmailSend]) -> Mail:
        """Compose one mail.

        Raises:
            PermanentError: what `render` raises, or a link goes to a host that is none of the stage's.
        """
        from lambdas.common.texts.wording import Wording  # at the first mail, not at the start
        from lambdas.email_send.links import check_link, links_in
        from lambdas.email_send.tags import tags_of

        email = message.payload
        mail = render(email, message.id)
        values = values_of(email, Wording(email.to.locale))
        for field, url in links_in(values):
            check_link(f"values.{field}", url, self._link_hosts)
        if email.unsubscribe_url:
            check_link("unsubscribeUrl", email.unsubscribe_url, self._link_hosts)
        mail = replace(mail, reply_to=_reply_to(email), headers=_headers(email), tags=tags_of(message))
        if isinstance(values, AppointmentValues) and values.appointment_id:
            mail = replace(mail, attachments=[self._calendar_file(message, values, mail)])
        return mail

    def _calendar_file(self, message: Message[EmailSend], values: AppointmentValues, mail: Mail) -> Attachment:
        from email.utils import parseaddr

        from lambdas.email_send.calendar_file import calendar_file  # icalendar takes long to load: at the first file

        return calendar_file(
            message.payload,
            values,
            organizer=mail.reply_to or parseaddr(self._sender)[1],
            attendee=mail.to,
            written_at=message.timestamp,
        )


def _reply_to(email: EmailSend) -> str:
    """Return the address for answers; empty where SES cannot take it, which must not cost the mail."""
    try:
        return ascii_address(email.reply_to or "")
    except ValueError:
        return ""


def _headers(email: EmailSend) -> Mapping[str, str]:
    """Return the header fields by which mail programs unsubscribe at one click (RFC 2369, section 3.2; RFC 8058).

    An address that is too long for a header field gets none.
    """
    value = f"<{email.unsubscribe_url}>"
    if not email.unsubscribe_url or len(_UNSUBSCRIBE) + len(value) > _MAX_HEADER:
        return {}
    return {_UNSUBSCRIBE: value, f"{_UNSUBSCRIBE}-Post": "List-Unsubscribe=One-Click"}
