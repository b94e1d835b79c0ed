"""Redact the messages of exceptions: the payload's values, and personal and secret ones in the stack's variables."""

from collections.abc import Iterable, Iterator
from traceback import walk_tb

from pydantic import ValidationError

from lambdas.common.redaction.text import redact, strings_in
from schemas.problems import from_validation, sentence
from schemas.wire import Personal, Secret, WireModel, marker


def safe_message(error: BaseException, body: str) -> str:
    """Return the redacted message of any exception raised while a message with this body was handled."""
    return redact(_message(error), body, sensitive_values(error))


def sensitive_values(error: BaseException) -> Iterator[str]:
    """Personal and secret values of all models in the variables of the frames that an exception passed.

    This includes the frames of its cause and context, because the exception may repeat their messages.
    """
    for exception in _exception_chain(error):
        for frame, _ in walk_tb(exception.__traceback__):
            yield from _marked_values(frame.f_locals.values())


def _message(error: BaseException) -> str:
    """The exception's own text; pydantic messages are rebuilt, because they quote input values cut short."""
    try:
        return sentence(from_validation(error)) if isinstance(error, ValidationError) else str(error)
    except Exception:  # noqa: BLE001 a foreign class's `__str__` must not fail the rest of the batch
        return "the exception's message cannot be read"


def _exception_chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    errors: list[BaseException | None] = [error]
    while errors:
        exception = errors.pop()
        if exception is not None and id(exception) not in seen:
            seen.add(id(exception))
            yield exception
            errors += (exception.__cause__, exception.__context__)


def _marked_values(variables: Iterable[object]) -> Iterator[str]:
    """Values of fields marked personal or secret, also of models nested in models, lists, tuples and dicts."""
    seen: set[int] = set()
    nodes = [*variables]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, WireModel | dict | list | tuple) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, WireModel):
            for name, field in type(node).model_fields.items():
                value = getattr(node, name, None)
                nodes.append(value)
                if isinstance(marker(field.metadata), Personal | Secret):
                    yield from strings_in(value)
        else:
            nodes.extend(node.values() if isinstance(node, dict) else node)
