"""The README shows every picture with a text alternative, and pictures stay small and private."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
PICTURES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".svg", ".png"})


class Images(HTMLParser):
    """The images of a page, with their text alternatives."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.alternatives: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.files.append(values["src"])
            self.alternatives.append(values["alt"])
        if tag == "source":
            self.files.append(values["srcset"])


def test_readme_shows_each_picture_once() -> None:
    images = Images((ROOT / "README.md").read_text())

    assert sorted(images.files) == [path.relative_to(ROOT).as_posix() for path in PICTURES]


def test_readme_describes_each_image_for_screen_readers() -> None:
    alternatives = Images((ROOT / "README.md").read_text()).alternatives

    assert alternatives
    assert [text for text in alternatives if len(text.split()) < 20] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_pictures_readme_names_the_picture(picture: Path) -> None:
    assert f"`{picture.name}`" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_picture_has_at_most_300_kb(picture: Path) -> None:
    assert picture.stat().st_size <= 300_000


@pytest.mark.parametrize("picture", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.name)
def test_svg_loads_nothing_and_shows_no_local_path(picture: Path) -> None:
    text = picture.read_text()

    assert "<text" in text
    assert "<script" not in text
    assert re.findall(r"url\((?!#)[^)]*\)", text) == []
    assert re.findall(r"/(?:home|root|Users|work|tmp)/", text) == []
