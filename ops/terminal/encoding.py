"""Output in a terminal or a pipe whose encoding lacks characters that are printed."""

import codecs
import sys
from io import TextIOWrapper

_SUBSTITUTES = (
    {
        "✓": "+",
        "✗": "x",
        "→": ">",
        "←": "<",
        "○": "o",
        "◉": "@",
        "↻": "~",
        "↺": "<",
        "⟲": "&",
        "⟳": "$",
        "⌫": "#",
        "‖": "|",
        "▸": "*",
        "▹": "^",
        "☑": "%",
        "⊘": "/",
        "⊖": "_",
        "█": "#",
        "▏": "|",
        "▲": "^",
        "…": "...",
        "×": "x",  # noqa: RUF001 the multiplication sign itself
        "·": "-",
        "–": "-",
        "—": "--",
        "“": '"',
        "”": '"',
        "’": "'",
        "🚨": "!!",
        "🔴": "!!",
        "🟠": "! ",
        "🟢": "ok",
        "🔵": "i ",
        "⚪": "- ",
    }
    | dict.fromkeys("─━╌╴╶═", "-")
    | dict.fromkeys("│┃╎║", "|")
)
"""ASCII for the symbols of our output: as wide where they stand in tables, and different where they are marks."""

_LINES = range(0x2500, 0x2580)
"""Unicode's block "Box Drawing": corners and crossings that are not listed above."""

_SPINNER = range(0x2800, 0x2900)
"""Unicode's block "Braille Patterns", of which spinners consist."""

_ERRORS = "taly-substitute"


def substitute_unencodable() -> None:
    """Let both output streams print a substitute for what their encoding lacks, instead of failing or confusing marks.

    An encoding such as ASCII or CP1252 is set by the locale or by PYTHONIOENCODING. Letters become question marks.
    """
    codecs.register_error(_ERRORS, _substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None where the parent process closed it
            stream.reconfigure(errors=_ERRORS)


def _substitute(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    other = "+" if ord(character) in _LINES else "*" if ord(character) in _SPINNER else "?"
    return _SUBSTITUTES.get(character, other)
