"""The readable part of a JSON document: without the fields and rows that break its model and that it can do without."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.crm import REPEATED_ROW
from schemas.problems import Problem, path_text, problem_of
from schemas.wire import WireModel

_MOST_LEFT_OUT = 50_000
"""Problems of an answer that is still read without what has them: each takes some microseconds."""

_MOST_NAMED = 20
"""Sentences in a log line; more of them would say no more."""

_Place = tuple[int | str, ...]

_GONE = object()
"""Stands for a row that was left out, so that the others keep their positions."""


class ReadablePart(NamedTuple):
    """What can be read of a document, and what was left out."""

    body: bytes
    """The document without it."""

    left_out: tuple[str, ...]
    """Sentences with place and problem, never a value."""

    rows_left_out: int
    """Number of rows among it, of lists that are the document's own fields."""


def readable_part(model: type[WireModel], body: bytes, error: ValidationError) -> ReadablePart:
    """Leave out each field with a default and each row of a list that breaks the model.

    Null where a field has a default says the same as no field: it is left out without a sentence.

    Args:
        model: the document's model.
        body: the document.
        error: the model's error about it.

    Raises:
        ValidationError: the document is no JSON, breaks the model in a place that it cannot do without, or in more
            places than are read.
    """
    if error.error_count() > _MOST_LEFT_OUT:
        raise error
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise error from None
    left_out: dict[_Place, Problem | ErrorDetails] = {}
    lost_rows: set[_Place] = set()
    readable, found = body, error
    while True:
        removals = list(_removals(model, document, found))
        for removal in removals:
            _remove(document, removal.place)
            if removal.problem:
                left_out.setdefault(removal.place, removal.problem)
            if removal.loses_row:
                lost_rows.add(removal.place)
        readable, before = json.dumps(_present(document, model), ensure_ascii=False).encode(errors="replace"), readable
        try:
            model.model_validate_json(readable, by_alias=True, by_name=False)
        except ValidationError as next_error:
            if readable == before:
                raise
            found = next_error
        else:
            return ReadablePart(readable, _named(list(left_out.values())), len(lost_rows))


class _Removal(NamedTuple):
    """A part of the document to leave out."""

    place: _Place
    problem: Problem | ErrorDetails | None
    """Why; None for a field that is null, which says nothing. Few of pydantic's errors become sentences."""

    loses_row: bool = False
    """Whether that is a row of one of the document's own lists, and no other row says the same."""


def _remove(document: Any, place: _Place) -> None:
    holder, part = _at(document, place[:-1]), place[-1]
    if isinstance(holder, list) and isinstance(part, int):
        holder[part] = _GONE
    elif isinstance(holder, dict):  # else it went with the row around it
        holder.pop(part, None)


def _removals(model: type[WireModel], document: Any, error: ValidationError) -> Iterator[_Removal]:
    """Find what to leave out for each problem.

    Raises:
        ValidationError: the document cannot do without one of the places.
    """
    positions = _Positions(document)
    for details in error.errors(include_url=False):
        if details["type"] == "json_invalid":  # half a surrogate pair, a byte order mark: writing it again mends both
            continue
        if details["type"] == REPEATED_ROW:
            for number in details["ctx"]["rows"]:
                place = positions.original((*details["loc"], number))
                yield _Removal(place, Problem(path_text(place), "repeats another row"))
            continue
        details["loc"] = loc = positions.original(details["loc"])
        place = _dispensable(model, loc)
        if not place:
            raise error
        yield _Removal(place, None if _says_nothing(details, place) else details, loses_row=_is_row(place))


def _says_nothing(details: ErrorDetails, place: _Place) -> bool:
    """Whether a field with a default is null."""
    return place == details["loc"] and details["input"] is None and isinstance(place[-1], str)


def _dispensable(model: type[WireModel], loc: _Place) -> _Place:
    """Return the smallest part around a problem that can be left out: a row, or a field with a default."""
    found: _Place = ()
    within: type[WireModel] | None = model
    for depth, part in enumerate(loc, start=1):
        if isinstance(part, int):
            found = loc[:depth]
            continue
        field = next((each for each in within.model_fields.values() if each.alias == part), None) if within else None
        if field is None:
            break
        if not field.is_required():
            found = loc[:depth]
        within = _model_in(field.annotation)
    return found


def _model_in(annotation: Any) -> type[WireModel] | None:
    """Return the model that a field holds, in a list or beside null."""
    if isinstance(annotation, type) and issubclass(annotation, WireModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


class _Positions:
    """Places in the document as it came, of places in what is left of it."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._rows: dict[int, list[int]] = {}
        """By list: the positions of the rows that are left. A list may have thousands of odd rows."""

    def original(self, loc: Sequence[int | str]) -> _Place:
        place: _Place = ()
        node = self._document
        for part in loc:
            own = self._of(node)[part] if isinstance(node, list) and isinstance(part, int) else part
            place = (*place, own)
            node = _member(node, own)
        return place

    def _of(self, rows: list[Any]) -> list[int]:
        if id(rows) not in self._rows:
            self._rows[id(rows)] = [number for number, row in enumerate(rows) if row is not _GONE]
        return self._rows[id(rows)]


def _at(document: Any, place: _Place) -> Any:
    node = document
    for part in place:
        node = _member(node, part)
    return node


def _member(node: Any, part: int | str) -> Any:
    """Return a member; None where there is none, as for a field that is missing."""
    if isinstance(node, Mapping):
        return node.get(part)
    return node[part] if isinstance(node, list) and isinstance(part, int) else None


def _present(node: Any, model: type[WireModel] | None) -> Any:
    """Return a copy without the rows that are gone, as deep as the model: what nobody reads may be deeper."""
    if isinstance(node, list):
        return [[] if isinstance(row, list) else _present(row, model) for row in node if row is not _GONE]
    if not isinstance(node, dict):
        return node
    fields = model.model_fields.values() if model else ()
    return {each.alias: _present(node[each.alias], _model_in(each.annotation)) for each in fields if each.alias in node}


def _is_row(place: _Place) -> bool:
    match place:
        case (str(), int()):
            return True
    return False


def _named(problems: Sequence[Problem | ErrorDetails]) -> tuple[str, ...]:
    named = (each if isinstance(each, Problem) else problem_of(each) for each in problems[:_MOST_NAMED])
    more = len(problems) - _MOST_NAMED
    return (*(problem.sentence() for problem in named), *([f"and {more} more"] if more > 0 else ()))
