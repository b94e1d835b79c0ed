"""Sentences about invalid messages: where the problem is, what was expected and what was found.

Sentences go into logs and dead letters, so by default they show no value of the message: values may be personal.
"""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.reasons import Reason
from schemas.wire import EXPECTATIONS, TIMESTAMP_PATTERN

_LONGEST_VALUE = 60

_MOST_DESCRIBED = 50
_MOST_LISTED = 1_000
"""Problems that are described, and that are read at all: pydantic lists all of them or none, at some µs each."""

_FIELD_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


class Problem(NamedTuple):
    """One problem at one place of a message."""

    path: str
    """The place, such as `payload.customer.email`; empty for the message as a whole."""

    clause: str
    """The expectation or the problem: "must be a string", "is missing"."""

    found: str = ""
    """The kind of the value: "a string of 5 characters", never the value itself."""

    value: str = ""
    """The value as JSON, cut to 60 characters; for the sender, never for logs."""

    remedy: str = ""
    """A corrected value; for the sender, never for logs, since it contains the value."""

    def sentence(self, *, reveal: bool = False) -> str:
        """Describe the problem; `reveal` includes the value and its correction."""
        if reveal and self.remedy:
            clause = f"{self.value} {self.clause}; write {self.remedy}"
        else:
            found = self.value if reveal and self.value else self.found
            clause = f"{self.clause}, found {found}" if found else self.clause
        return f"{self.path}: {clause}" if self.path else clause


class Refusal(NamedTuple):
    """The reason and problems for which a text is refused as a message."""

    reason: Reason
    problems: tuple[Problem, ...]

    def sentence(self, *, reveal: bool = False) -> str:
        """Describe all problems."""
        return sentence(self.problems, reveal=reveal)


def sentence(problems: Iterable[Problem], *, reveal: bool = False) -> str:
    """Describe problems in one line, separated by semicolons."""
    return "; ".join(problem.sentence(reveal=reveal) for problem in problems)


def refusal(reason: Reason, clause: str, *, path: str = "") -> Refusal:
    """Return a refusal with one problem."""
    return Refusal(reason, (Problem(path, clause),))


def from_validation(error: ValidationError) -> tuple[Problem, ...]:
    """Convert pydantic's errors to problems, in the order of the fields; the last one says how many are left out."""
    count = error.error_count()
    if count > _MOST_LISTED:
        return (Problem("", f"has {count:,} problems, too many to list"),)
    problems = tuple(problem_of(details) for details in error.errors(include_url=False) if not _is_consequence(details))
    left_out = len(problems) - _MOST_DESCRIBED
    return problems if left_out <= 0 else (*problems[:_MOST_DESCRIBED], Problem("", f"… and {left_out:,} more"))


def _is_consequence(error: ErrorDetails) -> bool:
    """Whether a list is "too short" only because some members are invalid: pydantic counts the valid ones."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def path_text(place: Iterable[int | str]) -> str:
    """Write a place as in `admins[0].email`."""
    return "".join(map(_step, place)).lstrip(".")


def problem_of(error: ErrorDetails) -> Problem:
    """Convert one of pydantic's errors."""
    path = path_text(error["loc"])
    if error["type"] == "missing":
        return Problem(path, "is missing")
    if error["type"] == "json_invalid":  # for input of other systems: messages are parsed by strict_json first
        return Problem(path, "is no JSON")
    value = error["input"]
    if _lacks_offset(error):
        return Problem(path, "has no UTC offset", found=_json_type(value), value=_excerpt(value), remedy=f"{value}Z")
    return Problem(path, _clause(error), found=_json_type(value), value=_excerpt(value))


def _step(part: int | str) -> str:
    """One step of a path. A key that is no field's name may be data, and is not shown."""
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _FIELD_NAME.fullmatch(part) else '["…"]'


def _lacks_offset(error: ErrorDetails) -> bool:
    """Whether a timestamp lacks only its UTC offset: the most frequent mistake gets a sentence that helps."""
    if error["type"] != "string_pattern_mismatch" or error["ctx"]["pattern"] != TIMESTAMP_PATTERN:
        return False
    return re.match(TIMESTAMP_PATTERN, f"{error['input']}Z") is not None


def _clause(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            expected = EXPECTATIONS.get(context["pattern"], f"text that matches {context['pattern']}")
        case "string_too_short" | "too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {_counted(context['max_length'], 'character')}"
        case "too_long":
            return f"must have at most {_counted(context['max_length'], 'member')}"
        case "value_error":
            return str(context["error"])
        case kind:
            expected = _EXPECTED.get(kind) or error["msg"].removeprefix("Input should be ")
    return f"must be {expected}"


_EXPECTED = {
    "model_type": "an object",
    "dict_type": "an object",
    "list_type": "an array",
    "tuple_type": "an array",
    "string_type": "a string",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "time_delta_type": "an ISO 8601 duration, such as PT24H",
    "time_delta_parsing": "an ISO 8601 duration, such as PT24H",
}


def _json_type(value: object) -> str:  # noqa: PLR0911 one line a JSON type
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case "":
            return "an empty string"
        case str():
            return f"a string of {_counted(len(value), 'character')}"
        case list() | tuple():
            return f"an array of {len(value)}"
        case _:
            return "an object"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _excerpt(value: object) -> str:
    """The beginning of a value as JSON. No more of the value is read: it may be as large as its message."""
    if isinstance(value, str):
        value = value[: _LONGEST_VALUE + 1]
    text = ""
    for piece in json.JSONEncoder(default=str).iterencode(value):
        text += piece[: _LONGEST_VALUE + 1]
        if len(text) > _LONGEST_VALUE:
            return text[: _LONGEST_VALUE - 1] + "…"
    return text
