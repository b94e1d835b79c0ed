"""Values of the CRM's answers in the form that this system publishes: what people and programs write another way.

Each function returns what it cannot convert as it is: the field's type then refuses it, and costs the field alone.
"""

import re

from schemas.email_domains import ascii_address
from schemas.pasted import INVISIBLE, unpasted

_SEPARATORS = re.compile(rf"[\s./(){INVISIBLE}\u2010-\u2015-]+")
"""Characters between the digits of a phone number, and invisible ones."""

_TRUNK_ZERO = "(0)"
"""A digit for callers at home alone, as in +49 (0)170 1234567 (ITU-T E.123); it is no part of the number."""

_CHARSET = re.compile("[.@].*")
"""The end of a POSIX locale, as in de_DE.UTF-8@euro."""

_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt _](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?P<fraction>[.,]\d+)?"
    r" ?(?P<offset>[Zz]|(?P<hours>[+-]\d\d):?(?P<minutes>\d\d)?)",
    re.ASCII,
)
"""A time with an offset in any form of ISO 8601 that names its parts by signs."""

_MAX_NAME = 200
_MAX_FRACTION = 10
"""Characters, the point included."""


def trimmed(value: object) -> object:
    """Take off the blanks and invisible characters around a text."""
    return unpasted(value) if isinstance(value, str) else value


def lowered(value: object) -> object:
    """Take off what is around a code, and write it in lower case."""
    return unpasted(value).lower() if isinstance(value, str) else value


def name_of(value: object) -> object:
    """Take off the blanks around a name, and cut it to the length that messages may have."""
    return value.strip()[:_MAX_NAME].rstrip() if isinstance(value, str) else value


def phone_number(value: object) -> object:
    """Take the separators out of an international phone number, which begins with + or 00."""
    if not isinstance(value, str):
        return value
    digits = _SEPARATORS.sub("", value.replace(_TRUNK_ZERO, ""))
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def language_tag(value: object) -> object:
    """Write a locale, such as de_DE.UTF-8, as a language tag."""
    return _CHARSET.sub("", unpasted(value)).replace("_", "-") if isinstance(value, str) else value


def moment(value: object) -> object:
    """Write a time as RFC 3339 has it: 2026-04-15 14:00+0200 is 2026-04-15T14:00:00+02:00."""
    parts = _MOMENT.fullmatch(unpasted(value)) if isinstance(value, str) else None
    if parts is None:
        return value
    fraction = (parts["fraction"] or "").replace(",", ".")[:_MAX_FRACTION]
    offset = f"{parts['hours']}:{parts['minutes'] or '00'}" if parts["hours"] else "Z"
    return f"{parts['date']}T{parts['minute']}{parts['second'] or ':00'}{fraction}{offset}"


def email_address(value: object) -> object:
    """Take off what is around an email address, and write its domain in ASCII.

    Raises:
        ValueError: the address has letters for which there is no ASCII.
    """
    return ascii_address(unpasted(value)) if isinstance(value, str) else value
