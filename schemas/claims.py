"""What a refused message claims to be: enough to find it and its sender again, and safe to log."""

import json
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from schemas.identity import derived_id
from schemas.message import ID_PATTERN, MAX_SOURCE, MAX_TYPE, SOURCE_PATTERN, TYPE_PATTERN
from schemas.wire import UUID_PATTERN

_MAX_LENGTH = 128
"""Characters of the longest id or type (`schemas.message`)."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Claimed values; empty where missing or not of the form that the contract requires."""

    id: str = ""
    type: str = ""
    source: str = ""
    company_id: str = ""
    correlation_id: str = ""
    subject: str = ""
    """The business object that it is about, such as `booking/0b7e3c52-…`, if its id is a UUID.

    Any other text could be a person's, since no contract has accepted it.
    """


def claims(body: str) -> Claims:
    """Read whatever is readable in a refused message. Never raises."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return Claims()
    if not isinstance(fields, dict):
        return Claims()
    payload = fields.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    type_name = _matching(TYPE_PATTERN, fields.get("type"), longest=MAX_TYPE)
    return Claims(
        id=_matching(ID_PATTERN, fields.get("id")) or _derived(fields),
        type=type_name,
        source=_matching(f"(?!aws\\.){SOURCE_PATTERN}", fields.get("source"), longest=MAX_SOURCE),
        company_id=_matching(UUID_PATTERN, payload.get("companyId")),
        correlation_id=_matching(ID_PATTERN, fields.get("correlationId")),
        subject=_subject(type_name, payload),
    )


def _subject(type_name: str, payload: dict[str, Any]) -> str:
    from schemas.catalogue import BY_NAME  # the catalogue's contracts are built when a message is refused

    event_type = BY_NAME.get(type_name)
    if event_type is None or not event_type.subject:
        return ""
    an_id = _matching(UUID_PATTERN, payload.get(event_type.subject))
    return f"{event_type.subject_kind}/{an_id}" if an_id else ""


def _matching(pattern: str, value: object, *, longest: int = _MAX_LENGTH) -> str:
    return value if _is_short(value, longest) and re.fullmatch(pattern, value) else ""


def _derived(fields: dict[str, Any]) -> str:
    message_type, timestamp = fields.get("type"), fields.get("timestamp")
    if "payload" not in fields or not _is_short(message_type) or not _is_short(timestamp):
        return ""
    try:
        return derived_id(message_type, fields["payload"], timestamp)
    except (ValueError, RecursionError):
        return ""


def _is_short(value: object, longest: int = _MAX_LENGTH) -> TypeGuard[str]:
    """Whether a value can be an id, a type or a timestamp; a longer text is not searched."""
    return isinstance(value, str) and len(value) <= longest
