"""Examples are built from the contracts, and are valid."""

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from ops.contracts.examples import NoExampleError, example_payload
from schemas.catalogue import ALL_BY_NAME, ALL_TYPES
from schemas.decoding import decode_strictly
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload, PhoneNumber, Uuid, WireModel


def example_of(contract: type[Payload]) -> dict[str, Any]:
    return example_payload(EventType("thing.happened", contract, Kind.JOB))


@pytest.mark.parametrize("event_type", ALL_TYPES, ids=lambda event_type: event_type.name)
def test_the_example_of_every_type_is_valid(event_type: EventType[Any]) -> None:
    body = json.dumps(
        {
            "type": event_type.name,
            "payload": example_payload(event_type),
            "timestamp": "2026-04-14T14:00:00Z",
            "attempts": 1,
            "version": event_type.version,
        }
    )

    assert isinstance(decode_strictly(body, catalogue=ALL_BY_NAME), Message)


def test_an_example_of_the_contract_takes_precedence() -> None:
    class Contract(Payload):
        colour: Annotated[Literal["red", "green"], Field(examples=["green"])]

    assert example_of(Contract)["colour"] == "green"


def test_a_field_without_example_gets_the_simplest_allowed_value() -> None:
    class Line(WireModel):
        number: Annotated[int, Field(ge=3)]
        price: float

    class Contract(Payload):
        lines: tuple[Line, ...]
        tags: list[Any]
        pair: tuple[int, str]
        code: Annotated[str, Field(min_length=10, max_length=12)]
        letter: Annotated[str, Field(max_length=1)]
        mark: Literal["only"]
        urgent: bool
        either: int | None
        nothing: None

    example = example_of(Contract)

    assert example.pop("companyId")
    assert example == {
        "lines": [{"number": 3, "price": 1}],
        "tags": [],
        "pair": [1, "example"],
        "code": "example...",
        "letter": "e",
        "mark": "only",
        "urgent": False,
        "either": 1,
        "nothing": None,
    }
    assert Contract.model_validate_json(json.dumps(example_of(Contract)))


def test_an_optional_field_is_left_out_unless_it_has_an_example() -> None:
    class Contract(Payload):
        note: Annotated[str | None, Field(examples=["text"])] = None
        phone_number: PhoneNumber | None = None
        comment: str | None = None

    example = example_of(Contract)

    assert example.pop("companyId")
    assert example == {"note": "text", "phoneNumber": "+14155550123"}


def test_an_example_list_has_the_minimum_number_of_members() -> None:
    class Contract(Payload):
        ids: Annotated[tuple[Uuid, ...], Field(min_length=2)]

    assert len(example_of(Contract)["ids"]) == 2


def test_a_pattern_without_an_example_raises_an_error_with_its_path() -> None:
    class Line(WireModel):
        code: Annotated[str, Field(pattern="^[A-Z]{7}$")]

    class Contract(Payload):
        lines: tuple[Line, ...]

    with pytest.raises(NoExampleError, match=r"thing\.happened: payload\.lines\[0\]\.code has no example"):
        example_of(Contract)
