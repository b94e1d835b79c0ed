"""What an exception says, without its message's payload and without what its code had at hand, such as answers."""

from collections.abc import Iterable, Iterator
from traceback import walk_tb

from pydantic import ValidationError

from lambdas.common.redaction.text import redacted, strings_in
from schemas.problems import from_validation, sentence
from schemas.wire import Personal, Secret, WireModel, marker


def safe_message(error: BaseException, body: str) -> str:
    """What may be told of an exception, whatever it is, that the handling of a body ended in."""
    return redacted(_words(error), body, values_at_hand(error))


def values_at_hand(error: BaseException) -> Iterator[str]:
    """The values that are a person's, or secret, of the models in the variables of each frame that an error passed.

    Those that it came of, and that were being handled when it was raised, are looked at too: it may have their words.
    """
    for each in _with_those_before(error):
        for frame, _ in walk_tb(each.__traceback__):
            yield from _marked(frame.f_locals.values())


def _words(error: BaseException) -> str:
    """What it says itself. Pydantic's own words show values, cut short so that nothing knows them again."""
    try:
        return sentence(from_validation(error)) if isinstance(error, ValidationError) else str(error)
    except Exception:  # noqa: BLE001 others wrote it: its neighbours in the batch must not pay for that
        return "what it says cannot be read"


def _with_those_before(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    errors: list[BaseException | None] = [error]
    while errors:
        each = errors.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            errors += (each.__cause__, each.__context__)


def _marked(variables: Iterable[object]) -> Iterator[str]:
    """Those of all models, also of such as are within models, lists, tuples and dicts."""
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
