"""Slack's markup (mrkdwn): escape text from outside, and cut long text where its markup stays valid.

Source: Slack, "Formatting text for app surfaces".
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from lambdas.slack_notifier.cards.card import Code

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""The only characters that begin a link, a mention or an entity in Slack; Slack asks to escape no others."""

_CUT = "…"
_FENCE = "```"


def length(text: str) -> int:
    """Length in UTF-16 code units: Slack's limits are in characters, and its JavaScript may count these."""
    return len(text) + sum(char > "\uffff" for char in text)


def printable(text: str) -> str:
    """Replace characters that could reorder, hide or break the text."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)


def plain(text: str, limit: int) -> str:
    """Escape a text and cut it to `limit` characters, escapes included."""
    return _cut(_balance_code(text), limit, _escape)


def mrkdwn(spans: Iterable[str | Code | datetime], limit: int) -> str:
    """Render a sentence as mrkdwn; if it exceeds `limit` characters, cut it before the first part that does not fit."""
    spans = tuple(spans)
    if is_whole(spans, limit):
        return "".join(_markup(span) for span in spans)
    left = limit - length(_CUT)
    kept = []
    for span in spans:
        markup = _markup(span)
        if length(markup) > left:
            kept.append(_cut_span(span, left))
            break
        kept.append(markup)
        left -= length(markup)
    return "".join(kept) + _CUT


def is_whole(spans: Iterable[str | Code | datetime], limit: int) -> bool:
    """Whether a sentence as mrkdwn has at most `limit` characters, so that it is not cut."""
    return length("".join(_markup(span) for span in spans)) <= limit


def fenced(text: str, limit: int) -> str:
    """Render a block of code, line by line."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    return f"{_FENCE}{_cut(lines, limit - 2 * len(_FENCE), _escape_code)}{_FENCE}"


def link(label: str, url: str) -> str:
    """Render a link; the URL must be percent-encoded, so that it holds no character that ends the link."""
    return f"<{_escape(url)}|{_escape(label)}>"


def time(at: datetime) -> str:
    """A time in UTC, as in log lines."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _markup(span: str | Code | datetime) -> str:
    match span:
        case datetime():
            # Slack shows the reader's time zone; a client that cannot shows the part after the bar.
            return f"<!date^{int(span.timestamp())}^{{date_short_pretty}}, {{time_secs}}|{time(span)}>"
        case Code():
            return f"`{_escape_code(printable(span))}`" if span.strip() else ""
        case _:
            return _escape(_balance_code(span))


def _cut_span(span: str | Code | datetime, limit: int) -> str:
    match span:
        case datetime():
            return ""
        case Code():
            kept = _fitting(printable(span), limit - 2, _escape_code)
            return f"`{kept}`" if kept.strip() else ""
        case _:
            return _fitting(_balance_code(span), limit, _escape)


def _balance_code(text: str) -> str:
    """Replace backticks that open code without closing it: Slack would show the rest as code."""
    text = printable(text)
    return text.replace("`", "'") if text.count("`") % 2 or "``" in text else text


def _cut(text: str, limit: int, escape: Callable[[str], str]) -> str:
    whole = escape(text)
    return whole if length(whole) <= limit else _fitting(text, limit - length(_CUT), escape) + _CUT


def _fitting(text: str, limit: int, escape: Callable[[str], str]) -> str:
    """Escape as many characters as fit in `limit`."""
    kept = []
    for char in text:
        escaped = escape(char)
        limit -= length(escaped)
        if limit < 0:
            break
        kept.append(escaped)
    return "".join(kept)


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)


def _escape_code(text: str) -> str:
    """Escape code, and replace backticks: they cannot be escaped and would end the code."""
    return _escape(text.replace("`", "'"))
