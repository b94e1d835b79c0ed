"""Checks of a mail that is open in a browser."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from playwright.sync_api import Page

from tests.e2e.browser import axe

SCREENS = ((390, 844), (1280, 900))
"""A phone and a laptop: widths and heights in CSS pixels."""

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_OF_WHOLE_PAGES = ("landmark-one-main", "region")
"""axe-core's rules on landmarks: a mail program's page has its own around the mail."""

_CUT = """() => {
    const isOutside = (line, box) => line.left < box.left - 1 || line.right > box.right + 1
        || line.top < box.top - 1 || line.bottom > box.bottom + 1;
    const cut = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(texts.currentNode);
        const lines = [...range.getClientRects()];
        for (let box = texts.currentNode.parentElement; box; box = box.parentElement)
            if (box.matches("td, th, html") && lines.some((line) => isOutside(line, box.getBoundingClientRect())))
                cut.push(texts.currentNode.data.trim());
    }
    return cut;
}"""
"""Texts with a line outside a cell around them, or outside the page; a pixel is allowed for rounding."""

_BROKEN = """() => [...document.querySelectorAll("th, .button a")].flatMap((label) => {
    const text = label.firstChild;
    return [...text.data.matchAll(/\\S+/g)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }).map(String);
})"""
"""Words of labels that are on two lines."""

_COLOURS = """() => Object.fromEntries(
    ["body", ".company", ".card", "h1", "th", ".button td", ".button a", ".address", ".footer"].flatMap((name) =>
        [...document.querySelectorAll(name)].map((each) => {
            const {color, backgroundColor} = getComputedStyle(each);
            return [name, [color, backgroundColor]];
        })
    )
)"""

_UNSEEN_LINKS = """() => [...document.links].filter((link) => {
    const {textDecorationLine, display} = getComputedStyle(link);
    const {width, height} = link.getBoundingClientRect();
    const looksLikeLink = textDecorationLine === "underline" || display !== "inline";
    return !(looksLikeLink && width > 40 && height > 10 && link.innerText.trim());
}).map((link) => link.outerHTML)"""
"""Links without a text, of no size, or neither underlined nor a button."""


_LAYOUT = (
    ("() => document.scrollingElement.scrollWidth > innerWidth ? ['the page'] : []", "scrolls sideways"),
    (_CUT, "cut off"),
    (_BROKEN, "broken within a word"),
    (_UNSEEN_LINKS, "no link to see"),
)


def problems(page: Page) -> Iterator[str]:
    """Problems of reading the mail, a sentence each: on both screens, in both schemes."""
    yield from axe.problems(page, SCREENS, without=_OF_WHOLE_PAGES)
    yield from layout_problems(page)
    light, dark = (_colours(page, scheme) for scheme in SCHEMES)
    yield from (f"{name} looks the same in both schemes" for name in light if light[name] == dark[name])


def layout_problems(page: Page) -> Iterator[str]:
    """Texts and links that cannot be read or seen as a whole, a sentence each."""
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        for script, problem in _LAYOUT:
            yield from (f"{width} pixels wide: {problem}: {text}" for text in page.evaluate(script))


def unstyled_problems(page: Page) -> Sequence[str]:
    """Accessibility problems of the mail as a program shows it that drops its style sheet: on white alone."""
    page.evaluate("document.querySelectorAll('style, meta[name*=color-scheme]').forEach((each) => each.remove())")
    return axe.problems(page, SCREENS[:1], without=_OF_WHOLE_PAGES)


def _colours(page: Page, scheme: Literal["light", "dark"]) -> Mapping[str, Any]:
    page.emulate_media(color_scheme=scheme)
    colours: dict[str, Any] = page.evaluate(_COLOURS)
    return colours
