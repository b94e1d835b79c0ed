"""Sentences about invalid messages: they keep their own words, and have no value of the message."""

import json
from itertools import pairwise
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from lambdas.common.redaction.text import redact
from lambdas.queue_processor.handler import handler as ingress
from schemas.catalogue import ALL_TYPES, BY_NAME
from schemas.decoding import decode_strictly
from schemas.event_type import EventType
from schemas.problems import Refusal, from_validation, sentence
from schemas.wire import EXPECTATIONS
from tests.bad_input import LARGEST, bad_inputs
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import report

PATTERNS = dict(sorted(EXPECTATIONS.items()))


def detail_of(body: str) -> str:
    harness = FunctionHarness()
    ingress.process(sqs_event(body), FakeContext(), harness.runtime())
    return str(harness.lines[0]["detail"])


def refused(model: Any, value: object) -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(model).validate_json(json.dumps(value))
    return raised.value


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items(), ids=PATTERNS.values())
def test_an_expectation_is_shown_in_full_and_the_value_not(pattern: str, expected: str) -> None:
    wrong = "Zoë\x00 Ärger"
    said = sentence(from_validation(refused(Annotated[str, Field(pattern=pattern)], wrong)))

    assert said == f"must be {expected}, found a string of 10 characters"


@pytest.mark.parametrize("expected", PATTERNS.values(), ids=str)
def test_redaction_keeps_an_expectation_in_an_exception(expected: str) -> None:
    text = f"its value must be {expected}, found a string of 6 characters"
    words = expected.replace(",", " ").split()
    body = json.dumps({"payload": {"name": "nobody", "words": words, "pairs": [*map(" ".join, pairwise(words))]}})

    assert redact(text, body) == text


def test_a_refusal_keeps_its_example_where_the_payload_has_it() -> None:
    message = report(recipients=[{"email": "nobody"}])
    message["payload"]["title"] = "ada@example.com"
    message["payload"]["words"] = ["must be", "an email address", "a string", "payload.recipients"]

    assert "payload.recipients[0].email: must be an email address, such as ada@example.com, found" in detail_of(
        json.dumps(message)
    )


@pytest.mark.parametrize("bad", bad_inputs(), ids=repr)
def test_no_refusal_has_a_value_of_its_message(bad: Any) -> None:
    read = decode_strictly(bad.text.replace("Ada", "Xylophon"), catalogue=BY_NAME)

    said = read.sentence() if isinstance(read, Refusal) else ""
    for expected in EXPECTATIONS.values():
        said = said.replace(expected, "")
    assert "Xylophon" not in said
    assert not [value for value in texts_of(bad.text) if value in said]


def texts_of(text: str) -> list[str]:
    """The texts in a message that are long enough to be no part of a sentence by chance."""
    try:
        nodes: list[Any] = [json.loads(text)]
    except (ValueError, RecursionError):
        return []
    found = []
    while nodes:
        node = nodes.pop()
        nodes += [*node.values()] if isinstance(node, dict) else node if isinstance(node, list) else []
        if isinstance(node, str) and len(node) > 12:
            found.append(node)
    return found


def test_a_key_that_is_no_field_name_is_not_shown() -> None:
    (problem,) = from_validation(refused(dict[str, dict[str, int]], {"values": {"Ada Lovelace": "x"}}))

    assert problem.path == 'values["…"]'


def test_fifty_problems_are_described_and_the_others_counted() -> None:
    problems = from_validation(refused(list[int], ["x"] * 284))

    assert len(problems) == 51
    assert problems[-1].sentence() == "… and 234 more"


def test_more_than_a_thousand_problems_are_only_counted() -> None:
    (problem,) = from_validation(refused(list[int], ["x"] * 1_001))

    assert problem.sentence() == "has 1,001 problems, too many to list"


def test_a_value_is_quoted_without_reading_all_of_it() -> None:
    nested = refused(str, [["a" * 50] * 9] * 9)

    (problem,) = from_validation(nested)

    assert problem.value == '[["' + "a" * 50 + '", "aa…'


@pytest.mark.parametrize("event_type", ALL_TYPES, ids=repr)
def test_each_array_of_a_contract_is_counted_before_it_is_read(event_type: EventType[Any]) -> None:
    """An array without a limit would let a message of a mebibyte have as many problems as members."""
    for path, most in arrays_of(event_type.payload):
        members = ["x"] * (most + 1)
        payload: Any = members
        for name in reversed(path):
            payload = {name: payload}
        problems = from_validation(refused(event_type.payload, payload))

        assert [problem.clause for problem in problems if problem.path == ".".join(path)] == [
            f"must have at most {most} members"
        ]


def arrays_of(model: type[BaseModel]) -> list[tuple[list[str], int]]:
    """The places of all arrays in a model, and their most members."""
    found = []
    for name, field in model.model_fields.items():
        alias = field.alias or name
        if get_origin(field.annotation) in {tuple, list, set, frozenset}:
            (most,) = (each.max_length for each in field.metadata if hasattr(each, "max_length"))
            found.append(([alias], most))
        for each in (field.annotation, *get_args(field.annotation)):
            if isinstance(each, type) and issubclass(each, BaseModel):
                found += [([alias, *path], most) for path, most in arrays_of(each)]
    return found


def test_arrays_are_found() -> None:
    assert arrays_of(BY_NAME["report.ready"].payload) == [(["recipients"], 50)]


def test_too_many_recipients_are_one_problem() -> None:
    body = json.dumps(report(recipients=[1] * (LARGEST // 4)))

    assert detail_of(body) == "payload.recipients: must have at most 50 members, found an array of 262144"


def test_an_open_object_costs_no_problem_a_member() -> None:
    assert TypeAdapter(dict[str, JsonValue]).validate_json('{"a": [1, {}]}') == {"a": [1, {}]}
