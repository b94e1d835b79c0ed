"""Lines of a terminal as SVG, each once, and the CSS of the styles in them."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from docs.pictures.terminal import GROUND, TEXT, Line, Patch, Run, Style

FONT_SIZE, COLUMN, LINE, BASE = 15, 9, 18, 14
"""Pixels: of the font, a character's width, a line's height, and from its top to what letters stand on."""

COLOURS = {
    TEXT: "#e6edf3",
    GROUND: "#0d1117",
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#3fb950",
    "brown": "#d29922",
    "blue": "#58a6ff",
    "magenta": "#bc8cff",
    "cyan": "#39c5cf",
    "white": "#b1bac4",
    "brightblack": "#8b949e",
    "brightred": "#ffa198",
    "brightgreen": "#56d364",
    "brightbrown": "#e3b341",
    "brightblue": "#79c0ff",
    "brightmagenta": "#d2a8ff",
    "brightcyan": "#56d4dd",
    "brightwhite": "#ffffff",
}
"""By pyte's names; its brown is yellow. Each can be read on the ground."""


class Markup:
    """Of all lines that it is asked for."""

    def __init__(self) -> None:
        """None yet."""
        self._lines: dict[Line, int] = {}
        self._styles: dict[Style, int] = {}

    def use(self, line: Line, x: int) -> str:
        """A reference to a line, so far to the right; empty for an empty line."""
        if line == Line():
            return ""
        number = self._lines.setdefault(line, len(self._lines))
        return f'<use href="#l{number}"{_unless_zero("x", x)}/>'

    def definitions(self) -> Iterator[str]:
        """Of the lines that were referred to."""
        for line, number in self._lines.items():
            parts = [*map(_rectangle, line.patches), *map(self._text, line.runs)]
            yield f'<g id="l{number}">{"".join(parts)}</g>'

    def css(self) -> Iterator[str]:
        """Of the styles in the definitions."""
        for style, number in self._styles.items():
            yield f".s{number}{{{';'.join(_properties(style))}}}"

    def _text(self, run: Run) -> str:
        """With its length, whatever the font: columns stay columns."""
        attributes = _unless_zero("x", run.column * COLUMN)
        if len(run.text) > 1:
            attributes += f' textLength="{run.width * COLUMN}"'
        if run.style != Style():
            attributes += f' class="s{self._styles.setdefault(run.style, len(self._styles))}"'
        return f"<text{attributes}>{escape(run.text)}</text>"


def _rectangle(patch: Patch) -> str:
    x, width = patch.column * COLUMN, patch.width * COLUMN
    return f'<rect x="{x}" y="-{BASE}" width="{width}" height="{LINE}" fill="{_hex(patch.colour)}"/>'


def _properties(style: Style) -> Iterator[str]:
    if style.colour != TEXT:
        yield f"fill:{_hex(style.colour)}"
    if style.bold:
        yield "font-weight:700"
    if style.faint:
        yield "opacity:.65"
    if style.italic:
        yield "font-style:italic"
    if style.underlined:
        yield "text-decoration:underline"


def _hex(colour: str) -> str:
    """By a name of pyte's, or six hexadecimal digits of its; a name that nobody knows is as no name."""
    if colour in COLOURS:
        return COLOURS[colour]
    is_hex = len(colour) == len("ffffff") and set(colour) <= set("0123456789abcdef")
    return f"#{colour}" if is_hex else COLOURS[TEXT]


def _unless_zero(name: str, value: int) -> str:
    return f' {name}="{value}"' if value else ""
