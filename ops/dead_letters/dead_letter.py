"""One dead letter: the message, why it failed and when."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.claims import Claims, claims
from schemas.dead_letter_times import valid_times
from schemas.held_events import message_within
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, REASON_ATTRIBUTE, SINCE_ATTRIBUTE
from schemas.reasons import Reason, Remedy

_EVENTBRIDGE_ERROR_ATTRIBUTES = ("ERROR_CODE", "ERROR_MESSAGE")
"""Attributes of what a rule or a schedule could not deliver (EventBridge User Guide, "Using dead-letter queues")."""

FINGERPRINT = re.compile("[0-9a-f]{12}")
"""The form of a cause's fingerprint, as the Slack card and the lists show it."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. Any sender with access to the queue may have written it, so its form is not trusted."""

    sqs_message_id: str
    body: str
    group: str | None
    """The SQS message group with which it is sent again: its tenant, else the group that it came with."""

    attributes: Mapping[str, Any]
    """The message attributes as SQS returns them: `reason`, `fingerprint`, `biography`, or the producer's."""

    system: Mapping[str, str]
    """The system attributes that SQS sets."""

    claims: Claims
    """The fields that the body states; nothing has checked them."""

    failure_history: Mapping[str, Any]
    """The `biography` attribute; empty where SQS itself moved the message, or where there was no room."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "DeadLetter":
        """Parse a message as SQS returned it."""
        attributes = message.get("MessageAttributes", {})
        system = message.get("Attributes", {})
        body = message_within(message["Body"], attributes)
        stated = claims(body)
        return cls(
            sqs_message_id=message["MessageId"],
            body=body,
            group=stated.company_id or system.get("MessageGroupId"),
            attributes=attributes,
            system=system,
            claims=stated,
            failure_history=json_object(_text(attributes, BIOGRAPHY_ATTRIBUTE)),
        )

    @property
    def id(self) -> str:
        """The message id, derived where the body gives none; empty where the body cannot be read."""
        return self.claims.id

    @property
    def type(self) -> str:
        """The event type that the message names; empty where the body names none."""
        return self.claims.type

    @property
    def source(self) -> str:
        """The service that sent the message, as the message says; empty where the body names none."""
        return self.claims.source

    @property
    def reason(self) -> str:
        """The reason code; empty where SQS itself moved the message."""
        text = _text(self.attributes, REASON_ATTRIBUTE)
        return text if text in set(Reason) else ""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the cause; empty where SQS itself moved the message."""
        text = _text(self.attributes, FINGERPRINT_ATTRIBUTE)
        return text if FINGERPRINT.fullmatch(text) else ""

    @property
    def stated_remedy(self) -> Remedy | None:
        """The remedy that the raiser of its error named; None where it named none."""
        text = self.history_text("remedy")
        return Remedy(text) if text in set(Remedy) else None

    @property
    def company_id(self) -> str:
        """The tenant; empty where the body names none."""
        return self.claims.company_id

    @property
    def endpoint_id(self) -> str:
        """The webhook endpoint that the payload names; empty where it names none."""
        payload = json_object(self.body).get("payload")
        endpoint = payload.get("endpointId") if isinstance(payload, dict) else None
        return endpoint if isinstance(endpoint, str) else ""

    @property
    def audited(self) -> dict[str, str]:
        """The fields of its line in the audit log."""
        return {
            "id": self.id,
            "sqs_message_id": self.sqs_message_id,
            "company_id": self.company_id,
            "fingerprint": self.fingerprint,
            "reason": self.reason,
        }

    @property
    def error(self) -> str:
        """The error's class and message, else EventBridge's error; empty where neither is recorded."""
        recorded = [self.history_text("errorClass"), self.history_text("message")]
        eventbridge = [_text(self.attributes, name) for name in _EVENTBRIDGE_ERROR_ATTRIBUTES]
        return ": ".join(filter(None, recorded)) or ": ".join(filter(None, eventbridge))

    @property
    def sent_at(self) -> datetime | None:
        """The time when SQS accepted this copy; where SQS moved it, when SQS accepted the original message."""
        milliseconds = self.system.get("SentTimestamp", "")
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds.isdecimal() else None

    @property
    def dead_lettered_at(self) -> datetime | None:
        """The time when it was dead-lettered, whatever copies were made since; `sent_at` where none is recorded."""
        recorded = (self.history_text("deadLetteredAt"), _text(self.attributes, SINCE_ATTRIBUTE))
        return next(valid_times(recorded), self.sent_at)

    def history_text(self, key: str) -> str:
        """Return a text of the failure history; empty where the key is missing or no text."""
        value = self.failure_history.get(key)
        return value if isinstance(value, str) else ""


def as_text(at: datetime | None) -> str:
    """RFC 3339 in UTC, to the second; empty for None."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def json_object(text: str) -> dict[str, Any]:
    """Parse a JSON object; empty where the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(attributes: Mapping[str, Any], name: str) -> str:
    return str(attributes.get(name, {}).get("StringValue", ""))
