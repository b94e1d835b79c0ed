"""Decode the text of a message into a typed message, or into the first reason to refuse it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from schemas.event_type import Catalogue, EventType
from schemas.identity import derived_id
from schemas.message import MAX_HOPS, AnyMessage
from schemas.missing import is_costly, lacks_fields
from schemas.problems import Refusal, refusal
from schemas.reasons import Reason

_NOT_CANONICAL = "has no canonical form (RFC 8785): a number is too large, or a string has half a surrogate pair"


def decode(body: str, event_type: EventType[Any], *, catalogue: Callable[[], Catalogue]) -> AnyMessage | Refusal:
    """Decode a message for the function of one type, in one pass of pydantic.

    Fields outside the contract are not checked: the ingress has done so, and events put on the bus directly must
    only do no harm.

    Args:
        body: the text.
        event_type: the type that the function handles.
        catalogue: returns all types by name. It is called only for an invalid message, to tell a wrong type from an
            unknown one: functions need not import the contracts of others.
    """
    if is_costly(body) and lacks_fields(fields := _strict_fields(body), event_type.message_model):
        return _diagnosed(fields, body, event_type, catalogue())
    try:
        message = _validated(body, event_type)
    except ValidationError as errors:
        return _diagnosed(_strict_fields(body), body, event_type, catalogue(), errors)
    if message is None:
        return _diagnosed(_strict_fields(body), body, event_type, catalogue())
    if message.id:
        return _chained(message)
    try:
        fields = json.loads(body)
    except ValueError:  # Python refuses numbers of more than 4,300 digits; one may be in an unknown field
        return _diagnosed(_strict_fields(body), body, event_type, catalogue())
    return _identified(message, fields)


def decode_strictly(body: str, *, catalogue: Catalogue) -> AnyMessage | Refusal:
    """Decode a message of any type; also refuse JSON that other languages or AWS read differently."""
    fields = _strict_fields(body)
    if isinstance(fields, Refusal):
        return fields
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    lacks = event_type and is_costly(body) and lacks_fields(fields, event_type.message_model)
    try:
        message = _validated(body, event_type) if event_type and not lacks else None
    except ValidationError as errors:
        return _diagnosed(fields, body, None, catalogue, errors)
    return _identified(message, fields) if message else _diagnosed(fields, body, None, catalogue)


def _validated(body: str, event_type: EventType[Any]) -> AnyMessage | None:
    """Return a message of the type's newest version; None where it is valid and of another type or version.

    Raises:
        ValidationError: it is invalid, or of an older version: `diagnose` tells which, step by step.
    """
    message: AnyMessage = event_type.validate_json(body, by_alias=True, by_name=False)
    fits = message.type == event_type.name and message.version == event_type.version and message.hops <= MAX_HOPS
    return message if fits else None


def _strict_fields(body: str) -> Any:
    """Return what `strict_json` makes of a text, or the refusal."""
    from schemas import strict_json  # the ingress needs it, and few messages elsewhere

    try:
        return strict_json.loads(body)
    except strict_json.NotStrictJsonError as error:
        return refusal(Reason.INVALID_JSON, str(error))


def _diagnosed(
    fields: Any,
    body: str,
    expected: EventType[Any] | None,
    catalogue: Catalogue,
    errors: ValidationError | None = None,
) -> AnyMessage | Refusal:
    if isinstance(fields, Refusal):
        return fields
    from schemas.diagnosis import diagnose  # few messages need it

    found = diagnose(fields, body, expected, catalogue, errors)
    return found if isinstance(found, Refusal) else _identified(found, fields)


def _identified(message: AnyMessage, fields: Mapping[str, Any]) -> AnyMessage | Refusal:
    """Fill in missing ids; `model_fields_set` still lists only the fields that the producer gave."""
    if not message.id:
        try:
            message_id = derived_id(message.type, fields["payload"], fields["timestamp"])
        except ValueError:  # in a field outside the contract
            return refusal(Reason.INVALID_JSON, _NOT_CANONICAL, path="payload")
        message.__dict__["id"] = message_id
    return _chained(message)


def _chained(message: AnyMessage) -> AnyMessage:
    """Set the correlation id of the first message of a chain to the message's id.

    The frozen message is changed in place, before any handler has it: a copy takes as long as decoding.
    """
    if not message.correlation_id:
        message.__dict__["correlation_id"] = message.id
    return message
