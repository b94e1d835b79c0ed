"""From the text of a message to a typed message, or to the first reason why it is none."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from schemas.event_type import Catalogue, EventType
from schemas.identity import derived_id
from schemas.message import MAX_HOPS, AnyMessage
from schemas.problems import Refusal, refusal
from schemas.reasons import Reason


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
        return _diagnosed(body, event_type, catalogue())
    if message.id:
        return _chained(message)
    try:
        fields = json.loads(body)
    except ValueError:  # a number of thousands of digits, where the contract names no field: Python reads none such
        return _diagnosed(body, event_type, catalogue())
    return _identified(message, fields)


def decode_strictly(body: str, *, catalogue: Catalogue) -> AnyMessage | Refusal:
    """Read a message of any type, refusing also what other languages or AWS would read differently."""
    from schemas import strict_json  # the ingress's own

    try:
        fields = strict_json.loads(body)
    except strict_json.NotStrictJsonError as error:
        return refusal(Reason.INVALID_JSON, str(error))
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    message = event_type and _in_one_pass(body, event_type)
    return _identified(message, fields) if message else _diagnosed(body, None, catalogue)


def _in_one_pass(body: str, event_type: EventType[Any]) -> AnyMessage | None:
    try:
        message: AnyMessage = event_type.validate_json(body, by_alias=True, by_name=False)
    except ValidationError:
        return None  # it may be of an earlier version: these are seldom, and come to be looked at step by step
    fits = message.type == event_type.name and message.version == event_type.version and message.hops <= MAX_HOPS
    return message if fits else None


def _diagnosed(body: str, expected: EventType[Any] | None, catalogue: Catalogue) -> AnyMessage | Refusal:
    from schemas.diagnosis import diagnose  # nearly all messages are sound

    found = diagnose(body, expected, catalogue)
    return found if isinstance(found, Refusal) else _identified(found, json.loads(body))


def _identified(message: AnyMessage, fields: Mapping[str, Any]) -> AnyMessage | Refusal:
    """Fill in the ids that the producer left out; `model_fields_set` goes on telling which those were."""
    if not message.id:
        try:
            own = derived_id(message.type, fields["payload"], fields["timestamp"])
        except ValueError as error:  # infinities and the like, in payload fields that the contract does not name
            return refusal(Reason.INVALID_JSON, f"has no canonical form: {error}", path="payload")
        message.__dict__["id"] = own
    return _chained(message)


def _chained(message: AnyMessage) -> AnyMessage:
    """The first of a chain is what the chain is called by.

    This and the id are filled in in place, frozen as the message is for all who will see it: a copy takes as long as
    the reading.
    """
    if not message.correlation_id:
        message.__dict__["correlation_id"] = message.id
    return message
