"""A redacted excerpt of a text of unknown form: its structure, and none of its values."""

import re

from lambdas.common.redaction.text import redact

_MAX_INPUT = 2_000
"""Characters of a text that are read; an excerpt is shorter."""

_NAMES = "type|source|version|service|subject|reason|fingerprint|AlarmName|NewStateValue|OldStateValue"
"""Fields of alerts and alarms whose values are this system's names."""

_VALUES = re.compile(
    rf'(?P<kept>"(?:{_NAMES})"\s*:\s*"[\w./:-]{{1,255}}"|"[A-Za-z_][A-Za-z0-9_]{{0,63}}"(?=\s*:))'
    r'|"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
    r"|(?<!\w)'(?:[^'\\]|\\.)*(?:'|\\?\Z)"
    r"|(?<==)[^&\s]+"
    r"|(?<=[\w'\"-]>)[^<>]+(?=</|\Z)",
    re.ASCII | re.DOTALL,
)
"""A field's name in JSON, with its value where that is a name; else a text in quotes, closed or not, or after `=`, or
the text of an XML element.
"""

_LONG_NUMBER = re.compile("[0-9]{5,}")


def excerpt(body: str) -> str:
    """Return at most 300 characters of a text on one line, without values that may be personal.

    Texts in quotes, texts after `=`, texts of XML elements and long numbers are removed, also where JSON or XML is cut
    or broken. Of other text, what looks like an address, a phone number or a URL is removed.
    """
    without_values = _VALUES.sub(lambda match: match["kept"] or '"…"', body[:_MAX_INPUT])
    return _LONG_NUMBER.sub("…", redact(without_values, ""))
