"""From the text of a message to a typed message, or to the first reason why it is none."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from schemas import strict_json
from schemas.event_type import EventType
from schemas.identity import derived_id
from schemas.message import MAX_HOPS, AnyMessage, Envelope
from schemas.problems import Refusal, from_validation, refusal
from schemas.reasons import Reason

Catalogue = Mapping[str, EventType[Any]]


def decode(body: str, event_type: EventType[Any], *, catalogue: Callable[[], Catalogue]) -> AnyMessage | Refusal:
    """Read a message for the function of one type, in one pass of pydantic.

    What the contract does not name is not looked at: the ingress did, and what came past it need only be survived.

    Args:
        body: the text.
        event_type: the type that the function handles.
        catalogue: gives all types by name. Called for a message that does not fit, to tell another
            function's type from nobody's: a function need not import the others' contracts.
    """
    message = _in_one_pass(body, event_type)
    if message is None:
        return _diagnose(body, event_type, catalogue())
    try:
        return _identified(message, {} if message.id else json.loads(body))
    except ValueError:  # a number of thousands of digits, where the contract names no field: Python reads none such
        return _diagnose(body, event_type, catalogue())


def decode_strictly(body: str, *, catalogue: Catalogue) -> AnyMessage | Refusal:
    """Read a message of any type, refusing also what other languages or AWS would read differently."""
    try:
        fields = strict_json.loads(body)
    except strict_json.NotStrictJsonError as error:
        return refusal(Reason.INVALID_JSON, str(error))
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    message = event_type and _in_one_pass(body, event_type)
    return _identified(message, fields) if message else _diagnose(body, None, catalogue)


def _in_one_pass(body: str, event_type: EventType[Any]) -> AnyMessage | None:
    try:
        message = event_type.message_model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError:
        return None  # it may be of an earlier version: these are seldom, and come to be looked at step by step
    fits = message.type == event_type.name and message.version == event_type.version and message.hops <= MAX_HOPS
    return message if fits else None


def _diagnose(  # noqa: PLR0911 one return a reason
    body: str, expected: EventType[Any] | None, catalogue: Catalogue
) -> AnyMessage | Refusal:
    """Look in the order of `Reason`, a step at a time."""
    try:
        fields = strict_json.loads(body)
    except strict_json.NotStrictJsonError as error:
        return refusal(Reason.INVALID_JSON, str(error))
    try:
        envelope = Envelope.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        return Refusal(Reason.INVALID_ENVELOPE, from_validation(_with_the_payloads(error, body, fields, catalogue)))
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
        message = model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        return Refusal(Reason.INVALID_PAYLOAD, from_validation(error))
    if message.hops > MAX_HOPS:
        too_far = f"is over {MAX_HOPS}: the message is too far from the first of its chain"
        return refusal(Reason.LOOP, too_far, path="hops")
    return _identified(event_type.lifted(message), fields)


def _with_the_payloads(error: ValidationError, body: str, fields: object, catalogue: Catalogue) -> ValidationError:
    """The envelope's faults with the payload's among them, where its type can be told: who mends one, mends all."""
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    version = fields.get("version", 1) if isinstance(fields, dict) else None
    if event_type is None or type(version) is not int or not 1 <= version <= event_type.version:
        return error
    try:
        event_type.message_model_of(version).model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as all_of_them:
        return all_of_them
    return error


def _identified(message: AnyMessage, fields: Mapping[str, Any]) -> AnyMessage | Refusal:
    """Fill in the ids that the producer left out; `model_fields_set` goes on telling which those were."""
    if message.id and message.correlation_id:
        return message
    try:
        own = message.id or derived_id(message.type, fields["payload"], fields["timestamp"])
    except ValueError as error:  # infinities and the like, in payload fields that the contract does not name
        return refusal(Reason.INVALID_JSON, f"has no canonical form: {error}", path="payload")
    values = {**message.__dict__, "id": own, "correlation_id": message.correlation_id or own}
    return type(message).model_construct(_fields_set=message.model_fields_set, **values)
