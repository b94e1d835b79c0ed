"""A dead letter as JSON: with everything, as it is exported; or without what people's data may stand in.

The audit log is told of each payload before somebody sees it.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from ops.dead_letters.audit_log import open_audit
from ops.dead_letters.dead_letter import DeadLetter, as_text, json_object
from ops.dead_letters.search import Found
from ops.stage.deployed import DeployedStage
from schemas.envelope import Envelope
from schemas.names import BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, HISTORY_ATTRIBUTE, REASON_ATTRIBUTE
from schemas.reasons import OperatorAction

_PAYLOAD = "payload"

_ENVELOPE = tuple(name for key, field in Envelope.model_fields.items() if (name := field.alias or key) != _PAYLOAD)
"""The contract's own fields, as they are on the wire."""

ODD = "[not as it must be, so it may be anything]"
"""In place of what stands in such a field, where the contract does not take it."""

_PRODUCER_ATTRIBUTES = "producerAttributes"

_OURS = frozenset({BIOGRAPHY_ATTRIBUTE, FINGERPRINT_ATTRIBUTE, HISTORY_ATTRIBUTE, REASON_ATTRIBUTE})
"""What SQS itself moved has the history of a copy that is tried again, in place of a biography."""


def whole(found: Found) -> dict[str, Any]:
    """Everything, so that the message could be sent again from it."""
    letter = found.letter
    return {
        **_known(found),
        "biography": letter.biography,
        "group": letter.group,
        "attributes": {name: _plain(value) for name, value in letter.attributes.items()},
        "body": letter.body,
    }


def guarded(found: Found, *, payload: bool) -> dict[str, Any]:
    """What is known of its life and end.

    Args:
        found: the letter.
        payload: whether its payload is to be told, and what else its producer wrote: personal data.
    """
    letter = found.letter
    body = json_object(letter.body)
    biography = {key: value for key, value in letter.biography.items() if key != _PRODUCER_ATTRIBUTES}
    history = letter.attributes.get(HISTORY_ATTRIBUTE, {}).get("StringValue", "")
    record = {
        **_known(found),
        "envelope": _envelope(body),
        "other_fields": sorted(body.keys() - {*_ENVELOPE, _PAYLOAD}),
        "biography": biography or _story(json_object(history)),
        "bytes": len(letter.body.encode(errors="surrogatepass")),
    }
    if payload:
        record[_PAYLOAD] = body.get(_PAYLOAD)
        record["body"] = letter.body
        record["attributes"] = _others(letter)
    return record


def payload_text(record: Mapping[str, Any]) -> str:
    """The payload of a record that has it, indented where it is an object; else the body as it came."""
    if record[_PAYLOAD] is None:
        return str(record["body"])
    try:
        return json.dumps(record[_PAYLOAD], indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return str(record["body"])


def write_shown(stage: DeployedStage, found: Iterable[Found]) -> None:
    """Write a line for each letter of which somebody is about to see the payload.

    Raises:
        OperatorError: AWS refuses.
        AuditError: it cannot be written down, so it is not to be shown.
    """
    of_service: dict[str, list[DeadLetter]] = {}
    for each in found:
        of_service.setdefault(each.service, []).append(each.letter)
    for service, letters in of_service.items():
        open_audit(stage, service, now=lambda: datetime.now(UTC)).write(OperatorAction.SHOWN, letters)


def _envelope(body: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's fields that it has: ids, names and times, which may be seen by whoever may see a log."""
    try:
        Envelope.model_validate(body, by_alias=True, by_name=False)
        at_fault = set()
    except ValidationError as error:
        at_fault = {fault["loc"][0] for fault in error.errors()}
    return {key: ODD if key in at_fault else body[key] for key in _ENVELOPE if isinstance(body.get(key), str | int)}


def _others(letter: DeadLetter) -> dict[str, str]:
    """What others than we gave with it, as text: what its biography keeps of that, and what it carries itself."""
    kept = letter.biography.get(_PRODUCER_ATTRIBUTES)
    carried = {name: _plain(value) for name, value in letter.attributes.items() if name not in _OURS}
    return {
        **({name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}),
        **{name: value.get("StringValue", value.get("BinaryValue", "")) for name, value in carried.items()},
    }


def _known(found: Found) -> dict[str, Any]:
    letter = found.letter
    return {
        "service": found.service,
        "id": letter.id,
        "sqs_message_id": letter.sqs_message_id,
        "reason": letter.reason,
        "fingerprint": letter.fingerprint,
        "company_id": letter.company_id,
        "died_at": as_text(letter.died_at),
        "sent_at": as_text(letter.sent_at),
        "error": letter.error,
    }


def _story(history: Mapping[str, Any]) -> dict[str, Any]:
    """A history under the names that a biography has."""
    attempts = [*_list(history.get("earlier")), *_list(history.get("attempts"))]
    names = {"duration_ms": "durationMs", "function_version": "functionVersion", "request_id": "requestId"}
    told = {
        "firstEnqueuedAt": history.get("first_enqueued_at"),
        "attempts": [
            {names.get(key, key): value for key, value in each.items()} for each in attempts if isinstance(each, dict)
        ],
        "deferrals": history.get("deferrals"),
        "redriven": history.get("redriven"),
    }
    return {key: value for key, value in told.items() if value}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(attribute: Mapping[str, Any]) -> dict[str, str]:
    """An attribute as JSON can have it, binary values in base64."""
    value = attribute.get("BinaryValue")
    if isinstance(value, bytes):
        return {"DataType": attribute["DataType"], "BinaryValue": base64.b64encode(value).decode()}
    return {"DataType": str(attribute["DataType"]), "StringValue": str(attribute.get("StringValue", ""))}
