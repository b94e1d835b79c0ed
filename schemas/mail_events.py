"""The message of an event of SES's on EventBridge's default bus: of the rule that makes it, and of a redrive."""

from collections.abc import Mapping
from typing import Any

from schemas.mail_tags import COMPANY
from schemas.ses import SES_EVENT

SES_SOURCE = "aws.ses"
"""`source` of SES's events (EventBridge, "Amazon Simple Email Service events")."""

_SOURCE = "taly.ses"
"""`source` of the messages: one that begins with `aws.` would be refused."""


def ses_message(event_id: str, time: str, company_id: str, detail: object) -> dict[str, Any]:
    """Return the message of an event; the values may be paths, in place of which EventBridge puts the event's values.

    Args:
        event_id: id of EventBridge's event; a double of an event has the same one.
        time: when SES put the event on the bus.
        company_id: the mail's tag.
        detail: SES's report.
    """
    return {
        "type": SES_EVENT.name,
        "id": event_id,
        "source": _SOURCE,
        "timestamp": time,
        "attempts": 1,
        "payload": {"companyId": company_id, "sesEvent": detail},
    }


def message_of(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the message of an event that EventBridge could not deliver; None if it is none of SES's about a mail."""
    try:
        if event["source"] != SES_SOURCE:
            return None
        company_id = event["detail"]["mail"]["tags"][COMPANY][0]
        return ses_message(event["id"], event["time"], company_id, event["detail"])
    except (KeyError, IndexError, TypeError):
        return None
