"""The tags of a mail: how an event of SES's finds the message that sent the mail.

SES takes letters, digits, `_` and `-`, up to 256 of them (SES API v2, MessageTag). Ids of messages may have others, and
are written in base64url (RFC 4648, section 5) without padding.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self

from schemas.emails import Template
from schemas.message import ID_PATTERN

COMPANY = "company"
"""The tag with the tenant's id, as it is: the rule for SES's events reads it."""

_MESSAGE, _CORRELATION, _TEMPLATE, _SUBJECT, _TEXTED = "message", "correlation", "template", "subject", "texted"
_VALID_UNTIL = "until"


_TEMPLATES = frozenset(map(str, Template))


class MailTags(NamedTuple):
    """The statements of a mail's tags."""

    company_id: str
    message_id: str
    """Id of the `email.send`."""

    correlation_id: str
    template: Template
    subject_id: str
    """Empty where the mail is about nothing with an id."""

    texted: bool
    valid_until: datetime | None = None
    """When it was too late for the mail: a reminder's is the appointment's start."""

    def encoded(self) -> dict[str, str]:
        """Return the tags by name; empty ones are left out, since SES refuses them."""
        tags = {
            COMPANY: self.company_id,
            _MESSAGE: _encode(self.message_id),
            _CORRELATION: _encode(self.correlation_id),
            _TEMPLATE: self.template,
            _SUBJECT: self.subject_id,
            _TEXTED: "1" if self.texted else "",
            _VALID_UNTIL: _encode(self.valid_until.isoformat()) if self.valid_until else "",
        }
        return {name: value for name, value in tags.items() if value}

    @classmethod
    def decoded(cls, tags: Mapping[str, Sequence[str]]) -> Self:
        """Read the tags of one of SES's events, which has a list of values for each.

        Raises:
            ValueError: a tag is missing, or is none of `encoded`'s. The text names the tag, and no value.
        """
        template = _value(tags, _TEMPLATE)
        if template not in _TEMPLATES:
            raise ValueError("the mail's tag template names no template of email.send")
        return cls(
            company_id=_value(tags, COMPANY),
            message_id=_id(tags, _MESSAGE),
            correlation_id=_id(tags, _CORRELATION),
            template=Template(template),
            subject_id=_value(tags, _SUBJECT) if tags.get(_SUBJECT) else "",
            texted=bool(tags.get(_TEXTED)),
            valid_until=_moment(tags) if tags.get(_VALID_UNTIL) else None,
        )


def _value(tags: Mapping[str, Sequence[str]], name: str) -> str:
    if len(values := tags.get(name, ())) != 1:
        raise ValueError(f"the mail has {len(values)} values of the tag {name}; email.send gives it one")
    return values[0]


def _moment(tags: Mapping[str, Sequence[str]]) -> datetime:
    value = _value(tags, _VALID_UNTIL)
    try:
        moment = datetime.fromisoformat(_decode(value))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 it has no offset, and is refused
    if moment.tzinfo is None:
        raise ValueError(f"the mail's tag {_VALID_UNTIL} is no time in base64url")
    return moment


def _id(tags: Mapping[str, Sequence[str]], name: str) -> str:
    value = _value(tags, name)
    try:
        decoded = _decode(value)
    except ValueError:
        decoded = ""
    if not re.fullmatch(ID_PATTERN, decoded) or _encode(decoded) != value:
        raise ValueError(f"the mail's tag {name} is no id of a message in base64url")
    return decoded


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
