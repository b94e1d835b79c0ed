"""Find the fields that a message of very many arrays and objects lacks, before pydantic does.

Pydantic copies the whole object for each field that it lacks: a mebibyte of empty arrays became a gigabyte of copies.
"""

from collections.abc import Iterator

from pydantic import BaseModel

from schemas.problems import Problem

_MANY = 20_000
"""Arrays and objects. No service of ours sends a message with so many."""


def is_costly(body: str) -> bool:
    """Whether a body may have so many arrays and objects that a copy for each missing field takes too long."""
    return len(body) > _MANY and body.count("[") + body.count("{") > _MANY


def lacks_fields(fields: object, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Return the problems of the required fields that a message lacks, in its envelope and its payload.

    Args:
        fields: the parsed body.
        model: of the whole message.
    """
    return tuple(Problem(path, "is missing") for path in _missing(fields, model, ""))


def _missing(fields: object, model: type[BaseModel], place: str) -> Iterator[str]:
    if not isinstance(fields, dict):
        return
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in fields:
            if field.is_required():
                yield place + key
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _missing(fields[key], field.annotation, f"{place}{key}.")
