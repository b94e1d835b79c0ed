"""Text of people and other systems, made safe to show in a subject, a mail or a text message."""

import re

_LINE_ENDS = re.compile("\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
"""What Python's `splitlines` and Unicode (UAX 14, BK, CR, LF, NL) take for the end of a line."""

_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc but for the line feed."""

_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Unicode's property Bidi_Control (UAX 9). They could show a text in another order than it has."""

_VISIBLE = re.compile(
    "[^\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Neither a blank nor of Unicode's property Default_Ignorable_Code_Point, which shows as nothing by itself."""


def one_line(text: str) -> str:
    """Return a text on one line, without control characters and single-spaced; empty where it shows nothing."""
    return _if_visible(" ".join(_CONTROLS.sub(" ", _BIDI_CONTROLS.sub("", text)).split()))


def lines(text: str) -> str:
    """Return a text without control characters, its lines ended by line feeds; empty where it shows nothing."""
    return _if_visible(_CONTROLS.sub(" ", _LINE_ENDS.sub("\n", _BIDI_CONTROLS.sub("", text))))


def _if_visible(text: str) -> str:
    return text if _VISIBLE.search(text) else ""
