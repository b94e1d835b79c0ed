"""Events that EventBridge could not deliver: a holding queue keeps the whole event."""

import json
from collections.abc import Collection

RULE_ATTRIBUTE = "RULE_ARN"
"""Message attribute of what a rule could not deliver (EventBridge User Guide, "Using dead-letter queues")."""


def message_within(body: str, attributes: Collection[str]) -> str:
    """Return the message of an event that a rule could not deliver; any other body as it is.

    Args:
        body: the body of a dead letter.
        attributes: the names of its message attributes.
    """
    if RULE_ATTRIBUTE not in attributes:
        return body
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(event, dict) or "detail-type" not in event:
        return body
    from schemas.mail_events import message_of  # pydantic is slow to import, and few meet such an event

    message = message_of(event) or event.get("detail")
    return json.dumps(message, ensure_ascii=False) if isinstance(message, dict) else body
