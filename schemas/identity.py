"""Ids that the same message gets wherever it is computed (RFC 8785 canonical JSON, RFC 9562 UUIDv5)."""

from uuid import UUID, uuid5

NAMESPACE = UUID("5b0e6c9e-3f0a-4b52-9d0c-7a1f4c2e8d31")

REMEMBERED_DAYS = 30
"""How long the id of a finished job is remembered: longer than its queue (4 days) and its dead-letter queue (14) keep
it together, and no shorter than the bus's archive, so that a replay runs only what never succeeded.
"""


def derived_id(message_type: str, payload: object, timestamp: str) -> str:
    """The id of a message whose producer gave none.

    Args:
        message_type: the message's type.
        payload: its payload as JSON values, unknown fields included.
        timestamp: the timestamp verbatim, as it stands in the message.

    Raises:
        ValueError: a value that canonical JSON does not know (an integer beyond 2^53, infinity, a lone surrogate).
    """
    return _uuid5({"type": message_type, "payload": payload, "timestamp": timestamp})


def follow_up_id(parent_id: str, message_type: str, discriminator: str) -> str:
    """The id of what a reaction emits: the same again when the reaction runs again."""
    return _uuid5([parent_id, message_type, discriminator])


def _uuid5(value: object) -> str:
    import rfc8785  # the ingress stamps ids, so that other functions seldom need it

    return str(uuid5(NAMESPACE, rfc8785.dumps(value).decode()))  # type: ignore[arg-type]  # any JSON value
