"""The README's pictures: how a recording becomes a document, and that each picture is there and shown."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from random import Random
from xml.dom.minidom import Document, Element, Text, parseString

import pytest
from PIL import Image

from docs.pictures.animation import Film, svg
from docs.pictures.markup import COLOURS, COLUMN, LINE
from docs.pictures.png import small
from docs.pictures.tape import Writing
from docs.pictures.terminal import Size, frames

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SIZE = Size(columns=20, lines=3)


def film(*texts: str, seconds: float = 10) -> Film:
    """Of texts that are written a second apart."""
    seen = frames([Writing(at, text) for at, text in enumerate(texts)], SIZE)
    return Film(frames=seen, seconds=seconds, size=SIZE, title="a <title>", description="what & why")


def drawn(*texts: str, seconds: float = 10) -> Document:
    return parseString(svg(film(*texts, seconds=seconds)))  # noqa: S318 our own document


def elements(document: Document | Element, name: str) -> list[Element]:
    return list(document.getElementsByTagName(name))


def text_of(element: Element) -> str:
    return "".join(node.data for node in element.childNodes if isinstance(node, Text))


def strip_of_line(document: Document, number: int) -> Element:
    """All that a line of the terminal ever shows."""
    (terminal,) = [each for each in elements(document, "svg") if each.hasAttribute("x")]
    rows = [each for each in elements(terminal, "g") if each.parentNode is terminal]
    (strip,) = elements(rows[number], "g")
    return strip


# The document.


def test_hostile_text_is_text() -> None:
    hostile = "</text><script>&'\""

    document = drawn(hostile)

    assert hostile in [text_of(each) for each in elements(document, "text")]
    assert elements(document, "script") == []
    assert [text_of(each) for each in elements(document, "desc")] == ["what & why"]


@pytest.mark.parametrize("character", ["\N{RIGHT-TO-LEFT OVERRIDE}", "\ufffe", "\ue000", "\x00", "\x0f", "\x85"])
def test_what_nobody_can_read_or_no_document_may_have_does_not_get_in(character: str) -> None:
    assert character not in drawn(f"a{character}b").toxml()


def test_it_asks_for_nothing_from_elsewhere_and_runs_nothing() -> None:
    document = drawn("one", "two")
    text = document.toxml()
    names = [name for each in elements(document, "*") for name in each.attributes.keys()]  # noqa: SIM118 a NamedNodeMap

    assert set(re.findall(r"https?://[^\"']+", text)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in text
    assert "url(" not in text
    assert [name for name in names if name.startswith("on")] == []


def test_text_keeps_its_columns_in_every_font() -> None:
    (run_,) = [each for each in elements(drawn("  422 to POST"), "text") if text_of(each) == "422 to POST"]

    assert (run_.getAttribute("x"), run_.getAttribute("textLength")) == (str(2 * COLUMN), str(11 * COLUMN))


def test_a_line_that_is_seen_often_is_there_once() -> None:
    document = drawn("same\r\n\x1b[?25l", "\x1b[1;1Hother", "\x1b[1;1Hsame \x1b[2;1Hsame")

    assert [text_of(each) for each in elements(document, "text")].count("same") == 1
    assert all(
        each.getAttribute("href").removeprefix("#") in {group.getAttribute("id") for group in elements(document, "g")}
        for each in elements(document, "use")
    )


def test_a_line_jumps_when_the_terminal_showed_something_else() -> None:
    document = drawn("one\x1b[?25l", "\rtwo", seconds=4)
    strip = strip_of_line(document, 0)
    apart = elements(strip, "use")[1].getAttribute("x")

    assert "@keyframes k0{0.000%{transform:translateX(-0px)}25.000%" in document.toxml()
    assert f"25.000%{{transform:translateX(-{apart}px)}}" in document.toxml()
    assert strip.getAttribute("style") == "animation-name:k0"
    assert "animation:4.00s step-end infinite" in document.toxml()


def test_a_line_that_never_changes_does_not_move() -> None:
    document = drawn("\r\nfixed\x1b[?25l", "\x1b[1;1Hone")

    assert not strip_of_line(document, 1).hasAttribute("style")
    assert "k1{" not in document.toxml()


def test_without_motion_the_last_picture_stands() -> None:
    document = drawn("one\x1b[?25l", "\rtwo", "\rend")
    strip, places = strip_of_line(document, 0), elements(strip_of_line(document, 0), "use")
    css = text_of(elements(document, "style")[0])

    assert strip.getAttribute("transform") == f"translate(-{places[-1].getAttribute('x')})"
    assert css.index("prefers-reduced-motion:no-preference") < css.index("animation:")


def test_the_still_moves_nothing_at_all() -> None:
    text = svg(film("one\x1b[?25l", "\rend").still)

    assert "end" in text
    assert "one" not in text
    assert "@keyframes" not in text


def test_the_window_has_room_for_every_line() -> None:
    (terminal,) = [each for each in elements(drawn("x"), "svg") if each.hasAttribute("x")]

    assert (terminal.getAttribute("width"), terminal.getAttribute("height")) == (str(20 * COLUMN), str(3 * LINE))


@pytest.mark.parametrize("name", sorted(COLOURS.keys() - {"ground", "black"}))
def test_every_colour_can_be_read_on_the_ground(name: str) -> None:
    lighter, darker = luminance(COLOURS[name]) + 0.05, luminance(COLOURS["ground"]) + 0.05

    assert lighter / darker >= 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: str) -> float:
    """WCAG 2.2, of a colour as `#rrggbb`."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Pictures of pages.


@pytest.mark.parametrize("seed", range(4))
def test_a_picture_with_few_colours_keeps_the_colour_of_its_ground(seed: int) -> None:
    ground, width, random = (243, 245, 248), 64, Random(seed)  # noqa: S311 no secret
    image = Image.new("RGB", (width, width), ground)
    for number in range(width * width // 2):
        shade = random.randrange(200, 256), random.randrange(200, 256), random.randrange(200, 256)
        image.putpixel((number % width, number // width), shade)

    found = Image.open(BytesIO(small(as_png(image)))).convert("RGB")

    assert found.getpixel((0, width - 1)) == ground
    assert max(differences(image, found)) < 32


def as_png(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def differences(one: Image.Image, other: Image.Image) -> Sequence[int]:
    return [abs(left - right) for left, right in zip(one.tobytes(), other.tobytes(), strict=True)]


# The README.


class Shown(HTMLParser):
    """The pictures that a page shows, and what it says of them to those who do not see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.alternatives: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.files.append(said["src"])
            self.alternatives.append(said["alt"])
        if tag == "source":
            self.files.append(said["srcset"])


def test_the_readme_shows_each_picture_that_there_is_and_no_other() -> None:
    shown = Shown((ROOT / "README.md").read_text())
    there = {path.relative_to(ROOT).as_posix() for path in PICTURES.iterdir() if path.suffix in {".svg", ".png"}}

    assert set(shown.files) == there
    assert len(shown.files) == len(there)


def test_the_readme_says_what_each_picture_shows() -> None:
    alternatives = Shown((ROOT / "README.md").read_text()).alternatives

    assert alternatives
    assert [text for text in alternatives if len(text.split()) < 20] == []


def test_it_is_said_how_each_picture_is_made() -> None:
    said = (PICTURES / "README.md").read_text()

    assert [path.name for path in PICTURES.iterdir() if path.suffix in {".svg", ".png"} and path.name not in said] == []


@pytest.mark.parametrize(("suffix", "most"), [(".svg", 250_000), (".png", 300_000)])
def test_no_picture_is_too_heavy(suffix: str, most: int) -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob(f"*{suffix}")}

    assert sizes
    assert [name for name, size in sizes.items() if size > most] == []


def test_the_recording_is_a_document_that_shows_no_path_of_a_machine() -> None:
    text = (PICTURES / "on-call.svg").read_text()
    document = parseString(text)  # noqa: S318 our own document

    assert len(elements(document, "use")) > 100
    assert re.findall(r"/(?:home|root|Users|work|tmp)/", text) == []
