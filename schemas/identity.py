"""Derived ids: the same message has the same id wherever it is computed (RFC 8785 canonical JSON, RFC 9562 UUIDv5)."""

import json
from typing import Any, NamedTuple, Never
from uuid import UUID, uuid5

NAMESPACE = UUID("5b0e6c9e-3f0a-4b52-9d0c-7a1f4c2e8d31")

REMEMBERED_DAYS = 30
"""Days for which a finished job is remembered: more than queue (7) and dead-letter queue (14) together.

At least as long as the bus's archive, so that a replay runs only jobs that never succeeded.
"""


def derived_id(message_type: str, payload: object, timestamp: str) -> str:
    """Return the id of a message whose producer gave none.

    Args:
        message_type: the event type's name.
        payload: the payload as JSON values, unknown fields included.
        timestamp: the timestamp verbatim, as in the message.

    Raises:
        ValueError: the payload has no canonical form (an integer beyond 2^53, infinity, a lone surrogate).
    """
    import rfc8785  # seldom needed outside the ingress, which adds missing ids

    fields: Any = {"type": message_type, "payload": payload, "timestamp": timestamp}
    return str(uuid5(NAMESPACE, rfc8785.dumps(fields).decode()))


class ParentIdentity(NamedTuple):
    """What tells a message apart from every other: a producer's id alone is unique only within that producer."""

    company_id: str
    """The tenant's id."""

    type: str
    id: str
    payload_digest: str

    def follow_up_id(self, message_type: str, discriminator: str) -> str:
        """Return the id of a follow-up; a reaction that runs again gives its follow-ups the same ids."""
        return uuid_of(*self, message_type, discriminator)


def uuid_of(*texts: str) -> str:
    """Return the UUIDv5 of the canonical JSON of a list of texts."""
    return str(uuid5(NAMESPACE, json.dumps(texts, ensure_ascii=False, separators=(",", ":"))))


def payload_digest(body: str) -> str:
    """Return the digest of a message's payload: SHA-256, in hexadecimal, of its canonical JSON in UTF-8.

    Canonically equal payloads have one digest: the order of keys, white space, escapes, and `2` or `2.0` make no
    difference. A payload without canonical form (an integer beyond 2^53, an infinity), which the ingress refuses and
    the bus takes, has a digest too. Only this function computes it; key order and white space make no difference.

    Args:
        body: the text of a valid message.
    """
    from hashlib import sha256  # needed only for follow-ups and jobs

    return sha256(_canonical_payload(body).encode()).hexdigest()


class _FractionError(ValueError):
    """The text has a number that is not written as an integer."""


def _refuse_fraction(_digits: str) -> Never:
    raise _FractionError


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # Python reads no more than 4,300 digits
        return digits


_decode_plain = json.JSONDecoder(parse_float=_refuse_fraction, parse_constant=_refuse_fraction).decode
_encode_plain = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def _canonical_payload(body: str) -> str:
    """Return the canonical JSON of a message's payload.

    Python's own JSON with sorted keys is canonical, and four times as fast, where all numbers are written as integers
    and all characters are below U+D800: RFC 8785 differs in fractions, exponents, and the order of other characters.
    """
    try:
        text = _encode_plain(_decode_plain(body)["payload"])
        if text.isascii() or max(text) < "\ud800":
            return text
    except ValueError:  # a fraction, or an integer of more digits than Python reads
        pass
    import rfc8785  # few payloads need it

    payload = json.loads(body, parse_int=_integer)["payload"]
    try:
        return rfc8785.dumps(payload).decode()
    except ValueError:
        return json.dumps(payload, sort_keys=True)
