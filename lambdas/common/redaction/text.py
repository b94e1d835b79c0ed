"""Error texts without what they must not tell: whatever stood in the payload, and what looks personal."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

LONGEST_TEXT = 300
_LONGEST_INPUT = 2_000
"""Characters looked at: what is told has 300, and a search through a mebibyte would take its neighbours' time."""

_SHORTEST_VALUE = 2
"""Characters: there are names of two, and a single one tells nothing."""

_SHORTEST_NUMBER = 5
"""Digits: a telephone's number may come as one, and a short one says where or how much."""

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

_AFTER_AN_ESCAPE = r"|(?<=\\.)|(?<=\\x..)|(?<=\\u.{4})|(?<=\\U.{8})|(?<=%[0-9A-Fa-f]{2})"
"""The letters and digits of `\\n` or `%3D` are no part of the word behind it."""

_TO_THE_LAST_SPACE = re.compile(r".*(?=\s)", re.DOTALL)


def redacted(text: str, body: str, also: Iterable[str] = ()) -> str:
    """The text in one line, without any value of the message's payload, cut to 300 characters.

    Args:
        text: for example an exception's.
        body: the message's; where it cannot be read, only what looks personal is taken out.
        also: what else it must not tell.
    """
    writings = _writings(text)
    forms = {form: value for value in (*_payload_values(body), *also) for form in _forms(value, text, writings)}
    text = _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", _without(forms, text))
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _without(forms: Mapping[str, str], text: str) -> str:
    """As much of the text as is looked at, and nothing from behind it, however much is taken out.

    Args:
        forms: what is taken out, and which value each is a form of.
        text: the whole.
    """
    spans: list[tuple[int, int]] = []

    def hide(match: re.Match[str]) -> str:
        spans.append(match.span())
        return "\0" * len(match[0])  # as long as it was, so that all else stays where it is

    hidden = text[: _LONGEST_INPUT + max(map(len, forms), default=0)]
    for form in sorted(forms, key=len, reverse=True):
        # One that begins in what is looked at and ends behind it is seen as a whole: half a name is one too.
        end = _LONGEST_INPUT + len(form)
        hidden = re.sub(_whole(form, forms[form]), hide, hidden[:end]) + hidden[end:]
    kept, at = "", 0
    for start, end in sorted(spans):
        if start >= at:
            kept += text[at:start] + "[redacted]"
        at = max(at, end)
    return kept + _to_a_words_end(text, at)


def _writings(text: str) -> Sequence[Callable[[str], str]]:
    """How a value may stand in a text, as far as the text has the signs of it.

    As it is; a telephone's number with `00` or nothing for its plus; as Python or JSON quote it, as JSON within either,
    as bytes; in a URL or a form; in HTML.
    """
    writings: list[Callable[[str], str]] = [str, lambda value: value.removeprefix("+"), _with_zeros]
    if "\\" in text:
        python, as_json = (repr, ascii, _as_bytes), (json.dumps, partial(json.dumps, ensure_ascii=False))
        within = [partial(_in_quotes, write) for write in as_json]
        around = [*within, *(partial(_in_quotes, write, beside='"') for write in python)]
        writings += [*(partial(_in_quotes, write) for write in python), *around]
        writings += [partial(_twice, outer, inner) for outer in around for inner in within]
    if "%" in text or "+" in text:
        from urllib.parse import quote, quote_plus  # few texts have an address

        writings += [partial(write, safe=safe, errors="replace") for write in (quote, quote_plus) for safe in ("/", "")]
    if "&" in text:
        from html import escape

        writings += [escape, partial(escape, quote=False)]
    return writings


def _in_quotes(write: Callable[[str], str], value: str, *, beside: str = "") -> str:
    """What stands between the quotes; Python's are others, and an apostrophe is escaped, beside a quote."""
    return write(beside + value)[1 + len(beside) : -1]


def _as_bytes(value: str) -> str:
    return repr(value.encode(errors="surrogatepass"))[1:]


def _twice(outer: Callable[[str], str], inner: Callable[[str], str], value: str) -> str:
    return outer(inner(value))


def _with_zeros(value: str) -> str:
    return f"00{value[1:]}" if value.startswith("+") else value


def _forms(value: str, text: str, writings: Sequence[Callable[[str], str]]) -> Iterator[str]:
    """Those forms of a value that begin in what is looked at."""
    if len(value) < _SHORTEST_VALUE or _ID.fullmatch(value):
        return
    plain = value.isascii() and value.isalnum()  # there is one way to write it
    for form in (value,) if plain else {write(value) for write in writings}:
        if len(form) >= _SHORTEST_VALUE and text.find(form, 0, _LONGEST_INPUT + len(form)) >= 0:
            yield form


def _whole(form: str, value: str) -> str:
    """Matches a form of a value, but not inside a longer word or number; scripts without spaces know no such inside."""
    if not value.isascii():
        return re.escape(form)
    before, after = (
        r"[^\W_]" if end.isdigit() else r"[^\W\d_]" if end.isalpha() else "" for end in (form[0], form[-1])
    )
    begins = f"(?:(?<!{before}){_AFTER_AN_ESCAPE})" if before else ""
    return f"{begins}{re.escape(form)}" + (f"(?!{after})" if after else "")


def _to_a_words_end(text: str, at: int) -> str:
    """What is looked at from a place on: half an address would not look like one."""
    rest = text[at:_LONGEST_INPUT]
    if len(text) <= _LONGEST_INPUT:
        return rest
    words = _TO_THE_LAST_SPACE.match(rest)
    return words[0] if words else "" if at else rest


def _payload_values(body: str) -> Iterator[str]:
    try:
        payload = json.loads(body)["payload"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if isinstance(payload, dict):
        payload = {name: value for name, value in payload.items() if not _is_name_of_ours(name, value)}
    yield from strings_in(payload)


def strings_in(value: object) -> Iterator[str]:
    """All texts and long numbers in a value as JSON has it, keys that are no fields' names among them."""
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
        elif isinstance(node, int | float) and sum(map(str.isdigit, str(node))) >= _SHORTEST_NUMBER:
            yield str(abs(node))


def _is_name_of_ours(name: str, value: object) -> bool:
    return name in NAMES_OF_OURS and isinstance(value, str) and _NAME_OF_OURS.fullmatch(value) is not None
