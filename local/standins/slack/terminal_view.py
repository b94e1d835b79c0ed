"""Slack cards in a terminal, as Slack would show them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import HEAVY
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from local.standins.slack.mrkdwn import mrkdwn, plain

_COLOURS = {"🚨": "red", "🔴": "red", "🟠": "yellow", "🟢": "green", "🔵": "blue", "⚪": "white"}
"""Border colours by the first character of a card's title."""

_DEFAULT_COLOUR = "grey50"
_DIM = Style(dim=True)


def card(payload: Mapping[str, Any]) -> RenderableType:
    """Render one Slack message. A block that cannot be rendered is named, not left out."""
    blocks = payload.get("blocks") or [{"type": "section", "text": {"type": "mrkdwn", "text": payload.get("text", "")}}]
    parts = [part for block in blocks for part in (*_block(block), Text())][:-1]
    return Panel(Group(*parts), box=HEAVY, border_style=_colour(blocks), padding=(0, 1))


def _colour(blocks: Sequence[Mapping[str, Any]]) -> str:
    title = next((_words(block).strip() for block in blocks), "")
    return next((colour for mark, colour in _COLOURS.items() if title.startswith(mark)), _DEFAULT_COLOUR)


def _words(block: Mapping[str, Any]) -> str:
    return str(block.get("text", {}).get("text", ""))


def _block(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    match block.get("type"):
        case "header":
            yield Text(plain(_words(block)), "bold", overflow="fold")
        case "section":
            yield from _section(block)
        case "context":
            yield Text("  ").join(_text(element, _DIM) for element in block.get("elements", ()))
        case "divider":
            yield Rule(style="dim")
        case other:
            yield Text(f"[{other}]", "dim")


def _section(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    if "text" in block:
        yield _text(block["text"])
    fields = [_text(field) for field in block.get("fields", ())]
    if fields:
        columns = Table.grid(padding=(0, 2), expand=True)
        columns.add_column(ratio=1, overflow="fold")
        columns.add_column(ratio=1, overflow="fold")
        for begin in range(0, len(fields), 2):
            columns.add_row(*fields[begin : begin + 2])
        yield columns


def _text(composed: Mapping[str, Any], style: Style | None = None) -> Text:
    """Render a text object; an image is rendered as its alternative text."""
    if composed.get("type") == "mrkdwn":
        shown = mrkdwn(str(composed.get("text", "")), style)
    else:
        shown = Text(plain(str(composed.get("text") or composed.get("alt_text", ""))), style or "")
    shown.overflow = "fold"
    return shown
