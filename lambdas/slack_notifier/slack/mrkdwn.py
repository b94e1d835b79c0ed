"""Slack's markup: what comes from outside stays text in it, and what is too long is cut where it can be cut.

Source: Slack, "Formatting text for app surfaces".
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from lambdas.slack_notifier.cards.card import Code

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""All that Slack takes for the beginning of a link, a mention or an entity; nothing else is to be escaped."""

_CUT = "…"
_FENCE = "```"


def length(text: str) -> int:
    """As Slack may count: it speaks of characters, and a client's JavaScript counts those beyond U+FFFF twice."""
    return len(text) + sum(each > "\uffff" for each in text)


def printable(text: str) -> str:
    """The text without what could reorder, hide or break it."""
    return "".join(each if each.isprintable() else " " if each.isspace() else "\ufffd" for each in text)


def plain(text: str, limit: int) -> str:
    """A text that is cut after `limit` characters, its escapes counted as they are sent."""
    return _cut(_words(text), limit, _escape)


def mrkdwn(spans: Iterable[str | Code | datetime], limit: int) -> str:
    """A sentence that is cut, where it is too long, before what no longer fits."""
    spans = tuple(spans)
    whole = "".join(_markup(span) for span in spans)
    if length(whole) <= limit:
        return whole
    left = limit - length(_CUT)
    kept = []
    for span in spans:
        markup = _markup(span)
        if length(markup) > left:
            kept.append(_beginning(span, left))
            break
        kept.append(markup)
        left -= length(markup)
    return "".join(kept) + _CUT


def fenced(text: str, limit: int) -> str:
    """A block of code, line by line as it is."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    return f"{_FENCE}{_cut(lines, limit - 2 * len(_FENCE), _escape_code)}{_FENCE}"


def link(label: str, url: str) -> str:
    """A link of ours; the URL is encoded, so that it has none of the characters that end it."""
    return f"<{_escape(url)}|{_escape(label)}>"


def time(at: datetime) -> str:
    """In UTC, as logs have it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _markup(span: str | Code | datetime) -> str:
    match span:
        case datetime():
            # Slack shows it in its reader's own time zone; who cannot, shows the part behind the bar.
            return f"<!date^{int(span.timestamp())}^{{date_short_pretty}}, {{time_secs}}|{time(span)}>"
        case Code():
            return f"`{_escape_code(printable(span))}`" if span.strip() else ""
        case _:
            return _escape(_words(span))


def _beginning(span: str | Code | datetime, limit: int) -> str:
    match span:
        case datetime():
            return ""
        case Code():
            kept = _fitting(printable(span), limit - 2, _escape_code)
            return f"`{kept}`" if kept.strip() else ""
        case _:
            return _fitting(_words(span), limit, _escape)


def _words(text: str) -> str:
    """Text whose code, if any, ends where it began: all that follows would else be taken for code."""
    text = printable(text)
    return text.replace("`", "'") if text.count("`") % 2 or "``" in text else text


def _cut(text: str, limit: int, escape: Callable[[str], str]) -> str:
    whole = escape(text)
    return whole if length(whole) <= limit else _fitting(text, limit - length(_CUT), escape) + _CUT


def _fitting(text: str, limit: int, escape: Callable[[str], str]) -> str:
    """As many characters as fit once they are escaped."""
    kept = []
    for each in text:
        escaped = escape(each)
        limit -= length(escaped)
        if limit < 0:
            break
        kept.append(escaped)
    return "".join(kept)


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(each, each) for each in text)


def _escape_code(text: str) -> str:
    """Nothing can be escaped inside of code, so that a backtick would end it."""
    return _escape(text.replace("`", "'"))
