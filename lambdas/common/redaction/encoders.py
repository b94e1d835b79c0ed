"""The encodings in which an error text may quote a value."""

import json
from collections.abc import Callable, Sequence
from functools import partial


def encoders_shown_by(text: str) -> Sequence[Callable[[str], str]]:
    """Return the encodings in which a value may appear in the text: those whose signs the text shows.

    Quoted by Python or JSON, or JSON within either; bytes; in a URL or a form; in HTML.
    """
    encoders: list[Callable[[str], str]] = []
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
