"""The tables of `docs/personal-data.md`: personal and secret fields, and text that identifies no person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ops.terminal.tables import written_anew
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks, PaymentState
from schemas.envelope import Envelope
from schemas.event_type import EventType
from schemas.wire import Impersonal, Personal, Secret, WireModel, marker

OTHER_MODELS: Mapping[str, type[WireModel]] = {
    "the envelope around a payload": Envelope,
    "the CRM's appointment": Appointment,
    "the CRM's admins of a company": CompanyAdmins,
    "the CRM's endpoints of a company": CompanyWebhooks,
    "the CRM's state of a payment": PaymentState,
}
"""The envelope, and the CRM's responses that functions read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model."""

    path: str
    """Names as on the wire, such as `customer.email` or `recipients[].name`."""

    annotation: Any
    mark: Personal | Secret | Impersonal | None

    @property
    def is_guarded(self) -> bool:
        """Whether the value belongs in messages only."""
        return isinstance(self.mark, Personal | Secret)

    @property
    def may_go_unmarked(self) -> bool:
        """Whether the field needs no mark: a number, a time or one of a list of words cannot be personal."""
        kind = self.annotation
        return get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, int | Enum | datetime))


def fields_of(model: type[WireModel], prefix: str = "") -> Iterator[Field]:
    """Return all fields of a model, nested ones included; a field that holds a model only where it has a mark."""
    for name, info in model.model_fields.items():
        yield from _fields(f"{prefix}{info.alias or name}", info.annotation, info.metadata)


def personal_data_md(page: Path, catalogue: Iterable[EventType[Any]]) -> str:
    """Return the page with up-to-date tables; the text around them is written by hand."""
    found = list(_marked(catalogue))
    return written_anew(
        page.read_text(encoding="utf-8"),
        {"personal": _personal(found), "impersonal": _impersonal(found)},
        name=page.name,
    )


def _fields(path: str, annotation: Any, metadata: Sequence[Any]) -> Iterator[Field]:
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


def _marked(catalogue: Iterable[EventType[Any]]) -> Iterator[tuple[str, Field]]:
    for event_type in catalogue:
        for version in range(event_type.version, 0, -1):
            yield from ((f"`{event_type.name}`", field) for field in fields_of(event_type.payload_of(version)))
    for name, model in OTHER_MODELS.items():
        yield from ((name, field) for field in fields_of(model) if field.path != "payload")


def _personal(found: Iterable[tuple[str, Field]]) -> str:
    found = list(found)
    rows = dict.fromkeys(
        f"| {owner} | `{field.path}` | {'secret' if isinstance(field.mark, Secret) else 'personal'} | {field.mark} |"
        for owner, field in found
        if field.is_guarded
    )
    owners = dict.fromkeys(owner for owner, _ in found)
    without = [each for each in owners if not any(row.startswith(f"| {each} |") for row in rows)]
    table = ["| model | field | kind | purpose |", "|---|---|---|---|", *rows]
    *first, last = without
    return "\n".join([*table, "", f"These have no such field: {', '.join(first)} and {last}."])


def _impersonal(found: Iterable[tuple[str, Field]]) -> str:
    """Return names only; with the model where a name has different marks."""
    found = list(found)
    marks: dict[str, set[str]] = {}
    for _, field in found:
        if field.mark is not None:
            marks.setdefault(_name(field), set()).add(field.mark)
    by_reason: dict[str, dict[str, None]] = {}
    for owner, field in found:
        if field.mark is not None and not field.is_guarded:
            text = f"`{_name(field)}`" if len(marks[_name(field)]) == 1 else f"{owner} `{field.path}`"
            by_reason.setdefault(field.mark, {})[text] = None
    rows = [f"| {', '.join(sorted(names))} | {why} |" for why, names in by_reason.items()]
    return "\n".join(["| fields | why they identify no person |", "|---|---|", *rows])


def _name(field: Field) -> str:
    return field.path.rpartition(".")[2]
