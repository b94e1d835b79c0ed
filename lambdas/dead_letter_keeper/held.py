"""One dead letter as the keeper sees it: its times, its ids, and the copy that replaces it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from schemas.claims import Claims, claims
from schemas.dead_letter_times import valid_times
from schemas.held_events import message_within
from schemas.names import BIOGRAPHY_ATTRIBUTE, SINCE_ATTRIBUTE
from schemas.wire import timestamp

MAX_ATTRIBUTES = 10
"""Attributes of a message (SQS Developer Guide, "Message metadata")."""

MAX_BYTES = 1_048_576
"""Bytes of a message: body, and names, types and values of attributes (SQS, SendMessage)."""

_PARTS = ("DataType", "StringValue", "BinaryValue")
"""Parts of an attribute that SQS accepts; it returns others, as empty lists."""


@dataclass(frozen=True)
class HeldDeadLetter:
    """A received dead letter. Any sender to the queue may have written it, so its form is not trusted."""

    message: Mapping[str, Any]
    """As SQS returned it."""

    @property
    def sqs_message_id(self) -> str:
        """SQS's id of this copy."""
        return str(self.message["MessageId"])

    @property
    def sent_at(self) -> datetime:
        """When SQS accepted this copy; where SQS moved the message, when SQS accepted the message."""
        return datetime.fromtimestamp(int(self.message["Attributes"]["SentTimestamp"]) / 1000, UTC)

    @cached_property
    def since(self) -> datetime:
        """Since when it is a dead letter: its earliest claim, so that no forged time keeps it for longer."""
        claimed = (_dead_lettered_at(self._text(BIOGRAPHY_ATTRIBUTE)), self._text(SINCE_ATTRIBUTE))
        return min([self.sent_at, *valid_times(claimed)])

    @cached_property
    def claims(self) -> Claims:
        """The ids that the body states; nothing has checked them."""
        return claims(message_within(self.message["Body"], self._attributes.keys()))

    @property
    def has_room(self) -> bool:
        """Whether a copy may have one attribute more, which keeps the time since when it is a dead letter."""
        attributes = self._copied
        size = len(self.message["Body"].encode(errors="surrogatepass")) + sum(
            len(name.encode()) + sum(len(part if isinstance(part, bytes) else part.encode()) for part in value.values())
            for name, value in attributes.items()
        )
        return len(attributes) <= MAX_ATTRIBUTES and size <= MAX_BYTES

    @property
    def copy(self) -> dict[str, Any]:
        """The request that sends a copy, without the queue's URL: body, attributes and group are the same."""
        group = self.message["Attributes"].get("MessageGroupId")
        return {
            "MessageBody": self.message["Body"],
            "MessageAttributes": self._copied,
            **({"MessageGroupId": group} if group else {}),
        }

    @property
    def logged(self) -> dict[str, str]:
        """The ids of its log line."""
        found = self.claims
        fields = {
            "id": found.id,
            "type": found.type,
            "company_id": found.company_id,
            "sqs_message_id": self.sqs_message_id,
        }
        return {name: text for name, text in fields.items() if text}

    @cached_property
    def _copied(self) -> dict[str, dict[str, Any]]:
        kept = {
            name: {part: value[part] for part in _PARTS if part in value} for name, value in self._attributes.items()
        }
        return kept | {SINCE_ATTRIBUTE: {"DataType": "String", "StringValue": timestamp(self.since)}}

    @property
    def _attributes(self) -> Mapping[str, Any]:
        attributes: Mapping[str, Any] = self.message.get("MessageAttributes", {})
        return attributes

    def _text(self, name: str) -> str:
        return str(self._attributes.get(name, {}).get("StringValue", ""))


def _dead_lettered_at(history: str) -> str:
    """The time in the failure history; empty where that is missing or not as a function writes it."""
    try:
        return str(json.loads(history)["deadLetteredAt"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
