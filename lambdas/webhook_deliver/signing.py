"""Signatures by which a receiver knows that a webhook is ours and untouched.

Source: Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), "Signature
scheme" and "Webhook headers".
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from lambdas.common.errors import PermanentError

_PREFIX = "whsec_"
_SHORTEST_KEY = 24
"""Bytes; the specification's least: a shorter one could be found out by whoever has a webhook and its signature."""


def signed(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of one attempt.

    Args:
        message_id: the same at each attempt, so that a receiver can drop what it has. The specification wants it
            to be no user's to choose, as ours and our producers' are.
        at: when this attempt is made: receivers refuse what is minutes old, so that nobody can replay it.
        body: exactly what is posted.
        secrets: the endpoint's, each `whsec_` and base64 of 24 bytes or more; two while one is replaced: a receiver
            wants any to fit.

    Raises:
        PermanentError: there is no secret, or one is none or too short. The text does not show it.
    """
    if not secrets:
        raise PermanentError("the endpoint has no signing secret: give it one in the CRM")
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
    except ValueError:  # it is no base64, or not even ASCII
        key = b""
    if not key or encoded == secret:
        raise PermanentError(
            "a signing secret of the endpoint is not whsec_ and base64: replace it in the CRM"
        ) from None
    if len(key) < _SHORTEST_KEY:
        raise PermanentError(
            f"a signing secret of the endpoint has fewer than {_SHORTEST_KEY} bytes: replace it in the CRM"
        )
    return key


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
