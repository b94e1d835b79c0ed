"""Error texts without what they must not tell: whatever stood in the payload, and what looks personal."""

import json
import re
from collections.abc import Iterator

LONGEST_TEXT = 300
_LONGEST_INPUT = 2_000
"""Characters looked at: what is told has 300, and a search through a mebibyte would take its neighbours' time."""

_SHORTEST_VALUE = 2
"""Characters: there are names of two, and a single one tells nothing."""

_TELLING = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+(_[a-z]+)+")
"""Ids, and names of ours such as a template's: they lead to the fault and to nobody's person."""

_PERSONAL = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+)|(?P<url>https?://\S+)|(?P<phone>\+[0-9][0-9 ()-]{5,}[0-9])", re.ASCII
)


def redacted(text: str, body: str) -> str:
    """The text in one line, without any value of the message's payload, cut to 300 characters.

    Args:
        text: for example an exception's.
        body: the message's; where it cannot be read, only what looks personal is taken out.
    """
    text = text[:_LONGEST_INPUT]
    for value in sorted({value for value in _payload_values(body) if value in text}, key=len, reverse=True):
        text = re.sub(_whole(value), "[redacted]", text)
    text = _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", text)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _whole(value: str) -> str:
    """Matches a value, but not inside a longer word; scripts without spaces between words know no such inside."""
    return rf"(?<!\w){re.escape(value)}(?!\w)" if value.isascii() else re.escape(value)


def _payload_values(body: str) -> Iterator[str]:
    try:
        nodes = [json.loads(body)["payload"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, str) and len(node) >= _SHORTEST_VALUE and not _TELLING.fullmatch(node):
            yield node
