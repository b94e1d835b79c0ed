"""Drafts of messages that an operator sends by hand."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.contracts.examples import example_payload
from ops.messages.validate import check
from ops.stage.services import require_name
from ops.terminal.errors import OperatorError
from publishing.doors import Entry
from publishing.messages import wire_time
from schemas import strict_json
from schemas.catalogue import BY_NAME
from schemas.event_type import EventType
from schemas.people import OPERATORS_SOURCE
from schemas.problems import Refusal

_USABLE_GROUP = "[!-~]{1,128}"
"""SQS, SendMessage, "MessageGroupId": letters, digits and punctuation of ASCII."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields that all messages of one `send` have in common."""

    type: str
    payload: str
    """The payload's JSON text, sent as it was written: parsing and writing it again could change its numbers."""

    version: int = 1

    def message(self, message_id: str, now: datetime) -> Entry:
        """Make a message of the draft.

        Args:
            message_id: the message's id.
            now: the message's timestamp.
        """
        fields = {
            "id": message_id,
            "type": self.type,
            "version": self.version,
            "timestamp": wire_time(now),
            "attempts": 1,
            "source": OPERATORS_SOURCE,
        }
        body = f'{json.dumps(fields).removesuffix("}")}, "payload": {self.payload}}}'
        return Entry(body=body, type=self.type, source=OPERATORS_SOURCE, group=self._group())

    def refusal(self, message_id: str, now: datetime) -> Refusal | None:
        """Why a message of this draft would be refused; None if it is valid."""
        checked = check(self.message(message_id, now).body.encode())
        return checked if isinstance(checked, Refusal) else None

    def _group(self) -> str | None:
        """The tenant as message group, if SQS accepts it as one."""
        try:
            payload = json.loads(self.payload)
        except (ValueError, RecursionError):
            return None
        company = payload.get("companyId") if isinstance(payload, dict) else None
        return company if isinstance(company, str) and re.fullmatch(_USABLE_GROUP, company) else None


def draft(type_name: str, payload: bytes | None, *, checked: bool = True) -> Draft:
    """Make a draft of a type.

    Args:
        type_name: the type's name.
        payload: JSON in UTF-8; None for the contract's example.
        checked: whether the type must be known and the payload must be a JSON object.

    Raises:
        OperatorError: the type or the payload is not what it must be, or an unknown type has no example.
    """
    if payload is None:
        event_type = _known(type_name)
        return Draft(type_name, json.dumps(example_payload(event_type), ensure_ascii=False), event_type.version)
    text = _text(payload)
    if not checked:
        return Draft(type_name, text)
    event_type = _known(type_name)
    _must_be_an_object(text)
    return Draft(type_name, text, event_type.version)


def _known(type_name: str) -> EventType[Any]:
    return BY_NAME[require_name(type_name, tuple(BY_NAME), hint="; --unchecked with --payload sends any type")]


def payload_text(payload: bytes) -> str:
    """Return the text of a payload, if it is a JSON object that a message may carry.

    Raises:
        OperatorError: it is not.
    """
    text = _text(payload)
    _must_be_an_object(text)
    return text


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise OperatorError(f"the payload is not UTF-8: byte {error.start + 1:,} of {len(payload):,}") from None


def _must_be_an_object(text: str) -> None:
    try:
        payload = strict_json.loads(text)
    except strict_json.NotStrictJsonError as error:
        raise OperatorError(f"the payload is no JSON that a message may carry: {error}") from None
    if not isinstance(payload, dict):
        raise OperatorError("the payload is JSON, but not an object: it must be {…}")
