"""Parse JSON that all languages and AWS read alike (I-JSON, RFC 7493), or say in a sentence why a text is not."""

import json
import math
from typing import Any, Never

from schemas.wire import MAX_SAFE_INTEGER

MAX_NESTING = 64
"""Maximum depth of nested arrays and objects; the outermost counts as 1."""


class NotStrictJsonError(ValueError):
    """The text is not JSON, or is JSON that other readers would change or refuse."""


def loads(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotStrictJsonError: the text is not one JSON document, or has duplicate keys, non-finite numbers, integers
            beyond ±(2^53 - 1), lone surrogates, or more than 64 levels. The sentence gives places but no values.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")  # some of Python's messages end like that
        raise NotStrictJsonError(f"not JSON: {what} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotStrictJsonError(_TOO_DEEP) from None
    if text.count("{") + text.count("[") > MAX_NESTING and _is_too_deep(value):
        raise NotStrictJsonError(_TOO_DEEP)
    if "\\u" in text:  # only an escape can make a lone surrogate: SQS refuses the character
        _refuse_lone_surrogates(value)
    return value


_MAX_DIGITS = len(str(MAX_SAFE_INTEGER))
_CONTAINERS = frozenset({dict, list})
_TOO_DEEP = f"nested more than {MAX_NESTING} levels deep"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for number, (key, _) in enumerate(pairs, start=1):
            if key in seen:
                raise NotStrictJsonError(f"an object has the same key twice (its member number {number})")
            seen.add(key)
    return members


def _integer(digits: str) -> int:
    if len(digits) < _MAX_DIGITS:
        return int(digits)
    if len(digits) > _MAX_DIGITS + 1 or abs(value := int(digits)) > MAX_SAFE_INTEGER:
        raise NotStrictJsonError("an integer is beyond ±(2^53 - 1); send it as a string")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotStrictJsonError("a number is too large for a double; send it as a string")
    return value


def _constant(name: str) -> Never:
    raise NotStrictJsonError(f"{name} is not JSON; leave the field out or send null")


def _is_too_deep(value: object) -> bool:
    depth = 0
    containers: list[Any] = [value] if type(value) in _CONTAINERS else []
    while containers and depth <= MAX_NESTING:
        depth += 1
        containers = [
            child
            for container in containers
            for child in (container.values() if type(container) is dict else container)
            if type(child) in _CONTAINERS
        ]
    return depth > MAX_NESTING


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotStrictJsonError(
            "a string has half a surrogate pair (an escape from \\ud800 to \\udfff alone)"
        ) from None
