"""The compatibility rules in both directions: narrowing is a breach, widening passes."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, JsonValue, create_model

from ops.contracts.releases.compatibility import breaches
from ops.contracts.releases.normal_form import RecursiveContractError, Schema, normal_form, text
from ops.contracts.releases.rules import Rule
from schemas.wire import Integer, Payload, Timestamp, Uuid, WireModel

WIDE, NARROW = "wide", "narrow"


class Person(WireModel):
    name: str
    phone: str | None = None


class Named(WireModel):
    name: str


class Reached(WireModel):
    name: str
    phone: str


def string(**constraints: Any) -> Any:
    return Annotated[str, Field(**constraints)]


def number(**constraints: Any) -> Any:
    return Annotated[int, Field(**constraints)]


def many(**constraints: Any) -> Any:
    return Annotated[tuple[str, ...], Field(**constraints)]


def contract(**fields: Any) -> Schema:
    """Return the normal form of a payload with these fields; a tuple is a type and its default."""
    definitions: dict[str, Any] = {
        name: field if isinstance(field, tuple) else (field, ...) for name, field in fields.items()
    }
    model = create_model("Test", __base__=Payload, **definitions)
    return normal_form(model.model_json_schema(by_alias=True))


def broken(old: Schema, new: Schema) -> list[tuple[str, str]]:
    return [(breach.rule.value, breach.path) for breach in breaches(old, new)]


NONE: dict[str, Any] = {}

ONE_WAY: list[tuple[Rule, str, dict[str, Any], dict[str, Any]]] = [
    (Rule.FIELD_REMOVED, "payload.a", {"a": (str, "")}, NONE),
    (Rule.FIELD_REMOVED, "payload.a.phone", {"a": Person}, {"a": Named}),
    (Rule.FIELD_REMOVED, "payload.a[].phone", {"a": tuple[Person, ...]}, {"a": tuple[Named, ...]}),
    (Rule.FIELD_REMOVED, "payload.a.*.phone", {"a": dict[str, Person]}, {"a": dict[str, Named]}),
    (Rule.FIELD_REMOVED, "payload.a.phone", {"a": (Person | None, None)}, {"a": (Named | None, None)}),
    (Rule.MADE_REQUIRED, "payload.a", {"a": (str, "")}, {"a": str}),
    (Rule.MADE_REQUIRED, "payload.a", {"a": (str | None, None)}, {"a": str | None}),
    (Rule.RETYPED, "payload.a", {"a": float}, {"a": int}),
    (Rule.RETYPED, "payload.a", {"a": int | str}, {"a": int}),
    (Rule.RETYPED, "payload.a", {"a": JsonValue}, {"a": str}),
    (Rule.RETYPED, "payload.a.*", {"a": dict[str, JsonValue]}, {"a": dict[str, str]}),
    (Rule.RETYPED, "payload.a[]", {"a": tuple[Any, ...]}, {"a": tuple[str, ...]}),
    (Rule.NULL_REFUSED, "payload.a", {"a": str | None}, {"a": str}),
    (Rule.NULL_REFUSED, "payload.a", {"a": Person | None}, {"a": Person}),
    (Rule.NULL_REFUSED, "payload.a[]", {"a": tuple[int | None, ...]}, {"a": tuple[int, ...]}),
    (Rule.ENUM_NARROWED, "payload.a", {"a": Literal["x", "y"]}, {"a": Literal["x"]}),
    (Rule.ENUM_NARROWED, "payload.a", {"a": (Literal["x", "y"] | None, None)}, {"a": (Literal["x"] | None, None)}),
    (Rule.ENUM_NARROWED, "payload.a", {"a": str}, {"a": Literal["x"]}),
    (Rule.ENUM_NARROWED, "payload.a", {"a": string(pattern="^[a-z]{1,4}$")}, {"a": Literal["x", "yy"]}),
    (Rule.ENUM_NARROWED, "payload.a", {"a": number(ge=0, le=5)}, {"a": Literal[0, 5]}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": number(ge=0)}, {"a": number(ge=1)}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": number(ge=0)}, {"a": number(gt=0)}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": number(le=9)}, {"a": number(le=8)}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": number(le=9)}, {"a": number(lt=9)}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": int}, {"a": Integer}),
    (Rule.RANGE_NARROWED, "payload.a", {"a": int}, {"a": number(multiple_of=5)}),
    (Rule.LENGTH_NARROWED, "payload.a", {"a": str}, {"a": string(min_length=1)}),
    (Rule.LENGTH_NARROWED, "payload.a", {"a": string(max_length=9)}, {"a": string(max_length=8)}),
    (Rule.LENGTH_NARROWED, "payload.a", {"a": many(min_length=1)}, {"a": many(min_length=2)}),
    (Rule.LENGTH_NARROWED, "payload.a", {"a": many()}, {"a": many(max_length=9)}),
    (Rule.PATTERN_CHANGED, "payload.a", {"a": str}, {"a": Uuid}),
    (Rule.PATTERN_CHANGED, "payload.a", {"a": str}, {"a": Timestamp}),
]


@pytest.mark.parametrize(("rule", "path", "wide", "narrow"), ONE_WAY)
def test_narrowing_is_a_breach_and_widening_passes(
    rule: Rule, path: str, wide: dict[str, Any], narrow: dict[str, Any]
) -> None:
    assert broken(contract(**wide), contract(**narrow)) == [(rule, path)]
    assert broken(contract(**narrow), contract(**wide)) == []


BOTH_WAYS: list[tuple[Rule, Rule, str, dict[str, Any], dict[str, Any]]] = [
    (Rule.FIELD_REQUIRED, Rule.FIELD_REMOVED, "payload.a", NONE, {"a": str}),
    (Rule.FIELD_REQUIRED, Rule.FIELD_REMOVED, "payload.a.phone", {"a": Named}, {"a": Reached}),
    (Rule.DEFAULT_CHANGED, Rule.DEFAULT_CHANGED, "payload.a", {"a": (str, "en")}, {"a": (str, "de")}),
    (Rule.DEFAULT_CHANGED, Rule.DEFAULT_CHANGED, "payload.a", {"a": (bool, True)}, {"a": (bool, False)}),
    (Rule.RETYPED, Rule.RETYPED, "payload.a", {"a": str}, {"a": int}),
    (Rule.RETYPED, Rule.RETYPED, "payload.a", {"a": str}, {"a": tuple[str, ...]}),
    (Rule.RETYPED, Rule.RETYPED, "payload.a", {"a": str | None}, {"a": Person | None}),
    (Rule.RETYPED, Rule.RETYPED, "payload.a", {"a": bool}, {"a": int}),
    (Rule.PATTERN_CHANGED, Rule.PATTERN_CHANGED, "payload.a", {"a": string(pattern="a")}, {"a": string(pattern="b")}),
    (Rule.INCOMPARABLE, Rule.INCOMPARABLE, "payload.a", {"a": tuple[int, int]}, {"a": tuple[int, int, int]}),
]


@pytest.mark.parametrize(("there", "back", "path", "one", "other"), BOTH_WAYS)
def test_an_incompatible_change_is_reported_in_both_directions(
    there: Rule, back: Rule, path: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert (there, path) in broken(contract(**one), contract(**other))
    assert (back, path) in broken(contract(**other), contract(**one))


@pytest.mark.parametrize(
    ("wide", "narrow", "rule"),
    [
        ({"type": "object"}, {"type": "object", "additionalProperties": False}, Rule.UNKNOWN_REFUSED),
        ({"type": "string"}, {"type": "string", "not": {"pattern": "^aws"}}, Rule.INCOMPARABLE),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}, Rule.LENGTH_NARROWED),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}, Rule.ENUM_NARROWED),
        ({"enum": [1]}, {"enum": [True]}, Rule.ENUM_NARROWED),
        ({"type": "object"}, {"type": "object", "properties": {"a": {"type": "string"}}}, Rule.RETYPED),
        ({"type": "string"}, {"type": "string", "contentEncoding": "base64"}, Rule.INCOMPARABLE),
    ],
)
def test_keywords_that_no_model_uses_yet_are_checked(wide: Schema, narrow: Schema, rule: Rule) -> None:
    assert rule in {breach.rule for breach in breaches(wide, narrow)}


@pytest.mark.parametrize("rule", Rule)
def test_each_rule_gives_its_reason(rule: Rule) -> None:
    assert ": " in rule.sentence


def test_a_breach_describes_old_and_new_schema() -> None:
    old, new = contract(a=Literal["x", "y"]), contract(a=Literal["x"])

    (breach,) = breaches(old, new)

    assert (breach.was, breach.now) == ('one of "x", "y"', '"x", which lacks "y"')


def test_all_breaches_are_reported_at_once() -> None:
    old = contract(a=str, b=number(le=9), c=(str | None, None))
    new = contract(b=number(le=8), c=str, d=str)

    assert set(broken(old, new)) == {
        ("field_removed", "payload.a"),
        ("range_narrowed", "payload.b"),
        ("null_refused", "payload.c"),
        ("made_required", "payload.c"),
        ("field_required", "payload.d"),
    }


def test_descriptions_and_order_do_not_change_the_normal_form() -> None:
    class Human(WireModel):
        """A person, with a docstring."""

        phone: str | None = None
        name: str

    annotations = Field(title="B", description="Bee", examples=["x"], deprecated=True)

    one = contract(a=Person, b=Literal["x", "y"])
    other = contract(b=Annotated[Literal["y", "x"], annotations], a=Human)

    assert text(one) == text(other)


def test_a_field_may_have_the_name_of_a_keyword() -> None:
    form = contract(title=str, examples=(str, ""), default=str)

    assert {"title", "examples", "default"} < form["properties"].keys()


class Comment(WireModel):
    answers: "tuple[Comment, ...]"


def test_a_contract_that_contains_itself_raises_an_error() -> None:
    with pytest.raises(RecursiveContractError, match="Comment contains itself"):
        contract(a=Comment)
