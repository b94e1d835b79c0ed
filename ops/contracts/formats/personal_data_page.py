"""The tables of `docs/personal-data.md`: what of people is in which message, and which texts are of nobody."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.contracts.formats.personal_fields import Field, fields_of
from ops.terminal.made_blocks import written_anew
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks
from schemas.envelope import Envelope
from schemas.event_type import EventType
from schemas.wire import Secret, WireModel

OTHERS: Mapping[str, type[WireModel]] = {
    "the envelope around a payload": Envelope,
    "the CRM's appointment": Appointment,
    "the CRM's admins of a company": CompanyAdmins,
    "the CRM's endpoints of a company": CompanyWebhooks,
}
"""What is around each payload, and what functions read to decide."""


def personal_data_md(page: Path, catalogue: Iterable[EventType[Any]]) -> str:
    """The page with its tables as they are to be; what stands around them is written by hand."""
    found = list(_fields(catalogue))
    return written_anew(
        page.read_text(), {"personal": _personal(found), "impersonal": _impersonal(found)}, name=page.name
    )


def _fields(catalogue: Iterable[EventType[Any]]) -> Iterator[tuple[str, Field]]:
    for event_type in catalogue:
        for version in range(event_type.version, 0, -1):
            yield from ((f"`{event_type.name}`", field) for field in fields_of(event_type.payload_of(version)))
    for name, model in OTHERS.items():
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
    table = ["| in | field | is | what it is there for |", "|---|---|---|---|", *rows]
    *first, last = without
    return "\n".join([*table, "", f"None is in {', '.join(first)} and {last}."])


def _impersonal(found: Iterable[tuple[str, Field]]) -> str:
    """Names alone, but for those that are something else elsewhere."""
    found = list(found)
    marks: dict[str, set[str]] = {}
    for _, field in found:
        if field.mark is not None:
            marks.setdefault(_name(field), set()).add(field.mark)
    of_nobody: dict[str, dict[str, None]] = {}
    for owner, field in found:
        if field.mark is not None and not field.is_guarded:
            text = f"`{_name(field)}`" if len(marks[_name(field)]) == 1 else f"{owner} `{field.path}`"
            of_nobody.setdefault(field.mark, {})[text] = None
    rows = [f"| {', '.join(sorted(names))} | {why} |" for why, names in of_nobody.items()]
    return "\n".join(["| text | of no person, since it is |", "|---|---|", *rows])


def _name(field: Field) -> str:
    return field.path.rpartition(".")[2]
