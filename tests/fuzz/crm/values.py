"""Values for one field of the CRM's answers or of a message: odd ones, and formatted ones with what they mean."""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from random import Random
from typing import Any, Final, NamedTuple

from tests.fuzz.mutation import ODD_TEXT, ODD_VALUES


class Kind(Enum):
    """What a field holds."""

    EMAIL = auto()
    PHONE = auto()
    LOCALE = auto()
    ZONE = auto()
    NAME = auto()
    MOMENT = auto()
    UUID = auto()
    STATUS = auto()
    REFERENCE = auto()
    URL = auto()
    COUNT = auto()
    TEXTS = auto()
    CHANNELS = auto()
    ROW = auto()
    """An object, as a field or in a list."""

    ROWS = auto()
    """A list of objects."""

    EVENT = auto()
    """The name of a template, an event or a format."""


class Verdict(Enum):
    """What a reader must make of a value."""

    READABLE = auto()
    """It has the value that it means."""

    NOTHING = auto()
    """It says nothing, as null and a missing field do."""

    UNREADABLE = auto()
    """It is left out, and named."""

    UNSURE = auto()
    """It is read or left out: no rule decides. It costs no more than being left out."""


class Value(NamedTuple):
    """A value for a place."""

    text: str
    """JSON text; empty for no field at all."""

    verdict: Verdict
    means: Any = None
    """The agreed form of a readable value."""


ABSENT: Final = Value("", Verdict.NOTHING)
NULL: Final = Value("null", Verdict.NOTHING)

CANARIES = ("9f31c7", "73419073")
"""Parts of the values that must stand in no log."""

_BLANKS = (" ", "\t", "\r\n", "\u00a0", "\u2003", "\n ")

_TRUTHS = ("true", "false")
_NUMBERS = ("7341907341", "-73419073.5", "1e3", "0")
_LISTS = ('["odd-9f31c7"]', "[]", "[null]")
_OBJECTS = ('{"odd-9f31c7":"odd-9f31c7"}', "{}")
_TEXTS = ('"odd-9f31c7"', '""')

_OTHER_TYPES: Mapping[Kind, Sequence[str]] = {
    **dict.fromkeys(Kind, _TRUTHS + _NUMBERS + _LISTS + _OBJECTS),
    Kind.COUNT: (*_TRUTHS, *_LISTS, *_OBJECTS, *_TEXTS, '"2"', "1.5", "-1"),
    Kind.TEXTS: (*_TRUTHS, *_NUMBERS, *_OBJECTS, *_TEXTS, "[7341907341]", "[null]"),
    Kind.CHANNELS: (*_TRUTHS, *_NUMBERS, *_OBJECTS, *_TEXTS),
    Kind.ROW: (*_TRUTHS, *_NUMBERS, *_LISTS, *_TEXTS),
    Kind.ROWS: (*_TRUTHS, *_NUMBERS, *_OBJECTS, *_TEXTS),
}
"""JSON of a type that the field does not have."""

_PHONES = ("+14155550123", "+491701234567", "+442071838750", "+390612345678")
_SEPARATORS = (" ", "-", ".", "/", " - ", "\u00a0", "\u2011", "\u2009", "(", ") ")
_INVISIBLE = ("\u202a{}\u202c", "\u200e{}", "{}\u200b", "\ufeff{}")
DOMAINS = {
    "example.com": "example.com",
    "mail.example.org": "mail.example.org",
    "m\u00fcller.example": "xn--mller-kva.example",
    "b\u00fccher.example": "xn--bcher-kva.example",
    "\u65e5\u672c.example": "xn--wgv71a.example",
}
"""Domains, and how DNS has them."""

_LOCALES = ("en", "de", "pt-BR", "zh-Hans-CN", "es-419")
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
NO_ZONES = ("Etc/Unknown", "Mars/Olympus", "Europe/Berlim", "US/Pacific-New", "GMT+25", "Berlin")
_MOMENTS = {
    "2026-04-15T14:00:00Z": (
        *("2026-04-15T14:00:00.000Z", "2026-04-15t14:00:00z", "2026-04-15T16:00:00+02:00", "2026-04-15 14:00:00Z"),
        *("2026-04-15T14:00Z", " 2026-04-15T16:00:00+0200", "2026-04-15 16:00:00 +02", "2026-04-15T14:00:00,0Z\n"),
        "2026-04-15T14:00:00.000000000000Z",
    ),
    "2026-05-01T09:30:00Z": ("2026-05-01T09:30Z", "2026-05-01 11:30+0200", " 2026-05-01t09:30:00.0z "),
    "2026-04-15T14:45:00Z": ("2026-04-15T14:45Z", "2026-04-15 16:45:00+02:00", "2026-04-15T14:45:00.000Z "),
}

_UNREADABLE: Mapping[Kind, Sequence[str]] = {
    Kind.EMAIL: (
        *("ada at 9f31c7", "\u00e4nne.9f31c7@example.com", "ada.9f31c7@localhost", "Ada <ada.9f31c7@example.com>"),
        *("ada.9f31c7@example.com, joan@example.com", "a 9f31c7@example.com", f"{'x' * 300}.9f31c7@example.com"),
        *("@9f31c7.example", "ada.9f31c7@", "n/a", "unknown"),
    ),
    Kind.PHONE: (
        *("n/a", "call 9f31c7", "0170/73419073", "(415) 73419073", "+49", "unknown", "+0 73419073", "9f31c7" * 1500),
        *("+49 170 73419073, +49 171 7654321", "+1 73419073 ext. 7", "+49170734190731234"),
    ),
    Kind.REFERENCE: ("we 1", "../../etc/passwd", "a/b", "x" * 65, "w\u00e9-9f31c7", "-we_9f31c7?x"),
    Kind.MOMENT: (
        *("soon", "2026-04-15T14:00:00", "2026-02-30T10:00:00Z", "1776261600", "3000-01-01T00:00:00Z", ""),
        *("15.04.2026 14:00", "2026-04-15", "14:00Z"),
    ),
    Kind.UUID: ("", "x", "7d1f0a52", "undefined", "0b7e3c528f4e4a539d5c0f1f6a3b2c1dx"),
}
"""Texts that certainly are no such value."""

_UNSURE = ("", " ", "n/a", "-", "\u2028", "x" * 300, "\u202eodd-9f31c7", "\ud83d odd-9f31c7", "<b>odd-9f31c7</b>")


def other_type(kind: Kind, random: Random) -> Value:
    """A value of another JSON type."""
    return Value(random.choice(_OTHER_TYPES[kind]), Verdict.UNREADABLE)


def odd_text(kind: Kind, random: Random) -> Value:
    """A text that is no such value, or perhaps one."""
    if kind in _UNREADABLE and random.random() < 0.7:
        return Value(json.dumps(random.choice(_UNREADABLE[kind])), Verdict.UNREADABLE)
    return Value(json.dumps(random.choice(_UNSURE + ODD_TEXT)), Verdict.UNSURE)


def unread(random: Random, *, strictly: bool) -> str:
    """JSON text for a field that nobody reads; `strictly` without what is no I-JSON (RFC 7493)."""
    if strictly:
        return random.choice(ODD_VALUES)
    depth = random.choice((2, 60, 150, 400))
    deep = "[" * depth + "]" * depth
    more = (deep, "1e999", "1" * 400, '"\\ud800"', '{"a":1,"a":2}', json.dumps("x" * 20_000), '"' + "\u00e9" + '"')
    return random.choice((*ODD_VALUES, *more))


def formatted(kind: Kind, random: Random, usual: Any, *, strictly: bool) -> Value:
    """A value in another form than the usual one, as people and other systems write it.

    Args:
        kind: what the field holds.
        random: source of randomness.
        usual: the field's value in the usual form, where no other value will do.
        strictly: whether the reader is one of messages, which takes fewer forms than one of the CRM's answers.
    """
    forms = {**_FORMS, **_STRICT_FORMS} if strictly else _FORMS
    means, written = forms[kind](random, usual) if kind in forms else (usual, usual)
    text = json.dumps(written, ensure_ascii=random.random() < 0.5)
    return Value(text, Verdict.READABLE, means)


def _padded(text: str, random: Random) -> str:
    """The text with blanks around it, as they are pasted."""
    return random.choice(("", *_BLANKS)) + text + random.choice(_BLANKS)


def _phone(random: Random, _usual: Any) -> tuple[str, str]:
    phone = random.choice(_PHONES)
    prefix, digits = random.choice(("+", "00")), phone[1:]
    if phone.startswith("+49") and random.random() < 0.3:
        written = f"{prefix}49 (0){digits[2:5]} {digits[5:]}"
    else:
        cuts = sorted(random.sample(range(1, len(digits)), random.randrange(4)))
        pieces = [digits[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(digits)], strict=True)]
        written = prefix + pieces[0] + "".join(random.choice(_SEPARATORS) + each for each in pieces[1:])
    if random.random() < 0.2:
        written = random.choice(_INVISIBLE).format(written)
    return phone, _padded(written, random)


def _email(random: Random, _usual: Any) -> tuple[str, str]:
    domain, in_dns = random.choice(list(DOMAINS.items()))
    local = random.choice(("ada.9f31c7", "grace.9f31c7", "o'9f31c7+x"))
    return f"{local}@{in_dns}", _padded(f"{local}@{domain}", random)


def _locale(random: Random, _usual: Any) -> tuple[str, str]:
    means = random.choice(_LOCALES)
    posix = means.replace("-", "_")
    forms = (_padded(means, random), posix, f"{posix}.UTF-8", f"{posix}.utf8@euro", means.lower(), means.upper())
    return means, random.choice(forms)


def _zone(random: Random, _usual: Any) -> tuple[str, str]:
    if random.random() < 0.3:
        return "UTC", random.choice(NO_ZONES)
    zone = random.choice(_ZONES)
    return zone, random.choice((_padded(zone, random), zone.lower(), zone.replace("_", " ")))


def _moment(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, random.choice(_MOMENTS[usual])


def _text(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, _padded(usual, random)


def _code(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, random.choice((usual.upper(), usual.title(), _padded(usual, random), _padded(usual.upper(), random)))


def _channels(random: Random, usual: Any) -> tuple[Any, list[str]]:
    return usual, [_code(random, each)[1] for each in usual]


def _uuid(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, random.choice((usual.upper(), _padded(usual, random)))


def _url(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, random.choice((_padded(usual, random), usual.replace("https", random.choice(("HTTPS", "Https")))))


def _count(_random: Random, usual: Any) -> tuple[Any, float]:
    return usual, float(usual)


_FORMS: Mapping[Kind, Callable[[Random, Any], tuple[Any, Any]]] = {
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.LOCALE: _locale,
    Kind.ZONE: _zone,
    Kind.NAME: _text,
    Kind.MOMENT: _moment,
    Kind.UUID: _uuid,
    Kind.STATUS: _code,
    Kind.REFERENCE: _text,
    Kind.URL: _url,
    Kind.COUNT: _count,
    Kind.CHANNELS: _channels,
}
"""By kind: a value in the agreed form, and the same value written another way."""


def _as_is(_random: Random, usual: Any) -> tuple[Any, Any]:
    return usual, usual


def _trimmed_phone(random: Random, _usual: Any) -> tuple[str, str]:
    phone = random.choice(_PHONES)
    return phone, _padded(phone, random)


def _tag(random: Random, _usual: Any) -> tuple[str, str]:
    means = random.choice(_LOCALES)
    return means, random.choice((means.replace("-", "_"), means.lower(), means.upper()))


def _any_zone(random: Random, _usual: Any) -> tuple[str, str]:
    return random.choice((*((zone, zone) for zone in _ZONES), *(("UTC", zone) for zone in (*NO_ZONES, ""))))


def _rfc_3339(random: Random, usual: Any) -> tuple[Any, str]:
    return usual, random.choice((usual, usual.replace("Z", "+00:00"), usual.replace("Z", ".000Z")))


def _long_url(random: Random, usual: Any) -> tuple[Any, str]:
    if random.random() < 0.3:
        signed = f"{usual}&X-Amz-Security-Token={'x' * random.choice((2_000, 4_000, 8_000))}"
        return signed, signed
    return _url(random, usual)


_STRICT_FORMS: Mapping[Kind, Callable[[Random, Any], tuple[Any, Any]]] = {
    Kind.PHONE: _trimmed_phone,
    Kind.LOCALE: _tag,
    Kind.ZONE: _any_zone,
    Kind.MOMENT: _rfc_3339,
    Kind.UUID: _as_is,
    Kind.STATUS: _as_is,
    Kind.REFERENCE: _as_is,
    Kind.URL: _long_url,
    Kind.CHANNELS: _as_is,
}
"""The forms that messages may have, where they are fewer."""
