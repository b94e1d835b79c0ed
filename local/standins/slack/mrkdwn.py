"""Slack's markup as styled text. Input is untrusted: it is shown as text and cannot control the terminal.

Source: Slack, "Formatting text for app surfaces".
"""

import re
from collections.abc import Callable, Mapping

from rich.style import Style
from rich.text import Text

from ops.terminal.output import printable

_TOKEN = re.compile(
    r"```(?P<fence>.*?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<entity>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\n]+)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^_\n]+)_(?![\w_])"
    r"|(?<![\w~])~(?P<struck>[^~\n]+)~(?![\w~])",
    re.DOTALL,
)
_CODE = Style(color="bright_red")
_MENTION = Style(bold=True, color="yellow")
_STYLES: Mapping[str, Style] = {"bold": Style(bold=True), "italic": Style(italic=True), "struck": Style(strike=True)}
_LINK = re.compile(r"(https?|mailto):[!-~]+")


def mrkdwn(markup: str, style: Style | None = None) -> Text:
    """Render text of type `mrkdwn`."""
    shown = Text()
    style, end = style or Style(), 0
    for token in _TOKEN.finditer(markup):
        shown.append(plain(markup[end : token.start()]), style)
        end = token.end()
        if token["fence"] is None:
            shown.append_text(_token(token, style))
        else:
            _append_fenced(shown, token["fence"])
            shown.append("" if markup[end : end + 1] in {"", "\n"} else "\n")
    return shown.append(plain(markup[end:]), style)


def plain(text: str) -> str:
    """Render text of type `plain_text` or text between markup: unescape it and make control characters visible."""
    unescaped = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return "\n".join(printable(line) for line in unescaped.split("\n"))


def _token(token: "re.Match[str]", style: Style) -> Text:
    name, inner = str(token.lastgroup), token[str(token.lastgroup)]
    match name:
        case "code":
            return Text(plain(inner), style + _CODE)
        case "entity":
            return _entity(inner, style)
    return mrkdwn(inner, style + _STYLES[name])


def _append_fenced(shown: Text, code: str) -> None:
    """Append a code block on separate lines, each with a bar in front."""
    if shown.plain and not shown.plain.endswith("\n"):
        shown.append("\n")
    for number, line in enumerate(plain(code.strip("\n")).split("\n")):
        shown.append("▏ " if number == 0 else "\n▏ ", "dim")
        shown.append(line, _CODE)


def _entity(inner: str, style: Style) -> Text:
    target, _, label = inner.partition("|")
    for prefix, shown in _ENTITIES.items():
        if target.startswith(prefix):
            return shown(target.removeprefix(prefix), label, style)
    url = plain(target)
    link = Style(underline=True, color="bright_blue", link=url) if _LINK.fullmatch(url) else Style()
    return Text(plain(label or target), style + link)


def _date(_: str, fallback: str, style: Style) -> Text:
    """The fallback text: Slack shows dates in the reader's time zone, which is unknown here."""
    return Text(plain(fallback), style)


def _mention(prefix: str) -> Callable[[str, str, Style], Text]:
    return lambda target, label, style: Text(plain(prefix + (label or target)), style + _MENTION)


_ENTITIES: Mapping[str, Callable[[str, str, Style], Text]] = {
    "!date^": _date,
    "!": _mention("@"),
    "@": _mention("@"),
    "#": _mention("#"),
}
