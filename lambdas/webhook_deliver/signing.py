"""Sign webhooks, so that a receiver can verify their sender and content.

Source: Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), "Signature
scheme" and "Webhook headers".
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from lambdas.common.errors import NotDeliveredError

_PREFIX = "whsec_"
_MIN_KEY = 24
"""Bytes, the specification's minimum: a shorter key could be guessed from a webhook and its signature."""


def signed(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the signature headers of one attempt.

    Args:
        message_id: the same on each attempt, so that a receiver can drop duplicates. The specification forbids ids that
            a user chose; producers and this system choose them.
        at: time of this attempt; receivers refuse one that is minutes old, to prevent replays.
        body: the exact bytes of the request's body.
        secrets: the endpoint's signing secrets, each `whsec_` and base64 of 24 bytes or more. During a rotation there
            are two; a receiver accepts either signature.

    Raises:
        NotDeliveredError: there is no secret, or one is malformed or too short. The error does not show it.
    """
    if not secrets:
        raise NotDeliveredError("the endpoint has no signing secret: give it one in the CRM")
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(_key(secret), content) for secret in secrets),
    }


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:  # not base64, or not ASCII
        key = b""
    if not key or encoded == secret:
        raise NotDeliveredError(
            "a signing secret of the endpoint is not whsec_ and base64: replace it in the CRM"
        ) from None
    if len(key) < _MIN_KEY:
        raise NotDeliveredError(
            f"a signing secret of the endpoint has fewer than {_MIN_KEY} bytes: replace it in the CRM"
        )
    return key


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
