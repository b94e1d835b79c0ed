"""Accessibility of a page by axe-core's rules: on a small and a large screen, in the light and the dark scheme."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from playwright.sync_api import Page

from ops.terminal.checkout import ROOT

_AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
"""Installed by `make setup`, with its version locked. It runs from outside, since the page allows no other scripts."""

_SCREENS = ((375, 667), (1920, 1080))

_SCHEMES: tuple[tuple[Literal["light", "dark"], list[str]], ...] = (("light", []), ("dark", ["color-contrast"]))
"""Rules for each scheme; an empty list stands for all. The dark scheme differs in colours only."""

_RUN_AXE = """async ([only, without]) => ({
    violations: (await axe.run({
        resultTypes: ["violations"],
        ...(only.length && {runOnly: only}),
        rules: Object.fromEntries(without.map((rule) => [rule, {enabled: false}])),
    })).violations,
    width: document.scrollingElement.scrollWidth,
})"""


def problems(page: Page, screens: Sequence[tuple[int, int]] = _SCREENS, without: Sequence[str] = ()) -> list[str]:
    """Accessibility problems of the page, a sentence each.

    Args:
        page: the page, which keeps the size and the scheme that were looked at last.
        screens: widths and heights in CSS pixels.
        without: axe-core's rules that do not apply.
    """
    page.evaluate(_AXE)
    return list(_problems(page, screens, without))


def _problems(page: Page, screens: Sequence[tuple[int, int]], without: Sequence[str]) -> Iterator[str]:
    for width, height in screens:
        page.set_viewport_size({"width": width, "height": height})
        for scheme, rules in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            result = page.evaluate(_RUN_AXE, [rules, without])
            if result["width"] > width:
                yield f"{width} pixels wide: the whole page scrolls sideways, {result['width']} pixels"
            for each in result["violations"]:
                yield f"{width} pixels wide, {scheme}: {_sentence(each)}"


def _sentence(violation: Mapping[str, Any]) -> str:
    where = "; ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']}: {where}"
