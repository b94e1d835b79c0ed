"""Refusals name the place, the expectation and the finding."""

from typing import Any

import pytest

from tests.contracts.corpus import Path, put, without
from tests.contracts.validators import Validators
from tests.messages import booking, failed_payment, report

INVALID: tuple[tuple[str, Any, Path, Any, str, str], ...] = (
    ("a number for an address", booking(), ("payload", "customer", "email"), 7, "must be a string", "found a number"),
    (
        "half an address",
        booking(),
        ("payload", "customer", "email"),
        "ada@",
        "must be an email address",
        "4 characters",
    ),
    ("a number for a time", booking(), ("timestamp",), 1713103200, "must be a string", "found a number"),
    ("second 60", booking(), ("timestamp",), "2024-06-30T23:59:60Z", "must be an RFC 3339 timestamp", "20 characters"),
    ("half a UUID", booking(), ("payload", "companyId"), "0b7e3c52", "must be a UUID", "8 characters"),
    ("nothing", booking(), ("payload", "service"), "", "must not be empty", "found an empty string"),
    ("null", booking(), ("payload", "customer"), None, "must be an object", "found null"),
    ("a list for an object", booking(), ("payload",), [], "must be an object", "found an array of 0"),
    ("too long", booking(), ("payload", "staff"), "x" * 201, "must have at most 200 characters", "201 characters"),
    (
        "a string for a number",
        failed_payment(),
        ("attempts",),
        "1",
        "must be a whole number",
        "a string of 1 character",
    ),
    ("no attempt", failed_payment(), ("attempts",), 0, "1", "found a number"),
    ("of AWS", failed_payment(), ("source",), "aws.s3", "must not begin with aws.", "6 characters"),
    ("deep", failed_payment(), ("payload", "money", "amount"), 1.5, "must be a", "found a number"),
    ("in a list", report(), ("payload", "recipients", 0, "email"), None, "must be a string", "found null"),
    ("no choice", report(), ("payload", "format"), "doc", "pdf", "3 characters"),
    ("an empty list", report(), ("payload", "recipients"), [], "must not be empty", "found an array of 0"),
)
INVALID_IDS = [name for name, *_ in INVALID]


def path_in_words(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


@pytest.mark.parametrize(
    ("message", "path", "value", "expected", "found"), [each[1:] for each in INVALID], ids=INVALID_IDS
)
def test_pydantic_and_zod_name_place_expectation_and_finding(  # noqa: PLR0913, PLR0917 one parameter a column
    message: dict[str, Any], path: Path, value: object, expected: str, found: str, validators: Validators
) -> None:
    validation = validators.validate(put(message, path, value))

    for problems in (validation.pydantic_problems, validation.zod_problems):
        (problem,) = problems
        assert problem.startswith(f"{path_in_words(path)}: ")
        assert expected in problem
        assert found in problem


@pytest.mark.parametrize(("message", "path", "value"), [each[1:4] for each in INVALID], ids=INVALID_IDS)
def test_json_schema_names_the_place(
    message: dict[str, Any], path: Path, value: object, validators: Validators
) -> None:
    problems = validators.validate(put(message, path, value)).file_problems

    assert problems
    assert all(problem.startswith(f"{path_in_words(path)}: must ") and ", found " in problem for problem in problems)


@pytest.mark.parametrize(
    "path", [("attempts",), ("payload", "bookingId"), ("payload", "customer", "name")], ids=path_in_words
)
def test_all_name_a_missing_field(path: Path, validators: Validators) -> None:
    validation = validators.validate(without(booking(), path))

    expected = (f"{path_in_words(path)}: is missing",)
    assert validation.pydantic_problems == expected
    assert validation.zod_problems == expected
    assert validation.file_problems == expected


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"type": "appointment.forgotten"}, "type"), ({"type": 7}, "type"), ({"version": 3}, "version")],
    ids=["unknown type", "no type at all", "newer version"],
)
def test_pydantic_and_zod_refuse_unknown_types_and_versions(
    changes: dict[str, Any], path: str, validators: Validators
) -> None:
    validation = validators.validate(failed_payment() | changes)

    assert [problem.partition(":")[0] for problem in validation.pydantic_problems] == [path]
    assert [problem.partition(":")[0] for problem in validation.zod_problems] == [path]


def test_zod_reports_all_problems_at_once(validators: Validators) -> None:
    message = put(put(booking(), ("payload", "customer", "phone"), "1"), ("attempts",), True)

    places = [problem.partition(":")[0] for problem in validators.validate(message).zod_problems]

    assert sorted(places) == ["attempts", "payload.customer.phone"]


def test_no_sentence_of_zod_shows_a_value(validators: Validators) -> None:
    name = "Ada-Lovelace-1815"
    message = put(put(booking(), ("payload", "customer", "email"), name), ("payload", "timeZone"), f"{name} ")

    assert name not in " ".join(validators.validate(message).zod_problems)
