"""Valid inputs with something wrong in them: by their structure where they are JSON, by their bytes where they are not.

All that happens follows from the `Random` that is given: hypothesis, libFuzzer and a seed give the same kind of inputs.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from tests.bad_input import IN_AN_UNKNOWN_FIELD

_BY_ITS_STRUCTURE = 0.9
_BROKEN = 0.15
_FROM_OTHERS = 0.08
_OTHERWISE = 0.5
"""Shares: most inputs are to get past the parser."""

_EDITS = (1, 1, 1, 1, 2, 2, 3, 5)
"""How many changes an input has, at random."""

_LONGEST = 20_000
"""Characters, beyond which nothing more is done to a text: the largest have tables of their own."""


class Raw(str):
    """A piece of JSON that is written as it stands, valid or not."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """An object whose members keep their order, and may come twice."""


_Place = tuple[Any, int]
"""An object or array, and a position in it."""


ODD_TEXT = (
    *("", " ", "\n", "\t", "\r\n", "\x00", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff"),
    *("\ufffe", "\uffff", "\ufffd", "\ud800", "\udfff", "\udc00\ud800"),
    *("\U0001f4a9", "e\u0301", "\u0661", "\U0010ffff"),
    *("<!channel>", "<@U1>", "<https://evil.test|here>", "&lt;", "```", "`", "*", "_", "~", "|", "{{7*7}}", "${x}"),
    *("<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%00", "%n%s", "a\r\nSet-Cookie: b=c", "aws."),
)
"""Whatever reorders, hides, ends or means something to somebody who reads it later."""

ODD_VALUES = (
    *("null", "true", "false", "0", "-0", "-0.0", "1", "-1", "1.0", "1.5", "1e0", "1E+2", "1e-400", "5e-324", "0.1e1"),
    *("9007199254740991", "-9007199254740991", "1e308", "8", "9", "32503679999", "32503680000", "2147483648"),
    *('""', '"1"', '" "', '"\\u0000"', '"\\ud83d\\udca9"', '"true"', '"2030-04-15T14:00:00Z"', '"\\u0661"', '"aws.x"'),
    *("[]", "[null]", "[[]]", "{}", '{"":null}', '{"a":{"b":[1]}}', '["a","a"]'),
)
"""Valid JSON, for a place that it is not meant for."""

BROKEN_VALUES = (
    *(text for text in IN_AN_UNKNOWN_FIELD.values() if len(text) < 10_000),
    *("9007199254740993", "-9007199254740992", "18446744073709551616", "1e309", "-1e309", "Infinity", "nan"),
    *("01", "+1", "1.", ".5", "0x1", "1e", "--1", "undefined", "'a'", "/**/1", "1//", ""),
    *('"\\ude00\\ud83d"', '"\\x41"', '"\\u12"', '"\t"', '"a'),
    *('{"a":1,"a":1}', "[1,]", '{"a":1,}', "{a:1}", "[1 2]", "]", "}"),
)
"""What only looks like JSON, or is JSON that others would change or refuse."""

ODD_KEYS = ("", "__proto__", "constructor", "company_id", "companyid", "ID", "id ", "type", "payload", "\u0000", "$ref")


def mutated(text: str, random: Random, others: Sequence[str]) -> str:
    """The text with one or more things changed.

    Args:
        text: mostly a valid one.
        random: decides.
        others: texts of its kind, of which parts may come in.
    """
    for _ in range(random.choice(_EDITS)):
        if len(text) <= _LONGEST:
            try:
                text = _edited(text, random, others)
            except RecursionError:  # what is nested so deep stays as it is: it is bad enough
                break
    return text


def _odd(random: Random) -> Raw:
    return Raw(random.choice(BROKEN_VALUES if random.random() < _BROKEN else ODD_VALUES))


def _edited(text: str, random: Random, others: Sequence[str]) -> str:
    if random.random() < _BY_ITS_STRUCTURE:
        with suppress(ValueError):
            return written(_restructured(_read(text), random, others), random)
    return random.choice(_BY_TEXT)(text, random, others)


def _read(text: str) -> Any:
    """Raises `ValueError` for what is no JSON."""
    return json.loads(text, object_pairs_hook=Members, parse_int=Raw, parse_float=Raw, parse_constant=Raw)


def _restructured(tree: Any, random: Random, others: Sequence[str]) -> Any:
    places = list(_places(tree))
    if not places:
        return _odd(random)
    place = random.choice(places)
    if random.random() < _FROM_OTHERS:
        _transplant(place, random, others)
    else:
        random.choice(_BY_STRUCTURE)(place, random, places)
    return tree


def _places(node: Any) -> Iterator[_Place]:
    """Every member and element, as what it stands in and where."""
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
    """The same key twice, or an element twice."""
    container, position = place
    twice = container[position]
    if isinstance(container, Members) and random.random() < _OTHERWISE:
        twice = (twice[0], _odd(random))
    container.insert(random.randint(0, len(container)), twice)


def _add(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    container, position = place
    value = _odd(random)
    container.insert(position, (random.choice(ODD_KEYS), value) if isinstance(container, Members) else value)


def _swap(place: _Place, random: Random, places: Sequence[_Place]) -> None:
    """Two values change places: each is of the wrong type, or of the wrong field."""
    other = random.choice(places)
    value, another = _value(place), _value(other)
    if not (isinstance(value, list) or isinstance(another, list)):  # or one could come to stand within itself
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
        _put(place, (value or "x") * min(times, max(1, _LONGEST // max(1, len(value)))))


def _nest(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    value = _value(place)
    for _level in range(random.choice([1, 2, 60, 62, 63, 64, 65, 120])):
        value = [value] if random.random() < _OTHERWISE else Members([("a", value)])
    _put(place, value)


def _disguise(place: _Place, random: Random, _: Sequence[_Place]) -> None:
    """A string with something odd in it."""
    value = _value(place)
    if isinstance(value, str) and not isinstance(value, Raw):
        at = random.randint(0, len(value))
        _put(place, value[:at] + random.choice(ODD_TEXT) + value[at:])


def _transplant(place: _Place, random: Random, others: Sequence[str]) -> None:
    """A value of another text in the place of one of this."""
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
    begin = random.randint(0, len(text))
    return text[:begin] + text[begin + random.choice([1, 2, 8, 64, len(text)]) :]


def _repeat(text: str, random: Random, _: Sequence[str]) -> str:
    begin = random.randint(0, len(text))
    part = text[begin : begin + random.choice([1, 2, 8, 64])]
    return text[:begin] + part * random.choice([2, 3, 65]) + text[begin:]


def _change(text: str, random: Random, _: Sequence[str]) -> str:
    at = random.randint(0, len(text))
    return text[:at] + chr(random.choice([random.randrange(128), random.randrange(0x110000)])) + text[at + 1 :]


def _cross(text: str, random: Random, others: Sequence[str]) -> str:
    other = random.choice(others)
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


_BY_TEXT = (_insert, _insert, _cut, _repeat, _change, _cross)

_SPACES = ("", "", "", " ", "\n", "\t", "\r\n", "  ")


def written(node: Any, random: Random) -> str:
    """JSON of a tree, its strings and white space in one of the ways that JSON has."""
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
