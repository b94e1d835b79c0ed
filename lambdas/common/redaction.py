"""Error texts without what they must not tell: whatever stood in the payload, and what looks personal."""

import json
import re
from collections.abc import Iterator

LONGEST_TEXT = 300
_LONGEST_INPUT = 2_000
"""Characters looked at: what is told has 300, and a search through a mebibyte would take its neighbours' time."""

_SHORTEST_VALUE = 3
"""Shorter payload values ("en", "7") are no secret, and would tear words apart."""

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
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[redacted]", text)
    text = _PERSONAL.sub(lambda match: f"[{match.lastgroup}]", text)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


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
