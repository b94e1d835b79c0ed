"""Find out why a text is no valid message of the newest version: an older version, or a reason to refuse it.

Messages of the newest version never get here: `schemas.decoding` validates them in one pass.
"""

from typing import Any

from pydantic import ValidationError

from schemas.envelope import Envelope
from schemas.event_type import Catalogue, EventType
from schemas.message import MAX_HOPS, AnyMessage, EnvelopeFields
from schemas.missing import is_costly, lacks_fields
from schemas.problems import Problem, Refusal, from_validation, refusal
from schemas.reasons import Reason


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
    if errors is not None and _are_of_its_version(errors, fields, catalogue):
        reason = Reason.INVALID_ENVELOPE if _has_envelope_error(errors, fields) else Reason.INVALID_PAYLOAD
        return Refusal(reason, from_validation(errors))
    if missing := _missing(body, fields, Envelope):
        return Refusal(Reason.INVALID_ENVELOPE, _missing(body, fields, _model_of(fields, catalogue)) or missing)
    try:
        envelope = Envelope.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        return Refusal(Reason.INVALID_ENVELOPE, from_validation(_including_payload(error, body, fields, catalogue)))
    event_type = catalogue.get(envelope.type)
    if event_type is None:
        return refusal(Reason.UNKNOWN_TYPE, "is no type of the catalogue", path="type")
    if expected is not None and event_type.name != expected.name:
        return refusal(Reason.TYPE_MISMATCH, f"differs from the detail type {expected.name}", path="type")
    if envelope.version > event_type.version:
        newest = f"is newer than version {event_type.version}, the newest known here; redrive after the deploy"
        return refusal(Reason.UNSUPPORTED_VERSION, newest, path="version")
    return _of_version(envelope.version, event_type, fields, body)


def _of_version(version: int, event_type: EventType[Any], fields: object, body: str) -> AnyMessage | Refusal:
    """Check the payload by the contract of its version."""
    model = event_type.message_model_of(version)
    if missing := _missing(body, fields, model):
        return Refusal(Reason.INVALID_PAYLOAD, missing)
    try:
        message = model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        return Refusal(Reason.INVALID_PAYLOAD, from_validation(error))
    if message.hops > MAX_HOPS:
        too_far = f"is over {MAX_HOPS}: the message is too far from the first of its chain"
        return refusal(Reason.LOOP, too_far, path="hops")
    return event_type.upcasted(message)


def _are_of_its_version(errors: ValidationError, fields: object, catalogue: Catalogue) -> bool:
    """Whether errors are those of the type and version that the message names; `title` is the model's name."""
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str) or fields.get("version", 1) is True:
        return False
    event_type = catalogue.get(fields["type"])
    if event_type is None or fields.get("version", 1) != event_type.version:
        return False
    return errors.title == event_type.message_model.__name__


def _has_envelope_error(errors: ValidationError, fields: object) -> bool:
    if not isinstance(fields, dict) or not isinstance(fields.get("payload"), dict):
        return True
    places = errors.errors(include_url=False, include_context=False, include_input=False)
    return any(error["loc"][:1] != ("payload",) for error in places)


def _including_payload(error: ValidationError, body: str, fields: object, catalogue: Catalogue) -> ValidationError:
    """Add the payload's errors to the envelope's where the type is known, so that a producer sees all at once."""
    model = _model_of(fields, catalogue)
    if model is None or _missing(body, fields, model):
        return error
    try:
        model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as all_errors:
        return all_errors
    return error


def _missing(body: str, fields: object, model: type[EnvelopeFields] | None) -> tuple[Problem, ...]:
    """Return the fields that a costly body lacks; none of any other body, whose errors say more."""
    return lacks_fields(fields, model) if model and is_costly(body) else ()


def _model_of(fields: object, catalogue: Catalogue) -> type[AnyMessage] | None:
    """Return the model of the type and version that a message names, if they are known."""
    name = fields.get("type") if isinstance(fields, dict) else None
    event_type = catalogue.get(name) if isinstance(name, str) else None
    version = fields.get("version", 1) if isinstance(fields, dict) else None
    if event_type is None or type(version) is not int or not 1 <= version <= event_type.version:
        return None
    return event_type.message_model_of(version)
