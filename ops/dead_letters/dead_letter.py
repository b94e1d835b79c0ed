"""One dead letter, as an operator looks at it: the message, and what is told of its end."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.claims import Claims, claims
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.reasons import Reason

_RULE = "RULE_ARN"
_OF_EVENTBRIDGE = ("ERROR_CODE", "ERROR_MESSAGE")
"""Attributes of what a rule or a schedule could not deliver (EventBridge User Guide, "Using dead-letter queues")."""

FINGERPRINT = re.compile("[0-9a-f]{12}")
"""Of a cause, as the card and the lists show it."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. Whoever may send to the queue wrote it: nothing in it is trusted to have our form."""

    sqs_message_id: str
    body: str
    group: str | None
    attributes: Mapping[str, Any]
    """What it carries, as SQS has it: `reason`, `fingerprint`, `biography`, or what its producer gave."""

    system: Mapping[str, str]
    """What SQS says of it."""

    claims: Claims
    """What its body says of itself."""

    biography: Mapping[str, Any]
    """Empty where SQS itself moved it, or where there was no room."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "DeadLetter":
        """Read what SQS gave."""
        attributes = message.get("MessageAttributes", {})
        system = message.get("Attributes", {})
        body = _undelivered(message["Body"]) if _RULE in attributes else message["Body"]
        return cls(
            sqs_message_id=message["MessageId"],
            body=body,
            group=system.get("MessageGroupId"),
            attributes=attributes,
            system=system,
            claims=claims(body),
            biography=json_object(_text(attributes, BIOGRAPHY_ATTRIBUTE)),
        )

    @property
    def id(self) -> str:
        """Its message id, derived where it gives none; empty where its body cannot be read."""
        return self.claims.id

    @property
    def reason(self) -> str:
        """A code of ours; empty where SQS itself moved it."""
        text = _text(self.attributes, REASON_ATTRIBUTE)
        return text if text in set(Reason) else ""

    @property
    def fingerprint(self) -> str:
        """Of its cause; empty where SQS itself moved it."""
        text = _text(self.attributes, FINGERPRINT_ATTRIBUTE)
        return text if FINGERPRINT.fullmatch(text) else ""

    @property
    def company_id(self) -> str:
        """Its tenant; empty where it names none."""
        return self.claims.company_id

    @property
    def error(self) -> str:
        """The class of what it died of, and its words, or what EventBridge says of it; empty where nobody says."""
        known = [self.told("errorClass"), self.told("message")]
        said = [_text(self.attributes, name) for name in _OF_EVENTBRIDGE]
        return ": ".join(text for text in known if text) or ": ".join(text for text in said if text)

    @property
    def sent_at(self) -> datetime | None:
        """When SQS took it. Where SQS moved it: when SQS took the message first."""
        milliseconds = self.system.get("SentTimestamp", "")
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds.isdecimal() else None

    @property
    def died_at(self) -> datetime | None:
        """When it was dead-lettered, by its biography; where that does not say, when SQS took it."""
        try:
            at = datetime.fromisoformat(self.told("deadLetteredAt"))
            return at.astimezone(UTC) if at.tzinfo else self.sent_at
        except (ValueError, OverflowError):
            return self.sent_at

    def told(self, key: str) -> str:
        """What its biography says in text under a key; empty where it says nothing."""
        value = self.biography.get(key)
        return value if isinstance(value, str) else ""


def as_text(at: datetime | None) -> str:
    """RFC 3339 in UTC, to the second; empty where it is not known."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def json_object(text: str) -> dict[str, Any]:
    """The object that a text is; empty where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _undelivered(body: str) -> str:
    """The message in an event that a rule could not deliver, where the whole event was kept."""
    event = json_object(body)
    detail = event.get("detail")
    return json.dumps(detail, ensure_ascii=False) if "detail-type" in event and isinstance(detail, dict) else body


def _text(attributes: Mapping[str, Any], name: str) -> str:
    return str(attributes.get(name, {}).get("StringValue", ""))
