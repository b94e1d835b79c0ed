"""Redact error texts: remove the payload's values and whatever looks like personal data."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

_MAX_TEXT = 300
_MAX_INPUT = 2_000
"""Characters of a text that are searched; to search a mebibyte would take the time of the rest of the batch."""

_MIN_VALUE = 2
"""Characters: some names have two, and a single character reveals nothing."""

_MIN_DIGITS = 5
"""Digits of a number to redact: a phone number may be sent as a number; shorter ones are positions or amounts."""

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""UUIDs are kept: they help to find the fault, and identify a person only to those with access to the CRM."""

UNREDACTED_FIELDS = frozenset({"activity", "declineCode", "event", "format", "template"})
"""Payload fields that are kept: their values are this system's names, such as a template's, and help find a fault."""

_SYSTEM_NAME = re.compile("[a-z]+([_.][a-z]+)*")

_KEY = re.compile("[A-Za-z_][A-Za-z0-9_]*")
"""Field names. Any other key is redacted like a value: in an open object, such as an email's values, it may be data."""

_PERSONAL = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+)|(?P<url>https?://\S+)|(?P<phone>\+[0-9][0-9 ()-]{5,}[0-9])", re.ASCII
)

_AFTER_AN_ESCAPE = r"|(?<=\\.)|(?<=\\x..)|(?<=\\u.{4})|(?<=\\U.{8})|(?<=%[0-9A-Fa-f]{2})"
"""The letters and digits of an escape such as `\\n` or `%3D` do not belong to the word after it."""

_TO_THE_LAST_SPACE = re.compile(r".*(?=\s)", re.DOTALL)


def redact(text: str, body: str, also: Iterable[str] = ()) -> str:
    """Return the text on one line, without any value of the message's payload, cut to 300 characters.

    Args:
        text: for example an exception's message.
        body: the message's body; if it cannot be parsed, only what looks personal is removed.
        also: more values to remove.
    """
    encoders = _encoders(text)
    forms = {form: value for value in (*_payload_values(body), *also) for form in _forms(value, text, encoders)}
    text = _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", _without(forms, text))
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1] + "…"


def _without(forms: Mapping[str, str], text: str) -> str:
    """Remove forms of values from the searched part of the text; the rest of the text never moves up into it.

    Args:
        forms: each form to remove, with the value that it is a form of.
        text: the whole text.
    """
    spans: list[tuple[int, int]] = []

    def hide(match: re.Match[str]) -> str:
        spans.append(match.span())
        return "\0" * len(match[0])  # of equal length, so that all positions stay valid

    hidden = text[: _MAX_INPUT + max(map(len, forms), default=0)]
    for form in sorted(forms, key=len, reverse=True):
        # Search past the end, so that a value across it is found as a whole: half a name is personal too.
        end = _MAX_INPUT + len(form)
        hidden = re.sub(_whole(form, forms[form]), hide, hidden[:end]) + hidden[end:]
    kept, at = "", 0
    for start, end in sorted(spans):
        if start >= at:
            kept += text[at:start] + "[redacted]"
        at = max(at, end)
    return kept + _rest_to_word_end(text, at)


def _encoders(text: str) -> Sequence[Callable[[str], str]]:
    """The encodings in which a value may appear in the text, limited to those whose signs the text shows.

    Plain; a phone number with `00` or nothing for its plus; quoted by Python or JSON, or JSON within either; bytes;
    in a URL or a form; in HTML.
    """
    encoders: list[Callable[[str], str]] = [str, lambda value: value.removeprefix("+"), _with_zeros]
    if "\\" in text:
        python, as_json = (repr, ascii, _as_bytes), (json.dumps, partial(json.dumps, ensure_ascii=False))
        inner = [partial(_inside_quotes, encode) for encode in as_json]
        outer = [*inner, *(partial(_inside_quotes, encode, beside='"') for encode in python)]
        encoders += [*(partial(_inside_quotes, encode) for encode in python), *outer]
        encoders += [partial(_nested, outside, inside) for outside in outer for inside in inner]
    if "%" in text or "+" in text:
        from urllib.parse import quote, quote_plus

        encoders += [
            partial(encode, safe=safe, errors="replace") for encode in (quote, quote_plus) for safe in ("/", "")
        ]
    if "&" in text:
        from html import escape

        encoders += [escape, partial(escape, quote=False)]
    return encoders


def _inside_quotes(encode: Callable[[str], str], value: str, *, beside: str = "") -> str:
    """The encoded value without its quotes; with a quote `beside` it, Python escapes apostrophes."""
    return encode(beside + value)[1 + len(beside) : -1]


def _as_bytes(value: str) -> str:
    return repr(value.encode(errors="surrogatepass"))[1:]


def _nested(outside: Callable[[str], str], inside: Callable[[str], str], value: str) -> str:
    return outside(inside(value))


def _with_zeros(value: str) -> str:
    return f"00{value[1:]}" if value.startswith("+") else value


def _forms(value: str, text: str, encoders: Sequence[Callable[[str], str]]) -> Iterator[str]:
    """Forms of a value that begin in the searched part of the text."""
    if len(value) < _MIN_VALUE or _ID.fullmatch(value):
        return
    plain = value.isascii() and value.isalnum()  # no encoding changes it
    for form in (value,) if plain else {encode(value) for encode in encoders}:
        if len(form) >= _MIN_VALUE and text.find(form, 0, _MAX_INPUT + len(form)) >= 0:
            yield form


def _whole(form: str, value: str) -> str:
    """Pattern for a form that is no part of a longer word or number; scripts without spaces have no word boundaries."""
    if not value.isascii():
        return re.escape(form)
    before, after = (
        r"[^\W_]" if end.isdigit() else r"[^\W\d_]" if end.isalpha() else "" for end in (form[0], form[-1])
    )
    begins = f"(?:(?<!{before}){_AFTER_AN_ESCAPE})" if before else ""
    return f"{begins}{re.escape(form)}" + (f"(?!{after})" if after else "")


def _rest_to_word_end(text: str, at: int) -> str:
    """The searched text from a position on, cut at a space: half an email address would not be recognized as one."""
    rest = text[at:_MAX_INPUT]
    if len(text) <= _MAX_INPUT:
        return rest
    words = _TO_THE_LAST_SPACE.match(rest)
    return words[0] if words else "" if at else rest


def _payload_values(body: str) -> Iterator[str]:
    try:
        payload = json.loads(body)["payload"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if isinstance(payload, dict):
        payload = {name: value for name, value in payload.items() if not _is_system_name(name, value)}
    yield from strings_in(payload)


def strings_in(value: object) -> Iterator[str]:
    """All texts and long numbers in a JSON value, including keys that are not field names."""
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
        elif isinstance(node, int | float) and sum(map(str.isdigit, str(node))) >= _MIN_DIGITS:
            yield str(abs(node))


def _is_system_name(name: str, value: object) -> bool:
    return name in UNREDACTED_FIELDS and isinstance(value, str) and _SYSTEM_NAME.fullmatch(value) is not None
