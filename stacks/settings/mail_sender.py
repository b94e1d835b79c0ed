"""The From header of a stage's mails, in the form that SES takes."""

import re
from email.header import Header
from email.utils import formataddr, unquote

from pydantic import TypeAdapter, ValidationError

from schemas.wire import EmailAddress

_SENDER = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>|(?P<bare>[^<>]+)")
_ENCODED_WORD = 75
"""Longest encoded word (RFC 2047, section 2)."""

_LONGEST = 998 - len("From: ")
"""Characters of the longest line of a mail (RFC 5322, section 2.1.1), the header's name taken off."""


def mail_sender(value: str) -> str:
    """Return a From header in ASCII: a name that needs it is quoted, or encoded by RFC 2047.

    SES takes 7-bit ASCII alone, and a display name beyond it as encoded words (SES API reference, SendEmail). A domain
    beyond ASCII has to be written in Punycode.

    Args:
        value: an address with or without a display name, such as `Café Taly <no-reply@mail.taly.dev>`.

    Raises:
        ValueError: it is no such header, is too long for one, or has characters that nobody sees.
    """
    parts = _SENDER.fullmatch(value.strip())
    if parts is None:
        raise ValueError("must be a From header, such as Taly <no-reply@mail.taly.dev>")
    if not value.isprintable():
        raise ValueError("must have no control, bidirectional or other invisible characters: type it anew")
    name, address = (parts["name"] or "").strip(), (parts["address"] or parts["bare"]).strip()
    try:
        TypeAdapter(EmailAddress).validate_python(address)
    except ValidationError:
        address_is_valid = False
    else:
        address_is_valid = address.isascii()
    if not address_is_valid:
        raise ValueError(
            "must be a From header, such as Taly <no-reply@mail.taly.dev>; the address is one in ASCII, "
            "with a domain beyond that in Punycode, such as xn--caf-dma.example"
        )
    header = _header(unquote(name), address)
    if len(header) > _LONGEST:
        raise ValueError(f"has {len(header):,} characters as a header, and may have {_LONGEST}: shorten the name")
    return header


def _header(name: str, address: str) -> str:
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name, 'utf-8', maxlinelen=_ENCODED_WORD).encode(linesep='')} <{address}>"
