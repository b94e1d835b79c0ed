"""Mutate valid inputs: by structure where they are JSON, else by characters.

The given `Random` decides everything, so that hypothesis, libFuzzer and a seed all produce the same kind of inputs.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from tests.bad_input import IN_AN_UNKNOWN_FIELD

_STRUCTURAL_SHARE = 0.9
_BROKEN_SHARE = 0.15
_TRANSPLANT_SHARE = 0.08
_HALF = 0.5
"""Probabilities, chosen so that most inputs pass the parser."""

_EDITS = (1, 1, 1, 1, 2, 2, 3, 5)
"""Numbers of changes per input; one is chosen at random."""

_MAX_LENGTH = 20_000
"""Maximum characters of a text that is changed further; `tests/bad_input.py` has the largest inputs."""


class Raw(str):
    """A piece of JSON that is written unchanged, valid or not."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """An object with ordered members and possibly duplicate names."""


_Place = tuple[Any, int]
"""An object or array, and a position in it."""


ODD_TEXT = (
    *("", " ", "\n", "\t", "\r\n", "\x00", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff"),
    *("\ufffe", "\uffff", "\ufffd", "\ud800", "\udfff", "\udc00\ud800"),
    *("\U0001f4a9", "e\u0301", "\u0661", "\U0010ffff"),
    *("<!channel>", "<@U1>", "<https://evil.test|here>", "&lt;", "```", "`", "*", "_", "~", "|", "{{7*7}}", "${x}"),
    *("<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%00", "%n%s", "a\r\nSet-Cookie: b=c", "aws."),
)
"""Texts that reorder, hide or end something, or have a meaning for a later reader."""

ODD_VALUES = (
    *("null", "true", "false", "0", "-0", "-0.0", "1", "-1", "1.0", "1.5", "1e0", "1E+2", "1e-400", "5e-324", "0.1e1"),
    *("9007199254740991", "-9007199254740991", "1e308", "8", "9", "32503679999", "32503680000", "2147483648"),
    *('""', '"1"', '" "', '"\\u0000"', '"\\ud83d\\udca9"', '"true"', '"2030-04-15T14:00:00Z"', '"\\u0661"', '"aws.x"'),
    *("[]", "[null]", "[[]]", "{}", '{"":null}', '{"a":{"b":[1]}}', '["a","a"]'),
)
"""Valid JSON values for places where they are unexpected."""

BROKEN_VALUES = (
    *(text for text in IN_AN_UNKNOWN_FIELD.values() if len(text) < 10_000),
    *("9007199254740993", "-9007199254740992", "18446744073709551616", "1e309", "-1e309", "Infinity", "nan"),
    *("01", "+1", "1.", ".5", "0x1", "1e", "--1", "undefined", "'a'", "/**/1", "1//", ""),
    *('"\\ude00\\ud83d"', '"\\x41"', '"\\u12"', '"\t"', '"a'),
    *('{"a":1,"a":1}', "[1,]", '{"a":1,}', "{a:1}", "[1 2]", "]", "}"),
)
"""Values that only look like JSON, or JSON that other readers would change or refuse."""

ODD_KEYS = ("", "__proto__", "constructor", "company_id", "companyid", "ID", "id ", "type", "payload", "\u0000", "$ref")


def mutated(text: str, random: Random, others: Sequence[str]) -> str:
    """Return the text with one or more changes.

    Args:
        text: usually a valid input.
        random: source of randomness.
        others: texts of the same kind, from which parts may be copied.
    """
    for _ in range(random.choice(_EDITS)):
        if len(text) <= _MAX_LENGTH:
            try:
                text = _edited(text, random, others)
            except RecursionError:  # nested too deeply to change further
                break
    return text


def _odd(random: Random) -> Raw:
    return Raw(random.choice(BROKEN_VALUES if random.random() < _BROKEN_SHARE else ODD_VALUES))


def _edited(text: str, random: Random, others: Sequence[str]) -> str:
    if random.random() < _STRUCTURAL_SHARE:
        with suppress(ValueError):
            return written(_restructured(_read(text), random, others), random)
    return random.choice(_BY_TEXT)(text, random, others)


def _read(text: str) -> Any:
    """Parse JSON; raises `ValueError` for other text."""
    return json.loads(text, object_pairs_hook=Members, parse_int=Raw, parse_float=Raw, parse_constant=Raw)


def _restructured(tree: Any, random: Random, others: Sequence[str]) -> Any:
    places = list(_places(tree))
    if not places:
        return _odd(random)
    place = random.choice(places)
    if random.random() < _TRANSPLANT_SHARE:
        _transplant(place, random, others)
    else:
        random.choice(_BY_STRUCTURE)(place, random, places)
    return tree


def _places(node: Any) -> Iterator[_Place]:
    """Return all members and elements as pairs of container and position."""
    nodes = [node]
    while nodes:
        container = nodes.pop()
        if isinstance(container, list):
            for position in range(len(container)):
                yield container, position
                nodes.append(_value((container, position)))


def _value(place: _Place) -> Any:
    container, position = place
    return container[position][1] if isinstance(container, Members) else container[position]


def _put(place: _Place, value: Any) -> None:
    container, position = place
    container[position] = (container[position][0], value) if isinstance(container, Members) else value


def _drop(place: _Place, *_: Any) -> None:
    container, position = place
    del container[position]


def _replace(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    _put(place, _odd(random))


def _double(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    """Duplicate a key or an element."""
    container, position = place
    twice = container[position]
    if isinstance(container, Members) and random.random() < _HALF:
        twice = (twice[0], _odd(random))
    container.insert(random.randint(0, len(container)), twice)


def _add(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    container, position = place
    value = _odd(random)
    container.insert(position, (random.choice(ODD_KEYS), value) if isinstance(container, Members) else value)


def _swap(place: _Place, random: Random, places: Sequence[_Place]) -> None:
    """Swap two values, so that each is in the wrong place."""
    other = random.choice(places)
    value, another = _value(place), _value(other)
    if not (isinstance(value, list) or isinstance(another, list)):  # else a container could contain itself
        _put(place, another)
        _put(other, value)


def _rename(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    container, position = place
    if isinstance(container, Members):
        key, value = container[position]
        container[position] = (random.choice([key.upper(), f"{key} ", key[:-1], *ODD_KEYS]), value)


def _stretch(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    value, times = _value(place), random.choice([2, 11, 51, 129, 400])
    if isinstance(value, Members):
        value.extend((f"{key}{number}", inner) for number in range(min(times, 20)) for key, inner in value[:1])
    elif isinstance(value, list):
        value.extend(value[:1] * min(times, 51))
    elif isinstance(value, Raw):
        _put(place, Raw(value + random.choice("0919.eE-") * times))
    elif isinstance(value, str):
        _put(place, (value or "x") * min(times, max(1, _MAX_LENGTH // max(1, len(value)))))


def _nest(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    value = _value(place)
    for _level in range(random.choice([1, 2, 60, 62, 63, 64, 65, 120])):
        value = [value] if random.random() < _HALF else Members([("a", value)])
    _put(place, value)


def _disguise(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    """Insert an odd text into a string."""
    value = _value(place)
    if isinstance(value, str) and not isinstance(value, Raw):
        at = random.randint(0, len(value))
        _put(place, value[:at] + random.choice(ODD_TEXT) + value[at:])


def _transplant(place: _Place, random: Random, others: Sequence[str]) -> None:
    """Replace a value by one of another text."""
    with suppress(ValueError):
        there = list(_places(_read(random.choice(others))))
        if there:
            _put(place, _value(random.choice(there)))


_Edit = Callable[[_Place, Random, Sequence[_Place]], None]
_BY_STRUCTURE: tuple[_Edit, ...] = (
    *(_drop, _replace, _replace, _double, _add, _swap, _rename, _stretch, _nest, _disguise, _disguise),
)


def _insert(text: str, random: Random, _: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice([*ODD_TEXT, *ODD_VALUES, *BROKEN_VALUES]) + text[at:]


def _cut(text: str, random: Random, _: Sequence[str]) -> str:
    start = random.randint(0, len(text))
    return text[:start] + text[start + random.choice([1, 2, 8, 64, len(text)]) :]


def _repeat(text: str, random: Random, _: Sequence[str]) -> str:
    start = random.randint(0, len(text))
    part = text[start : start + random.choice([1, 2, 8, 64])]
    return text[:start] + part * random.choice([2, 3, 65]) + text[start:]


def _change(text: str, random: Random, _: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + chr(random.choice([random.randrange(128), random.randrange(0x110000)])) + text[at + 1 :]


def _cross(text: str, random: Random, others: Sequence[str]) -> str:
    other = random.choice(others)
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


_BY_TEXT = (_insert, _insert, _cut, _repeat, _change, _cross)

_SPACES = ("", "", "", " ", "\n", "\t", "\r\n", "  ")


def written(node: Any, random: Random) -> str:
    """Write a tree as JSON, with random escapes and white space."""
    escaped, space = random.random() < 0.5, random.choice(_SPACES)
    return space + _written(node, escaped, space)


def _written(node: Any, escaped: bool, space: str) -> str:
    match node:
        case Raw():
            return node
        case Members():
            members = (f"{json.dumps(key)}:{space}{_written(value, escaped, space)}" for key, value in node)
            return "{" + f",{space}".join(members) + "}"
        case list():
            return "[" + f",{space}".join(_written(each, escaped, space) for each in node) + "]"
        case _:
            return json.dumps(node, ensure_ascii=escaped)
