"""What is wrong with a message, in sentences: where, what was found, what was expected.

A sentence never shows a value of the message unless it is asked to: sentences go into logs and
dead letters, and values may be personal.
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


class Problem(NamedTuple):
    """One thing that is wrong at one place."""

    path: str
    """Where, as in `payload.customer.email`; empty for the message as a whole."""

    clause: str
    """What belongs there, or what is wrong: "must be a string", "is missing"."""

    found: str = ""
    """What kind of thing is there, without its value."""

    value: str = ""
    """The value as JSON, cut: for the one who sent it, not for logs."""

    remedy: str = ""
    """What to write instead, made of the value: likewise."""

    def sentence(self, *, reveal: bool = False) -> str:
        """The problem in words; `reveal` shows the value that was found, and what to write instead."""
        if reveal and self.remedy:
            clause = f"{self.value} {self.clause}; write {self.remedy}"
        else:
            found = self.value if reveal and self.value else self.found
            clause = f"{self.clause}, found {found}" if found else self.clause
        return f"{self.path}: {clause}" if self.path else clause


class Refusal(NamedTuple):
    """Why a text is no message, or not one for the function that got it."""

    reason: Reason
    problems: tuple[Problem, ...]

    def sentence(self, *, reveal: bool = False) -> str:
        """All problems in words."""
        return sentence(self.problems, reveal=reveal)


def sentence(problems: Iterable[Problem], *, reveal: bool = False) -> str:
    """Problems in words, one after the other."""
    return "; ".join(problem.sentence(reveal=reveal) for problem in problems)


def refusal(reason: Reason, clause: str, *, path: str = "") -> Refusal:
    """A refusal for one problem."""
    return Refusal(reason, (Problem(path, clause),))


def from_validation(error: ValidationError) -> tuple[Problem, ...]:
    """The problems that pydantic found, in the order of the fields."""
    return tuple(_problem(details) for details in error.errors(include_url=False) if not _is_told_within(details))


def _is_told_within(error: ErrorDetails) -> bool:
    """A list whose members are at fault is too short for pydantic, which counts the good ones alone."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _problem(error: ErrorDetails) -> Problem:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    if error["type"] == "missing":
        return Problem(path, "is missing")
    if error["type"] == "json_invalid":  # of others: our own messages are read strictly before
        return Problem(path, "is no JSON")
    value = error["input"]
    if _lacks_offset(error):
        return Problem(path, "has no UTC offset", found=_kind(value), value=_shown(value), remedy=f"{value}Z")
    return Problem(path, _clause(error), found=_kind(value), value=_shown(value))


def _lacks_offset(error: ErrorDetails) -> bool:
    """The commonest fault of all with times; it deserves its own words."""
    if error["type"] != "string_pattern_mismatch" or error["ctx"]["pattern"] != TIMESTAMP_PATTERN:
        return False
    return re.search(TIMESTAMP_PATTERN, f"{error['input']}Z") is not None


def _clause(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            expected = EXPECTATIONS.get(context["pattern"], f"text that matches {context['pattern']}")
        case "string_too_short" | "too_short" if context["min_length"] == 1:
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_long":
            return f"must have at most {context['max_length']} members"
        case "value_error":
            return str(context["error"])
        case kind:
            expected = _KINDS.get(kind) or error["msg"].removeprefix("Input should be ")
    return f"must be {expected}"


_KINDS = {
    "model_type": "an object",
    "dict_type": "an object",
    "list_type": "an array",
    "tuple_type": "an array",
    "string_type": "a string",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "time_delta_parsing": "an ISO 8601 duration, such as PT24H",
}


def _kind(value: object) -> str:  # noqa: PLR0911 one line a JSON type
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
            return f"a string of {len(value)} characters"
        case list() | tuple():
            return f"an array of {len(value)}"
        case _:
            return "an object"


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
