"""Redact error texts: remove the payload's values and whatever looks like personal data.

The work is bounded whatever text and payload are: a text that would take too many comparisons is hidden as a whole.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from lambdas.common.redaction.encoders import encoders_shown_by
from schemas.wire import CONSTANTS, EXPECTATIONS

_MAX_TEXT = 300
_MAX_INPUT = 2_000
"""Characters of a text that are searched, and of a value that are compared.

Where the text has so many of a value's characters, they reach the end of the searched part.
"""

_MAX_PIECE = 16
"""Characters: whether a form of a value begins in the text is looked up by its first ones."""

_MAX_ENCODED = 100_000
_MAX_COMPARISONS = 200_000
"""Bounds of the work: characters of values to encode, and comparisons of a form at a place."""

_MIN_VALUE = 2
"""Characters: some names have two, and a single character reveals nothing."""

_MIN_DIGITS = 5
"""Digits of a number to redact: a phone number may be sent as a number; shorter ones are positions or amounts."""

_LONG = 10 ** (_MIN_DIGITS - 1)

_REDACTED = "[redacted]"

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""UUIDs are kept: they help to find the fault, and identify a person only to those with access to the CRM."""

UNREDACTED_FIELDS = frozenset(
    {"activity", "channel", "declineCode", "event", "format", "kind", "status", "suppression", "template"}
)
"""Payload fields that are kept: their values are this system's names, such as a template's, and help find a fault."""

_SYSTEM_NAME = re.compile("[a-z]+([_.][a-z]+)*")

_KEY = re.compile("[A-Za-z_][A-Za-z0-9_]*")
"""Field names. Any other key is redacted like a value: in an open object, such as an email's values, it may be data."""

_PERSONAL = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+)|(?P<url>https?://\S+)|(?P<phone>\+[0-9][0-9 ()-]{5,}[0-9])", re.ASCII
)

_ESCAPE = re.compile(r"(?<=\\.)|(?<=\\x..)|(?<=\\u.{4})|(?<=\\U.{8})|(?<=%[0-9A-Fa-f]{2})")
"""The end of an escape such as `\\n` or `%3D`: its letters and digits do not belong to the word after it."""

_UNENCODED = re.compile("[A-Za-z0-9]{0,8}")
"""The beginning of a value that no encoding changes."""

_TO_THE_LAST_SPACE = re.compile(r".*(?=\s)", re.DOTALL)


def redact(text: str, body: str, also: Iterable[str] = ()) -> str:
    """Return the text on one line, without any value of the message's payload, cut to 300 characters.

    The constant words of our own sentences (`schemas.wire.constant`) are kept, whatever the payload contains.

    Args:
        text: for example an exception's message.
        body: the message's body; if it cannot be parsed, only what looks personal is removed.
        also: more values to remove.
    """
    try:
        text = _without({*_payload_values(body), *also}, text)
    except _TooMuchToCompareError:
        return _REDACTED
    # `split` by a pattern with one group returns the texts between its matches and the matches in turn.
    parts = [
        part if number % 2 else _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", part)
        for number, part in enumerate(_constants().split(text))
    ]
    return one_line("".join(parts))


def one_line(text: str) -> str:
    """Return a text on one line, cut to 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1] + "…"


class _TooMuchToCompareError(Exception):
    """To find all values in the text would take too long."""


def _constants() -> re.Pattern[str]:
    """The pattern of our own constant words, where no longer word or address goes on."""
    return _pattern(frozenset({*EXPECTATIONS.values(), *CONSTANTS}))


@cache
def _pattern(constants: frozenset[str]) -> re.Pattern[str]:
    words = "|".join(re.escape(words) for words in sorted(constants, key=len, reverse=True))
    return re.compile(rf"(?<!\w)((?:must be )?(?:{words})(?:{_FOUND})?)(?![\w@/?#&=%+-]|\.\w)")


_FOUND = ", found (?:null|an? (?:boolean|number|object|empty string|string of [0-9]+ characters?|array of [0-9]+))"
"""What `schemas.problems` says of the value: its kind and length."""


def _without(values: Iterable[str], text: str) -> str:
    """Remove values from the searched part of the text; the rest of the text never moves up into it."""
    near = text[: 2 * _MAX_INPUT + 1]  # a value across the end is found as a whole: half a name is personal too
    hidden = _hidden(near, _forms(values, _Beginnings(near)))
    kept, at = "", 0
    for run in re.finditer(b"\1+", hidden[: _MAX_INPUT + 1]):
        kept += text[at : run.start()] + _REDACTED
        at = run.end()
    return kept + _rest_to_word_end(text, at)


class _Beginnings:
    """Tells which short strings begin in the searched part of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: dict[int, frozenset[str]] = {}

    def have(self, form: str) -> bool:
        """Whether a form begins in the searched part; a long one is found by its beginning."""
        length = min(len(form), _MAX_PIECE)
        pieces = self._pieces.get(length)
        if pieces is None:
            starts = range(min(len(self.text), _MAX_INPUT + 1))
            pieces = self._pieces[length] = frozenset(self.text[start : start + length] for start in starts)
        if len(form) == length:
            return form in pieces
        return form[:length] in pieces and self.text.find(form, 0, _MAX_INPUT + len(form)) >= 0


def _forms(values: Iterable[str], beginnings: _Beginnings) -> Mapping[str, bool]:
    """Return the forms of values that begin in the searched part, and whether each may be part of a longer word.

    Raises:
        _TooMuchToCompareError: there are too many values to encode.
    """
    found: dict[str, bool] = {}
    encoders = encoders_shown_by(beginnings.text)
    encoded = 0
    for whole in values:
        if len(whole) < _MIN_VALUE:
            continue
        value = whole[:_MAX_INPUT]
        forms = {value}
        if not (value.isascii() and value.isalnum()):  # else no encoding changes it
            if value[0] == "+":
                forms |= {value[1:], f"00{value[1:]}"}
            if encoders and ((head := _UNENCODED.match(value)) is None or beginnings.have(head[0])):
                encoded += _MAX_PIECE + len(value)
                if encoded > _MAX_ENCODED:
                    raise _TooMuchToCompareError
                forms |= {encode(value) for encode in encoders}
        for form in forms:
            begin = form[:_MAX_INPUT]
            if len(begin) >= _MIN_VALUE and beginnings.have(begin) and not _ID.fullmatch(whole):
                # Scripts without spaces have no word boundaries, and a beginning no end.
                is_cut = len(whole) > _MAX_INPUT or len(form) > _MAX_INPUT
                found[begin] = found.get(begin, False) or is_cut or not value.isascii()
    return found


def _hidden(text: str, forms: Mapping[str, bool]) -> bytearray:
    """Return a byte for each character: 1 where a form is found that is no part of a longer word or number.

    Raises:
        _TooMuchToCompareError: too many forms begin alike.
    """
    hidden = bytearray(len(text) + 1)
    if not forms:
        return hidden
    alike = _by_beginning(forms)
    anywhere = _by_beginning(form for form in forms if forms[form])
    own_until = _ends_of_constants(text)
    compared, has_changed = 0, True
    while has_changed:  # what is hidden ends the words beside it
        has_changed = False
        for start in range(min(len(text), _MAX_INPUT + 1)):
            begins = hidden[start - 1] or _begins_word(text, start)
            candidates = (alike if begins else anywhere).get(text[start : start + _MIN_VALUE], ())
            compared += len(candidates)
            if compared > _MAX_COMPARISONS:
                raise _TooMuchToCompareError
            for form in candidates:
                end = start + len(form)
                if not text.startswith(form, start) or end <= own_until.get(start, 0):
                    continue
                if forms[form] or hidden[end] or _ends_word(text, end):
                    has_changed = has_changed or 0 in hidden[start:end]
                    hidden[start:end] = b"\1" * len(form)
                    break  # the others are shorter
    return hidden


def _by_beginning(forms: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Group forms by their first characters, the longest first."""
    groups: dict[str, list[str]] = {}
    for form in sorted(forms, key=len, reverse=True):
        groups.setdefault(form[:_MIN_VALUE], []).append(form)
    return groups


def _ends_of_constants(text: str) -> Mapping[int, int]:
    """Return, for each position in one of our own constant words, where the words end."""
    words = _constants().finditer(text)
    return {at: found.end() for found in words for at in range(found.start(), found.end())}


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not _joined(text[at], text[at - 1]) or _ESCAPE.match(text, at) is not None


def _ends_word(text: str, at: int) -> bool:
    return at == len(text) or not _joined(text[at - 1], text[at])


def _joined(character: str, neighbour: str) -> bool:
    """Whether two characters belong to one word or number; a digit after a name does not."""
    if character.isdigit():
        return neighbour.isalnum()
    return character.isalpha() and neighbour.isalnum() and not neighbour.isdecimal()


def _rest_to_word_end(text: str, at: int) -> str:
    """The searched text from a position on, cut at a space: half an email address would not be recognized as one."""
    rest = text[at:_MAX_INPUT]
    if len(text) <= _MAX_INPUT:
        return rest
    words = _TO_THE_LAST_SPACE.match(rest)
    return words[0] if words else "" if at else rest


def _payload_values(body: str) -> Iterator[str]:
    try:
        payload = _parsed(body)["payload"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if isinstance(payload, dict):
        payload = {name: value for name, value in payload.items() if not _is_system_name(name, value)}
    yield from strings_in(payload)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python reads no integer of more than 4,300 digits, which an unknown field may have
        return json.loads(body, parse_int=lambda digits: digits.lstrip("-"))


def strings_in(value: object) -> Iterator[str]:
    """All texts and long numbers in a JSON value, including keys that are not field names."""
    nodes = [value]
    floats: set[float] = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, int):
            if abs(node) >= _LONG:
                yield str(abs(node))
        elif isinstance(node, float):
            floats.add(abs(node))
        elif isinstance(node, dict):
            nodes.extend(node.values())
            yield from (key for key in node if not _KEY.fullmatch(key))
        elif isinstance(node, list | tuple):
            nodes.extend(node)
    yield from (text for text in map(str, floats) if sum(map(str.isdigit, text)) >= _MIN_DIGITS)


def _is_system_name(name: str, value: object) -> bool:
    return name in UNREDACTED_FIELDS and isinstance(value, str) and _SYSTEM_NAME.fullmatch(value) is not None
