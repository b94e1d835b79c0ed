"""What an error's text must not tell beside its message's payload: what its handler had at hand, such as answers."""

from collections.abc import Iterator
from traceback import walk_tb

from lambdas.common.redaction import strings_in
from schemas.wire import Personal, Secret, WireModel, marker


def values_at_hand(error: BaseException) -> Iterator[str]:
    """The values that are a person's, or secret, of the models in the variables of each frame that an error passed."""
    for frame, _ in walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            yield from _marked(value)


def _marked(value: object) -> Iterator[str]:
    """Those of a model, or of models one beside the other."""
    for model in value if isinstance(value, list | tuple) else (value,):
        if isinstance(model, WireModel):
            yield from _marked_fields(model)


def _marked_fields(model: WireModel) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name, None)
        yield from _marked(value)
        if isinstance(marker(field.metadata), Personal | Secret):
            yield from strings_in(value)
