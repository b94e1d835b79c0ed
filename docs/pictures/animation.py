"""A recording as an SVG that plays by itself, in an `<img>` too: CSS alone moves it.

A line of the terminal is a strip of all that it ever shows, side by side, and a window shows one of it at a time: the
strip jumps. Where nothing moves, by somebody's choice or for want of CSS, the last picture stands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from docs.pictures.markup import BASE, COLOURS, COLUMN, FONT_SIZE, LINE, Markup
from docs.pictures.terminal import GROUND, TEXT, Frame, Line, Size

_MARGIN, _BAR = 16, 36
"""Pixels: around the text; the height of the window's bar."""

_APART = COLUMN
"""Pixels: between two pictures of a strip, so that nothing of one that hangs over is seen in the other."""

_FONTS = "ui-monospace,'Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_EDGE, _HEAD, _TITLE = "#3d444d", "#161b22", "#9198a1"
_LIGHTS = "#ff5f57", "#febc2e", "#28c840"


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is played, again and again."""

    frames: Sequence[Frame]
    """The first is seen from the beginning."""

    seconds: float
    """Its length, with the time that the last picture has."""

    size: Size
    title: str
    """Of its window."""

    description: str
    """For those who do not see it."""

    @property
    def still(self) -> "Film":
        """Its last picture alone: browsers tell an SVG in an `<img>` of nobody's wish for no motion, a page can ask."""
        return replace(self, frames=self.frames[-1:])


def svg(film: Film) -> str:
    """The whole document."""
    markup = Markup()
    width, height = film.size.columns * COLUMN, film.size.lines * LINE
    strips = [_Strip(film, number, width + _APART) for number in range(film.size.lines)]
    drawn = [strip.drawn(markup) for strip in strips]
    definitions = list(markup.definitions())
    return "\n".join(
        (
            *_head(film, width + 2 * _MARGIN, height + _BAR + 2 * _MARGIN),
            "<style>",
            f"text{{font:{FONT_SIZE}px {_FONTS};fill:{COLOURS[TEXT]}}}",
            *markup.css(),
            "@media (prefers-reduced-motion:no-preference){",
            f".m{{animation:{film.seconds:.2f}s step-end infinite}}",
            *(strip.keyframes() for strip in strips if strip.moves),
            "}",
            "</style>",
            "<defs>",
            *definitions,
            "</defs>",
            *_window(film, width + 2 * _MARGIN, height + _BAR + 2 * _MARGIN),
            f'<svg x="{_MARGIN}" y="{_BAR + _MARGIN}" width="{width}" height="{height}">',
            *drawn,
            "</svg>",
            "</svg>\n",
        )
    )


class _Strip:
    """All that one line of the terminal ever shows."""

    def __init__(self, film: Film, number: int, stretch: int) -> None:
        """Of line `number`, from 0 on; from one picture to the next it is `stretch` pixels."""
        self._number = number
        self._stretch = stretch
        self._places: dict[Line, int] = {}
        self._stops: list[tuple[float, int]] = []
        for frame in film.frames:
            line = frame.lines[number]
            place = self._places.setdefault(line, len(self._places))
            if not self._stops or self._stops[-1][1] != place:
                self._stops.append((frame.at / film.seconds if self._stops else 0, place))

    @property
    def moves(self) -> bool:
        """Whether it shows more than one thing."""
        return len(self._stops) > 1

    def drawn(self, markup: Markup) -> str:
        """As it stands at the end."""
        pictures = "".join(markup.use(line, place * self._stretch) for line, place in self._places.items())
        motion = f' class="m" style="animation-name:k{self._number}"' if self.moves else ""
        still = f' transform="translate(-{self._stops[-1][1] * self._stretch})"' if self.moves else ""
        return f'<g transform="translate(0,{self._number * LINE + BASE})"><g{motion}{still}>{pictures}</g></g>'

    def keyframes(self) -> str:
        """Where it jumps, and when."""
        stops = "".join(
            f"{share:.3%}{{transform:translateX(-{place * self._stretch}px)}}" for share, place in self._stops
        )
        return f"@keyframes k{self._number}{{{stops}}}"


def _head(film: Film, width: int, height: int) -> Iterator[str]:
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">'
    yield f"<title>{escape(film.title)}</title>"
    yield f"<desc>{escape(film.description)}</desc>"


def _window(film: Film, width: int, height: int) -> Iterator[str]:
    """What is around the terminal; its edge is seen on dark pages, its ground on light ones."""
    box = f'x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9.5"'
    yield f'<rect {box} fill="{COLOURS[GROUND]}" stroke="{_EDGE}"/>'
    yield f'<path d="M1 {_BAR}V10a9 9 0 0 1 9-9H{width - 10}a9 9 0 0 1 9 9V{_BAR}z" fill="{_HEAD}"/>'
    for number, light in enumerate(_LIGHTS):
        yield f'<circle cx="{_MARGIN + 6 + number * 20}" cy="{_BAR // 2}" r="6" fill="{light}"/>'
    place = f'x="{width // 2}" y="{_BAR // 2 + 5}" text-anchor="middle"'
    yield f'<text {place} style="fill:{_TITLE}">{escape(film.title)}</text>'
