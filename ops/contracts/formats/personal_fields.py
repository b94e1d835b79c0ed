"""What each field of a message, or of the CRM's answers, says of a person, as the contracts mark it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from schemas.wire import Impersonal, Personal, Secret, WireModel, marker


@dataclass(frozen=True, slots=True)
class Field:
    """One field."""

    path: str
    """Names as on the wire: `customer.email`, `recipients[].name`."""

    annotation: Any
    mark: Personal | Secret | Impersonal | None

    @property
    def is_guarded(self) -> bool:
        """Whether its value belongs in messages alone."""
        return isinstance(self.mark, Personal | Secret)

    @property
    def may_go_unmarked(self) -> bool:
        """Whether it is a number, a time or one of a list of words: no person stands in such a value."""
        kind = self.annotation
        return get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, int | Enum | datetime))


def fields_of(model: type[WireModel], prefix: str = "") -> Iterator[Field]:
    """All fields of a model and of the models within; one that has fields of its own where it is marked itself."""
    for name, info in model.model_fields.items():
        yield from _fields(f"{prefix}{info.alias or name}", info.annotation, info.metadata)


def _fields(path: str, annotation: Any, metadata: Sequence[Any]) -> Iterator[Field]:  # noqa: ANN401 any annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _fields(path, arguments[0], [*annotation.__metadata__, *metadata])
    elif origin in {Union, UnionType}:
        for option in arguments:
            if option is not NoneType:
                yield from _fields(path, option, metadata)
    elif origin is tuple:
        yield from _fields(f"{path}[]", arguments[0], metadata)
    elif isinstance(annotation, type) and issubclass(annotation, WireModel):
        if mark := marker(metadata):
            yield Field(path, annotation, mark)
        yield from fields_of(annotation, f"{path}.")
    else:
        yield Field(path, annotation, marker(metadata))
