"""Checks a webhook's signature as its receiver does, by the specification alone: with no line of the sender's code.

Source: Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), "Webhook
headers", "Signature scheme" and "Verifying signatures".
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

TOLERANCE = timedelta(minutes=5)
"""How old or how far ahead a post may be: another one is refused, so that nobody can replay it."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 what secrets begin with
_SCHEME = "v1,"
"""HMAC-SHA256; a receiver passes over the signatures of schemes that it does not know."""


class Verdict(StrEnum):
    """What a receiver thinks of a post."""

    VALID = "valid"
    UNSIGNED = "a header of the three is missing, or the timestamp is none"
    STALE = "its timestamp is more than five minutes from now"
    FORGED = "no signature is by a secret of this endpoint"
    UNKNOWN = "there is no such endpoint"


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> Verdict:
    """Judge a post.

    Args:
        headers: its headers, by lower-case names.
        body: exactly what came.
        secrets: the endpoint's, each `whsec_` and base64; one is enough.
        now: the receiver's time.
    """
    id_, timestamp, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and signatures and timestamp.isascii() and timestamp.isdigit()):
        return Verdict.UNSIGNED
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return Verdict.STALE
    signed = b".".join((id_.encode(), timestamp.encode(), body))
    given = [part.removeprefix(_SCHEME) for part in signatures.split(" ") if part.startswith(_SCHEME)]
    fits = any(hmac.compare_digest(_signature(secret, signed), each.encode()) for secret in secrets for each in given)
    return Verdict.VALID if fits else Verdict.FORGED


def _signature(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
