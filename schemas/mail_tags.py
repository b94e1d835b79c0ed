"""The tags of a mail: how an event of SES's finds the message that sent the mail.

SES takes letters, digits, `_` and `-`, up to 256 of them (SES API v2, MessageTag). Ids of messages may have others, and
are written in base64url (RFC 4648, section 5) without padding.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from schemas.emails import Template

COMPANY = "company"
"""The tag with the tenant's id, as it is: the rule for SES's events reads it."""

_MESSAGE, _CORRELATION, _TEMPLATE, _SUBJECT, _TEXTED = "message", "correlation", "template", "subject", "texted"


class MailTags(NamedTuple):
    """What a mail's tags say."""

    company_id: str
    message_id: str
    """Id of the `email.send`."""

    correlation_id: str
    template: Template
    subject_id: str
    """Empty where the mail is about nothing with an id."""

    texted: bool

    def encoded(self) -> dict[str, str]:
        """Return the tags by name; empty ones are left out, since SES refuses them."""
        tags = {
            COMPANY: self.company_id,
            _MESSAGE: _encode(self.message_id),
            _CORRELATION: _encode(self.correlation_id),
            _TEMPLATE: self.template,
            _SUBJECT: self.subject_id,
            _TEXTED: "1" if self.texted else "",
        }
        return {name: value for name, value in tags.items() if value}

    @classmethod
    def decoded(cls, tags: Mapping[str, Sequence[str]]) -> Self:
        """Read the tags of one of SES's events, which has a list of values for each.

        Raises:
            ValueError: a tag is missing, or is none of `encoded`'s. The text names the tag, and no value.
        """
        try:
            return cls(
                company_id=tags[COMPANY][0],
                message_id=_decode(tags[_MESSAGE][0]),
                correlation_id=_decode(tags[_CORRELATION][0]),
                template=Template(tags[_TEMPLATE][0]),
                subject_id=next(iter(tags.get(_SUBJECT, ())), ""),
                texted=bool(tags.get(_TEXTED)),
            )
        except (KeyError, IndexError, ValueError):
            raise ValueError("the mail's tags are not those that email.send gives") from None


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
