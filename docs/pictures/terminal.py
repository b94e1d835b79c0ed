"""What a terminal shows of what is written to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import pyte
from pyte.screens import Char

from docs.pictures.tape import Writing

_AT_ONCE = 0.06
"""Seconds: what is written within them is seen at once, so that hardly a line is seen half drawn."""

_RESET, _FAINT, _NORMAL_WEIGHT = 0, 2, 22
_LENGTHS = {5: 1, 2: 3}
"""How many SGR parameters say which colour, by the one that says how: a number of a palette; red, green and blue."""

_ARROWS = 0x2190
"""What stands before them in Unicode is as wide as a letter, in every font that is made for terminals."""

TEXT, GROUND = "text", "ground"
"""The colours where a program asks for none."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in characters."""

    columns: int
    lines: int


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look."""

    colour: str = TEXT
    """A name of pyte's, or of ours, or six hexadecimal digits."""

    bold: bool = False
    faint: bool = False
    italic: bool = False
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Characters side by side that look alike, no two spaces among them, and none at either end."""

    column: int
    width: int
    """Columns."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Patch:
    """What is behind some of them, where it is not the terminal's ground."""

    column: int
    width: int
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is seen of one."""

    runs: tuple[Run, ...] = ()
    patches: tuple[Patch, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What is seen from a moment on."""

    at: float
    """Seconds from the beginning."""

    lines: tuple[Line, ...]


def frames(writings: Iterable[Writing], size: Size) -> list[Frame]:
    """What is seen, each time that it is something else."""
    screen = _Screen(size.columns, size.lines)
    stream = pyte.Stream(screen)
    writings = list(writings)
    ends = [following.at for following in writings[1:]]
    found: list[Frame] = []
    for writing, end in zip(writings, [*ends, float("inf")], strict=True):
        stream.feed(writing.text)
        since = writing.at - found[-1].at if found else _AT_ONCE
        if end - writing.at < _AT_ONCE and since < _AT_ONCE:
            continue
        lines = tuple(screen.seen(number) for number in range(size.lines))
        if not found or lines != found[-1].lines:
            found.append(Frame(writing.at, lines))
    return found


@dataclass(frozen=True, slots=True)
class _Spot:
    """A character where it stands."""

    column: int
    width: int
    text: str
    style: Style
    ground: str

    @property
    def is_sure(self) -> bool:
        """Whether every font makes it as wide as it has to be."""
        return self.width == 1 and ord(self.text[0]) < _ARROWS


class _Faint(Char):
    """A faint one, of which pyte knows nothing. It stays one through all that replaces its fields."""

    __slots__ = ()


class _Screen(pyte.Screen):
    """A screen that knows what is faint."""

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """Take attributes; those of private sequences are others."""
        if private:
            return
        faint = isinstance(self.cursor.attrs, _Faint)
        super().select_graphic_rendition(*attrs)
        for attribute in _attributes(attrs or (_RESET,)):
            faint = attribute == _FAINT or (faint and attribute not in {_RESET, _NORMAL_WEIGHT})
        self.cursor.attrs = (_Faint if faint else Char)(*self.cursor.attrs)

    def seen(self, number: int) -> Line:
        """A line with the cursor in it."""
        cells = [self.buffer[number][column] for column in range(self.columns)]
        if number == self.cursor.y and not self.cursor.hidden and self.cursor.x < self.columns:
            at = cells[self.cursor.x]
            cells[self.cursor.x] = at._replace(reverse=not at.reverse)
        spots = list(_spots(cells))
        return Line(tuple(_runs(spots)), tuple(_patches(spots)))


def _attributes(parameters: Iterable[int]) -> Iterator[int]:
    """Without those that say which colour."""
    rest = iter(parameters)
    for attribute in rest:
        if attribute in {38, 48}:
            for _ in range(_LENGTHS.get(next(rest, 0), 0)):
                next(rest, None)
        else:
            yield attribute


def _spots(cells: list[Char]) -> Iterator[_Spot]:
    """Of a line; pyte leaves the right half of a wide character empty."""
    for column, cell in enumerate(cells):
        if not cell.data:
            continue
        width = 2 if column + 1 < len(cells) and not cells[column + 1].data else 1
        colour, ground = (TEXT if cell.fg == "default" else cell.fg), (GROUND if cell.bg == "default" else cell.bg)
        if cell.reverse:
            colour, ground = ground, colour
        style = Style(colour, cell.bold, isinstance(cell, _Faint), cell.italics, cell.underscore)
        text = cell.data if cell.data.isprintable() else "\N{REPLACEMENT CHARACTER}"
        yield _Spot(column, width, text, style, ground)


def _patches(spots: Iterable[_Spot]) -> Iterator[Patch]:
    for ground, group in groupby(spots, key=lambda spot: spot.ground):
        if ground != GROUND:
            alike = list(group)
            yield Patch(alike[0].column, sum(spot.width for spot in alike), ground)


def _runs(spots: Iterable[_Spot]) -> Iterator[Run]:
    """Those of which no font is sure how wide they are stand by themselves."""
    for _, group in groupby(spots, key=lambda spot: (spot.style, spot.is_sure)):
        yield from _words(group)


def _words(spots: Iterable[_Spot]) -> Iterator[Run]:
    """Parted where two spaces are, so that what stands in columns stays there."""
    word: list[_Spot] = []
    spaces: list[_Spot] = []
    for spot in spots:
        if spot.text == " ":
            spaces.append(spot)
            continue
        if word and len(spaces) > 1:
            yield _run(word)
            word = []
        word += [*(spaces if word else ()), spot]
        spaces = []
    if word:
        yield _run(word)


def _run(word: list[_Spot]) -> Run:
    text = "".join(spot.text for spot in word)
    return Run(word[0].column, sum(spot.width for spot in word), text, word[0].style)
