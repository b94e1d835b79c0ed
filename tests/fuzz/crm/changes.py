"""Changes of one field of an answer of the CRM, or of a message.

A case is JSON: the scenario, the number of rows, the place, the kind of change and a seed for the value.
"""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any, NamedTuple

from tests.fuzz.crm import values
from tests.fuzz.crm.roles import Field, Role
from tests.fuzz.crm.scenarios import SCENARIOS, Scenario
from tests.fuzz.crm.values import Kind, Value, Verdict

MAX_ROWS = 4

_MARK = "@changed@"
_INDEX = re.compile(r"\[(\d+)]")
_PART = re.compile(r"([A-Za-z]+)|\[(\d+)]")


class Case(NamedTuple):
    """One change of one place."""

    scenario: str
    rows: int
    place: str
    """Such as `admins[1].email`; for a row that stands twice, and for an unknown field, their object."""

    change: str
    seed: int

    def text(self) -> str:
        """Return the case as an input."""
        return json.dumps(self._asdict())


def read_case(text: str) -> Case | None:
    """Read a case; None for any other text."""
    with suppress(ValueError, TypeError, RecursionError):
        case = Case(**json.loads(text))
        if _is_valid(case):
            return case
    return None


def _is_valid(case: Case) -> bool:
    numbers = type(case.rows) is int and type(case.seed) is int and 1 <= case.rows <= MAX_ROWS
    if not numbers or {type(case.scenario), type(case.place), type(case.change)} != {str}:
        return False
    scenario = SCENARIOS.get(case.scenario)
    return scenario is not None and (case.place, case.change) in _changes(scenario, case.rows)


@cache
def _changes(scenario: Scenario, rows: int) -> Sequence[tuple[str, str]]:
    """All places of a document, and the changes that are possible there."""
    document = scenario.document(rows)
    objects = [""] + [place for place in _places(scenario, rows) if isinstance(_at(document, place), dict)]
    found = [(place, "unknown field") for place in objects]
    for place in _places(scenario, rows):
        kind = _field(scenario, place).kind
        changes = ["null", "absent", "other type", "twice"]
        if place.endswith("]"):
            changes.remove("absent")  # a row can only be missing
        if kind not in {Kind.ROW, Kind.ROWS, Kind.TEXTS, Kind.EVENT, Kind.COUNT}:
            changes.append("odd text")
        if kind not in {Kind.ROW, Kind.ROWS, Kind.TEXTS, Kind.EVENT}:
            changes.append("formatted")
        found += [(place, change) for change in changes]
    return found


def _places(scenario: Scenario, rows: int) -> Iterator[str]:
    for path in scenario.fields:
        if "[]" in path:
            yield from (path.replace("[]", f"[{number}]") for number in range(rows))
        else:
            yield path


def _field(scenario: Scenario, place: str) -> Field:
    return scenario.fields[_INDEX.sub("[]", place)]


def random_case(random: Random) -> Case:
    """Return any case."""
    scenario = random.choice(list(SCENARIOS.values()))
    rows = random.randint(1, MAX_ROWS)
    place, change = random.choice(_changes(scenario, rows))
    return Case(scenario.name, rows, place, change, random.randrange(1_000_000))


def neighbour(text: str, random: Random) -> str:
    """Return the same change of the same place with another value, or any case."""
    case = read_case(text) if random.random() < 0.3 else None
    return (case._replace(seed=random.randrange(1_000_000)) if case else random_case(random)).text()


def all_cases() -> Iterator[Case]:
    """Return a case for each scenario, place and change, and four for formats; of lists, with one row and with two."""
    for scenario in SCENARIOS.values():
        for rows in (1, 2) if any("[]" in path for path in scenario.fields) else (1,):
            for number, (place, change) in enumerate(_changes(scenario, rows)):
                seeds = range(number, number + (4 if change == "formatted" else 1))
                yield from (Case(scenario.name, rows, place, change, seed) for seed in seeds)


class Changed(NamedTuple):
    """A changed document."""

    text: str
    value: Value
    field: Field
    agreed: Any
    """What it says, in the agreed form, without what cannot be read."""


def changed(case: Case) -> Changed:
    """Make the change."""
    scenario, random = SCENARIOS[case.scenario], Random(case.seed)
    document = scenario.document(case.rows)
    if case.change == "unknown field":
        return _with_unknown_field(document, case.place, random, strictly=scenario.is_message)
    field = _field(scenario, case.place)
    if case.change == "twice":
        return _twice(document, case.place, field, random)
    value = _value(case, field.kind, _at(document, case.place), random, strictly=scenario.is_message)
    agreed = copy.deepcopy(document)
    if value.verdict is Verdict.READABLE:
        _set(agreed, case.place, value.means)
    else:
        _remove(agreed, lost(case.place, field))
    if value.text:
        _set(document, case.place, _MARK)
        text = json.dumps(document).replace(f'"{_MARK}"', value.text)
    else:
        _remove(document, case.place)
        text = json.dumps(document)
    return Changed(text, value, field, agreed)


def _value(case: Case, kind: Kind, usual: Any, random: Random, *, strictly: bool) -> Value:
    match case.change:
        case "null":
            return values.NULL
        case "absent":
            return values.ABSENT
        case "other type":
            return values.other_type(kind, random)
        case "odd text":
            return values.odd_text(kind, random)
        case _:
            return values.formatted(kind, random, usual, strictly=strictly)


def lost(place: str, field: Field) -> str:
    """What is lost with a place that cannot be read: its row, or it alone."""
    return place[: place.index("]") + 1] if field.role is Role.ROW else place


def _with_unknown_field(document: Any, place: str, random: Random, *, strictly: bool) -> Changed:
    agreed = copy.deepcopy(document)
    _at(document, place)["unknown7"] = _MARK
    value = Value(values.unread(random, strictly=strictly), Verdict.READABLE)
    return Changed(json.dumps(document).replace(f'"{_MARK}"', value.text), value, Field(Role.UNREAD, Kind.ROW), agreed)


def _twice(document: Any, place: str, field: Field, random: Random) -> Changed:
    """A row that the list has twice, or a field that the object has twice."""
    agreed = copy.deepcopy(document)
    if not place.endswith("]"):
        own = json.dumps(_at(document, place))
        name = place.rpartition(".")[2]
        _set(document, place, _MARK)
        text = json.dumps(document).replace(f'"{_MARK}"', f'{own}, "{name}": {own}')
        return Changed(text, Value(own, Verdict.READABLE), field, agreed)
    rows = _at(document, place[: place.index("[")])
    again = copy.deepcopy(_at(document, place))
    _vary(again, random)
    rows.insert(random.randint(0, len(rows)), again)
    return Changed(json.dumps(document), Value(json.dumps(again), Verdict.READABLE), field, agreed)


def _vary(row: dict[str, Any], random: Random) -> None:
    """Change what does not make another recipient or endpoint of a row."""
    if "email" in row:
        local, _, domain = row["email"].partition("@")
        row["email"] = random.choice((row["email"], f"{local.upper()}@{domain}", f"{local}@{domain.upper()}"))
        if "id" in row and row["email"].islower():
            row["id"] = random.choice((row["id"], "another-1"))
    elif random.random() < 0.7:
        row.update(random.choice(({"url": None}, {"secrets": []}, {"secrets": None})))


def _steps(place: str) -> list[str | int]:
    return [name or int(number) for name, number in _PART.findall(place)]


def _at(document: Any, place: str) -> Any:
    for step in _steps(place):
        document = document[step]
    return document


def _set(document: Any, place: str, value: Any) -> None:
    *before, last = _steps(place)
    for step in before:
        document = document[step]
    document[last] = value


def _remove(document: Any, place: str) -> None:
    *before, last = _steps(place)
    for step in before:
        document = document[step]
    del document[last]
