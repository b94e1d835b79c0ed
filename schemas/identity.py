"""Derived ids: the same message has the same id wherever it is computed (RFC 8785 canonical JSON, RFC 9562 UUIDv5)."""

from uuid import UUID, uuid5

NAMESPACE = UUID("5b0e6c9e-3f0a-4b52-9d0c-7a1f4c2e8d31")

REMEMBERED_DAYS = 30
"""How long the id of a finished job is remembered: longer than queue (4 days) and dead-letter queue (14) together.

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
    return _uuid5({"type": message_type, "payload": payload, "timestamp": timestamp})


def follow_up_id(parent_id: str, message_type: str, discriminator: str) -> str:
    """Return the id of a follow-up; a reaction that runs again gives its follow-ups the same ids."""
    return _uuid5([parent_id, message_type, discriminator])


def _uuid5(value: object) -> str:
    import rfc8785  # seldom needed outside the ingress, which adds missing ids

    return str(uuid5(NAMESPACE, rfc8785.dumps(value).decode()))  # type: ignore[arg-type]  # any JSON value
