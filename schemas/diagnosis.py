"""Find out why a text is no valid message of the newest version: an older version, or a reason to refuse it.

Messages of the newest version never get here: `schemas.decoding` validates them in one pass.
"""

import json
from typing import Any

from pydantic import ValidationError

from schemas.envelope import Envelope
from schemas.event_type import Catalogue, EventType
from schemas.message import MAX_HOPS, AnyMessage
from schemas.problems import Refusal, from_validation, refusal
from schemas.reasons import Reason

_ENVELOPE_FIELDS = {field.alias for field in Envelope.model_fields.values()}


def diagnose(  # noqa: PLR0911 one return a reason
    fields: object,
    body: str,
    expected: EventType[Any] | None,
    catalogue: Catalogue,
    errors: ValidationError | None = None,
) -> AnyMessage | Refusal:
    """Check in the order of `Reason` and return the first refusal, or the message with missing ids still empty.

    Args:
        fields: what `strict_json.loads` made of the text.
        body: the text.
        expected: the type that the function handles; None accepts any.
        catalogue: all types by name.
        errors: those of the newest version's model, if known: a large text is not validated twice.
    """
    try:
        body.encode()
    except UnicodeEncodeError:  # SQS refuses such a text; a direct invocation or `taly-async validate` may contain one
        return refusal(Reason.INVALID_JSON, "not JSON: it has half a surrogate pair as it is, which is no UTF-8")
    try:
        envelope = Envelope.model_validate_json(_envelope_of(fields, body), by_alias=True, by_name=False)
    except ValidationError as error:
        all_errors = _including_payload(error, body, fields, catalogue, errors)
        return Refusal(Reason.INVALID_ENVELOPE, from_validation(all_errors))
    event_type = catalogue.get(envelope.type)
    if event_type is None:
        return refusal(Reason.UNKNOWN_TYPE, "is no type of the catalogue", path="type")
    if expected is not None and event_type.name != expected.name:
        return refusal(Reason.TYPE_MISMATCH, f"differs from the detail type {expected.name}", path="type")
    if envelope.version > event_type.version:
        newest = f"is newer than version {event_type.version}, the newest known here; redrive after the deploy"
        return refusal(Reason.UNSUPPORTED_VERSION, newest, path="version")
    model = event_type.message_model_of(envelope.version)
    try:
        message = _validated(model, body, errors)
    except ValidationError as error:
        return Refusal(Reason.INVALID_PAYLOAD, from_validation(error))
    if message.hops > MAX_HOPS:
        too_far = f"is over {MAX_HOPS}: the message is too far from the first of its chain"
        return refusal(Reason.LOOP, too_far, path="hops")
    return event_type.upcasted(message)


def _envelope_of(fields: object, body: str) -> str:
    """The text without what the envelope does not read, which may be most of a mebibyte."""
    if not isinstance(fields, dict):
        return body
    read = {name: fields[name] for name in _ENVELOPE_FIELDS & fields.keys()}
    if isinstance(read.get("payload"), dict):
        read["payload"] = {}
    return json.dumps(read)


def _validated(model: type[AnyMessage], body: str, errors: ValidationError | None) -> AnyMessage:
    """Validate a message, or raise the errors if they are this model's."""
    if errors is not None and errors.title == model.__name__:
        raise errors
    return model.model_validate_json(body, by_alias=True, by_name=False)


def _including_payload(
    error: ValidationError, body: str, fields: object, catalogue: Catalogue, errors: ValidationError | None
) -> ValidationError:
    """Add the payload's errors to the envelope's where the type is known, so that a producer sees all at once."""
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    version = fields.get("version", 1) if isinstance(fields, dict) else None
    if event_type is None or type(version) is not int or not 1 <= version <= event_type.version:
        return error
    try:
        _validated(event_type.message_model_of(version), body, errors)
    except ValidationError as all_errors:
        return all_errors
    return error
