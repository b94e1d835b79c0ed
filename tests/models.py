"""The models that a contract consists of."""

from collections.abc import Iterator
from typing import get_args

from schemas.wire import WireModel


def models_within(annotation: object) -> Iterator[type[WireModel]]:
    """Return all models in an annotation, and in their fields."""
    if isinstance(annotation, type) and issubclass(annotation, WireModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_within(field.annotation)
    for part in get_args(annotation):
        yield from models_within(part)
