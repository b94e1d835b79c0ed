"""Error texts without what they must not tell: whatever stood in the payload, and what looks personal."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

LONGEST_TEXT = 300
_LONGEST_INPUT = 2_000
"""Characters looked at: what is told has 300, and a search through a mebibyte would take its neighbours' time."""

_SHORTEST_VALUE = 2
"""Characters: there are names of two, and a single one tells nothing."""

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Leads to the fault, and to a person only who may ask the CRM."""

NAMES_OF_OURS = frozenset({"activity", "declineCode", "event", "format", "template"})
"""Fields of payloads whose values lead to the fault: names that are the same for all, such as a template's."""

_NAME_OF_OURS = re.compile("[a-z]+([_.][a-z]+)*")

_KEY = re.compile("[A-Za-z_][A-Za-z0-9_]*")
"""How fields are named; where a payload may have any, such as in a mail's values, another key may be somebody's."""

_PERSONAL = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+)|(?P<url>https?://\S+)|(?P<phone>\+[0-9][0-9 ()-]{5,}[0-9])", re.ASCII
)


def redacted(text: str, body: str, also: Iterable[str] = ()) -> str:
    """The text in one line, without any value of the message's payload, cut to 300 characters.

    Args:
        text: for example an exception's.
        body: the message's; where it cannot be read, only what looks personal is taken out.
        also: what else it must not tell.
    """
    writings = _writings(text)
    values = {form for value in (*_payload_values(body), *also) for form in _forms(value, text, writings)}
    for value in sorted(values, key=len, reverse=True):
        # One that begins in what is looked at and ends behind it is seen as a whole: half a name is one too.
        text = re.sub(_whole(value), "[redacted]", text[: _LONGEST_INPUT + len(value)])
    text = _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", _to_a_words_end(text))
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _writings(text: str) -> Sequence[Callable[[str], str]]:
    """How a value may stand in a text: as it is, as Python or JSON does, as in a URL, without a number's plus."""
    writings: list[Callable[[str], str]] = [str, lambda value: value.removeprefix("+")]
    if "\\" in text:
        quoted = (repr, ascii, json.dumps, partial(json.dumps, ensure_ascii=False))
        writings += [partial(_without_quotes, write) for write in quoted]
    if "%" in text:
        from urllib.parse import quote  # noqa: PLC0415 few texts have an address

        writings += [partial(quote, errors="replace"), partial(quote, safe="", errors="replace")]
    return writings


def _without_quotes(write: Callable[[str], str], value: str) -> str:
    return write(value)[1:-1]


def _forms(value: str, text: str, writings: Sequence[Callable[[str], str]]) -> Iterator[str]:
    """Those forms of a value that begin in what is looked at."""
    if len(value) < _SHORTEST_VALUE or _ID.fullmatch(value):
        return
    plain = value.isascii() and value.isalnum()  # there is one way to write it
    for form in (value,) if plain else {write(value) for write in writings}:
        if form and text.find(form, 0, _LONGEST_INPUT + len(form)) >= 0:
            yield form


def _whole(value: str) -> str:
    """Matches a value, but not inside a longer word or number; scripts without spaces know no such inside."""
    if not value.isascii():
        return re.escape(value)
    before, after = (r"[^\W_]" if end.isdigit() else r"[^\W\d_]" for end in (value[0], value[-1]))
    return f"(?<!{before}){re.escape(value)}(?!{after})"


def _to_a_words_end(text: str) -> str:
    """As much as is looked at: half an address would not look like one."""
    return text if len(text) <= _LONGEST_INPUT else text[:_LONGEST_INPUT].rsplit(None, 1)[0]


def _payload_values(body: str) -> Iterator[str]:
    try:
        payload = json.loads(body)["payload"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if isinstance(payload, dict):
        payload = {name: value for name, value in payload.items() if not _is_name_of_ours(name, value)}
    yield from strings_in(payload)


def strings_in(value: object) -> Iterator[str]:
    """All texts in a value as JSON has it, keys that are no fields' names among them."""
    nodes = [value]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes.extend(node.values())
            yield from (key for key in node if not _KEY.fullmatch(key))
        elif isinstance(node, list | tuple):
            nodes.extend(node)
        elif isinstance(node, str):
            yield node


def _is_name_of_ours(name: str, value: object) -> bool:
    return name in NAMES_OF_OURS and isinstance(value, str) and _NAME_OF_OURS.fullmatch(value) is not None
