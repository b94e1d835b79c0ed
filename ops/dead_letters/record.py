"""A dead letter as a JSON record: complete for an export, or without personal data for display.

Showing a payload is written to the audit log first.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from ops.dead_letters.dead_letter import DeadLetter, as_text, json_object
from ops.dead_letters.remedies import remedy_of
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.audit_log import open_audit
from ops.stage.deployed import DeployedStage
from ops.terminal.output import counted
from schemas.destinations import Destination
from schemas.envelope import Envelope
from schemas.names import (
    BIOGRAPHY_ATTRIBUTE,
    FINGERPRINT_ATTRIBUTE,
    HISTORY_ATTRIBUTE,
    REASON_ATTRIBUTE,
    SINCE_ATTRIBUTE,
)
from schemas.reasons import OperatorAction

_PAYLOAD = "payload"

_ENVELOPE = tuple(name for key, field in Envelope.model_fields.items() if (name := field.alias or key) != _PAYLOAD)
"""The envelope's fields under their names on the wire."""

INVALID_FIELD = "[invalid, so it may hold personal data]"
"""Replaces the value of an envelope field that the contract refuses."""

_PRODUCER_ATTRIBUTES = "producerAttributes"

_SYSTEM_ATTRIBUTES = frozenset(
    {BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, HISTORY_ATTRIBUTE, REASON_ATTRIBUTE, SINCE_ATTRIBUTE}
)
"""Attributes that this system sets. A message that SQS itself moved has `history` instead of `biography`."""


def summary(found: FoundDeadLetter) -> dict[str, Any]:
    """A dead letter's ids, times, reason and error, without its payload."""
    dead_letter = found.dead_letter
    return {
        "type": found.service,
        "message_type": dead_letter.type,
        "source": dead_letter.source,
        "id": dead_letter.id,
        "sqs_message_id": dead_letter.sqs_message_id,
        "reason": dead_letter.reason,
        "remedy": remedy_of(dead_letter),
        "fingerprint": dead_letter.fingerprint,
        "company_id": dead_letter.company_id,
        "dead_lettered_at": as_text(dead_letter.dead_lettered_at),
        "sent_at": as_text(dead_letter.sent_at),
        "error": dead_letter.error,
    }


def full_record(found: FoundDeadLetter) -> dict[str, Any]:
    """Everything about a dead letter, so that the message could be sent again from the record."""
    dead_letter = found.dead_letter
    return {
        **summary(found),
        "failure_history": dead_letter.failure_history,
        "group": dead_letter.group,
        "attributes": {name: _json_attribute(value) for name, value in dead_letter.attributes.items()},
        "body": dead_letter.body,
    }


def display_record(found: FoundDeadLetter, *, payload: bool) -> dict[str, Any]:
    """A dead letter's envelope and failure history, for display.

    Args:
        found: the dead letter.
        payload: whether to add the payload, the body and the producer's attributes: personal data.
    """
    dead_letter = found.dead_letter
    body = json_object(dead_letter.body)
    failure_history = {key: value for key, value in dead_letter.failure_history.items() if key != _PRODUCER_ATTRIBUTES}
    history = dead_letter.attributes.get(HISTORY_ATTRIBUTE, {}).get("StringValue", "")
    record = {
        **summary(found),
        "envelope": _envelope(body),
        "other_fields": sorted(body.keys() - {*_ENVELOPE, _PAYLOAD}),
        "failure_history": failure_history or _as_failure_history(json_object(history)),
        "bytes": len(dead_letter.body.encode(errors="surrogatepass")),
    }
    if payload:
        record[_PAYLOAD] = body.get(_PAYLOAD)
        record["body"] = dead_letter.body
        record["attributes"] = _producer_attributes(dead_letter)
    return record


def wait_texts(failure_history: Mapping[str, Any]) -> list[str]:
    """What a message waited for, a sentence for each: consecutive waits for one system are one."""
    return [_wait_text(each) for each in _list(failure_history.get("waits")) if isinstance(each, dict)]


def _wait_text(wait: Mapping[str, Any]) -> str:
    destination = str(wait.get("destination", ""))
    what = Destination(destination).in_words if destination in set(Destination) else destination
    times = wait.get("times")
    count = counted(times, "time") if isinstance(times, int) else ""
    waited = " ".join(filter(None, (count and f"deferred {count}", what and f"for {what}")))
    began, ended = str(wait.get("since", "")), str(wait.get("until", ""))
    when = began if began == ended or not ended else f"{began} to {ended}"
    return f"{when}  {waited}: {wait.get('why', '')}".strip()


def payload_text(record: Mapping[str, Any]) -> str:
    """A record's payload as indented JSON; the raw body where there is no payload to format."""
    if record[_PAYLOAD] is None:
        return str(record["body"])
    try:
        return json.dumps(record[_PAYLOAD], indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return str(record["body"])


def audit_shown(stage: DeployedStage, found: Iterable[FoundDeadLetter]) -> None:
    """Write an audit line for each dead letter whose payload is about to be shown.

    Raises:
        OperatorError: AWS refuses.
        AuditError: the audit log cannot be written, so the payload must not be shown.
    """
    by_service: dict[str, list[dict[str, str]]] = {}
    for each in found:
        by_service.setdefault(each.service, []).append(each.dead_letter.audited)
    for service, audited in by_service.items():
        open_audit(stage, service, now=lambda: datetime.now(UTC)).write(OperatorAction.SHOWN, audited)


def _envelope(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body's envelope fields: ids, names and times, which everybody who may read logs may see."""
    try:
        Envelope.model_validate(body, by_alias=True, by_name=False)
        invalid = set()
    except ValidationError as error:
        invalid = {fault["loc"][0] for fault in error.errors()}
    return {
        key: INVALID_FIELD if key in invalid else body[key] for key in _ENVELOPE if isinstance(body.get(key), str | int)
    }


def _producer_attributes(dead_letter: DeadLetter) -> dict[str, str]:
    """The producer's attributes as text: those kept in the failure history, and those on the message."""
    kept = dead_letter.failure_history.get(_PRODUCER_ATTRIBUTES)
    carried = {
        name: _json_attribute(value) for name, value in dead_letter.attributes.items() if name not in _SYSTEM_ATTRIBUTES
    }
    return {
        **({name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}),
        **{name: value.get("StringValue", value.get("BinaryValue", "")) for name, value in carried.items()},
    }


def _as_failure_history(history: Mapping[str, Any]) -> dict[str, Any]:
    """The `history` attribute of a retry, under the names that the `biography` attribute uses."""
    attempts = [*_list(history.get("earlier")), *_list(history.get("attempts"))]
    names = {"duration_ms": "durationMs", "function_version": "functionVersion", "request_id": "requestId"}
    fields = {
        "firstEnqueuedAt": history.get("first_enqueued_at"),
        "attempts": [
            {names.get(key, key): value for key, value in each.items()} for each in attempts if isinstance(each, dict)
        ],
        "deferrals": history.get("deferrals"),
        "waits": [each for each in _list(history.get("waits")) if isinstance(each, dict)],
        "redriven": history.get("redriven"),
    }
    return {key: value for key, value in fields.items() if value}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _json_attribute(attribute: Mapping[str, Any]) -> dict[str, str]:
    """A message attribute with JSON values; binary values become base64."""
    value = attribute.get("BinaryValue")
    if isinstance(value, bytes):
        return {"DataType": attribute["DataType"], "BinaryValue": base64.b64encode(value).decode()}
    return {"DataType": str(attribute["DataType"]), "StringValue": str(attribute.get("StringValue", ""))}
