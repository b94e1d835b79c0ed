"""Properties of the compatibility check for any contract: widening passes, refused messages are reported."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, create_model

from ops.contracts.releases.compatibility import breaches
from ops.contracts.releases.normal_form import Schema, normal_form
from schemas.wire import WireModel

NAMES = ("a", "b", "c")
NEW_NAMES = ("x", "y")
VALUES = ("red", "green", "blue", "")
Draw = Callable[[st.SearchStrategy[Any]], Any]

_numbers = count()


@dataclass(frozen=True)
class Part:
    """A part of a contract before and after a change, and the values that were valid before."""

    old: Any
    new: Any
    values: st.SearchStrategy[Any]


@dataclass(frozen=True)
class Changing:
    """Draws parts and their changes: widening only, or any change."""

    draw: Draw
    widens: bool

    def part(self, depth: int = 2) -> Part:
        kinds = [self.text, self.number, self.choice] + ([self.array, self.object, self.nullable] if depth else [])
        part = self.draw(st.sampled_from(kinds))(depth - 1)
        assert isinstance(part, Part)
        return part

    def text(self, _depth: int) -> Part:
        (low, high), (new_low, new_high) = self.limits()
        old = Annotated[str, Field(min_length=low, max_length=high)]
        new = Annotated[str, Field(min_length=new_low, max_length=new_high)]
        return Part(old, new, st.text("aé", min_size=low, max_size=high))

    def number(self, _depth: int) -> Part:
        (low, high), (new_low, new_high) = self.limits()
        kind = float if self.happens() else int
        old, new = Annotated[int, Field(ge=low, le=high)], Annotated[kind, Field(ge=new_low, le=new_high)]
        return Part(old, new, st.integers(low, high))

    def choice(self, _depth: int) -> Part:
        chosen = st.lists(st.sampled_from(VALUES), min_size=1, unique=True)
        old, drawn = self.draw(chosen), self.draw(chosen)
        new = [*old, *drawn] if self.widens else drawn
        wide = str if self.happens() else Literal[tuple(new)]
        return Part(Literal[tuple(old)], wide, st.sampled_from(old))

    def array(self, depth: int) -> Part:
        (low, high), (new_low, new_high) = self.limits()
        part = self.part(depth)
        before: Any = tuple.__class_getitem__((part.old, ...))
        after: Any = tuple.__class_getitem__((part.new, ...))
        old = Annotated[before, Field(min_length=low, max_length=high)]
        new = Annotated[after, Field(min_length=new_low, max_length=new_high)]
        return Part(old, new, st.lists(part.values, min_size=low, max_size=high))

    def nullable(self, depth: int) -> Part:
        part = self.part(depth)
        was = self.happens()
        becomes = (was or self.happens()) if self.widens else self.happens()
        values = st.none() | part.values if was else part.values
        return Part(part.old | None if was else part.old, part.new | None if becomes else part.new, values)

    def object(self, depth: int) -> Part:
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        always: dict[str, Any] = {}
        sometimes: dict[Any, Any] = {}
        for name in self.draw(st.lists(st.sampled_from(NAMES), unique=True)):
            part = self.part(depth)
            was_optional = self.happens()
            becomes_optional = (was_optional or self.happens()) if self.widens else self.happens()
            old[name] = (part.old | None, None) if was_optional else (part.old, ...)
            if self.widens or not self.happens():
                new[name] = (part.new | None, None) if becomes_optional else (part.new, ...)
            (sometimes if was_optional else always)[name] = part.values
        for name in self.draw(st.lists(st.sampled_from(NEW_NAMES), unique=True)):
            kind = self.part(depth).new
            new[name] = (kind | None, None) if self.widens or self.happens() else (kind, ...)
        return Part(model(old), model(new), st.fixed_dictionaries(always, optional=sometimes))

    def limits(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Draw a lower and an upper limit, before and after the change."""
        low = self.draw(st.integers(1, 3))
        high = low + self.draw(st.integers(0, 3))
        down, up = self.draw(st.integers(0 if self.widens else -1, 1)), self.draw(st.integers(0, 1))
        if self.widens or self.happens():
            return (low, high), (low - down, high + up)
        return (low, high), (low, max(low, high - up))

    def happens(self) -> bool:
        return bool(self.draw(st.booleans()))


def model(fields: dict[str, Any]) -> Any:
    return create_model(f"Made{next(_numbers)}", __base__=WireModel, **fields)


@st.composite
def changes(draw: st.DrawFn, *, widens: bool) -> tuple[Part, Any]:
    """Draw a changed object and a message that was valid before the change."""
    part = Changing(draw, widens).object(2)
    return part, draw(part.values)


def form(contract: type[WireModel]) -> Schema:
    return normal_form(contract.model_json_schema(by_alias=True))


def is_valid(contract: type[WireModel], message: Any) -> bool:
    try:
        contract.model_validate_json(json.dumps(message))
    except ValidationError:
        return False
    return True


@given(changes(widens=True))
@settings(max_examples=100, deadline=None)
def test_a_widened_contract_passes_and_accepts_the_old_messages(change: tuple[Part, Any]) -> None:
    part, message = change

    assert list(breaches(form(part.old), form(part.new))) == []
    assert is_valid(part.old, message)
    assert is_valid(part.new, message)


@given(changes(widens=False))
@settings(max_examples=150, deadline=None)
def test_a_change_that_refuses_an_old_message_is_reported(change: tuple[Part, Any]) -> None:
    part, message = change

    assert is_valid(part.new, message) or list(breaches(form(part.old), form(part.new)))


@given(changes(widens=False))
@settings(max_examples=100, deadline=None)
def test_an_unchanged_contract_has_no_breaches(change: tuple[Part, Any]) -> None:
    part, _ = change

    assert list(breaches(form(part.old), form(part.old))) == []
