"""Whether everybody can read a page: on a small screen and a large one, by day and by night; by axe-core's rules."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from playwright.sync_api import Page

from ops.checkout import ROOT

_AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
"""As `make setup` installs it, locked. It is run from outside the page, which takes no script of others."""

_SCREENS = ((375, 667), (1920, 1080))

_SCHEMES: tuple[tuple[Literal["light", "dark"], list[str]], ...] = (("light", []), ("dark", ["color-contrast"]))
"""By night colours differ, and nothing else. No rules: all."""

_JUDGE = """async (rules) => ({
    violations: (await axe.run({resultTypes: ["violations"], ...(rules.length && {runOnly: rules})})).violations,
    width: document.scrollingElement.scrollWidth,
})"""


def flaws(page: Page) -> list[str]:
    """What keeps somebody from reading it, a sentence each."""
    page.evaluate(_AXE)
    return list(_flaws(page))


def _flaws(page: Page) -> Iterator[str]:
    for width, height in _SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        for scheme, rules in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            judged = page.evaluate(_JUDGE, rules)
            if judged["width"] > width:
                yield f"{width} pixels wide: the whole page scrolls sideways, {judged['width']} pixels"
            for each in judged["violations"]:
                yield f"{width} pixels wide, {scheme}: {_sentence(each)}"


def _sentence(violation: Mapping[str, Any]) -> str:
    where = "; ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']}: {where}"
