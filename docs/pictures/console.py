"""Pictures of the console in a browser, light and dark."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urljoin

from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize

from docs.pictures.morning import Morning, wait
from docs.pictures.png import small
from ops.console.context import ConsoleContext
from ops.console.server import serving
from ops.console.snapshot import StageSnapshot
from tests.e2e.browser.chromium import browsing

Scheme = Literal["light", "dark"]

_SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_SHARPNESS = 1.5
"""Pixels of a picture to one of the page's."""

_BELOW = 20
"""Of the page's pixels, below what is shown."""


@dataclass(frozen=True, slots=True)
class View:
    """What a picture shows."""

    path: str
    """Of the page, with its query."""

    screen: ViewportSize
    subject: Callable[[Page], Locator]
    """What is there when the page is all there."""


BOARD = View("/", ViewportSize(width=1280, height=860), lambda page: page.get_by_role("article").first)
"""What died, and how all stands."""


def journey(id_: str) -> View:
    """The journey of a message; the screen is so narrow that health stands below it, not beside it."""
    return View(
        f"/journey?{urlencode({'id': id_})}",
        ViewportSize(width=1040, height=860),
        lambda page: page.get_by_role("img", name="The journey over time"),
    )


def pictures(morning: Morning, view: View) -> Mapping[Scheme, bytes]:
    """As PNG.

    Raises:
        OperatorError: the console cannot be served, or does not see what there is.
    """
    with serving(morning.stage.deployed) as (console, _), browsing() as browser:
        return dict(_pictures(console, browser, view))


def _pictures(console: ConsoleContext, browser: Browser, view: View) -> Iterator[tuple[Scheme, bytes]]:
    for scheme in _SCHEMES:
        context = browser.new_context(
            viewport=view.screen, device_scale_factor=_SHARPNESS, color_scheme=scheme, reduced_motion="reduce"
        )
        with closing(context):
            page = context.new_page()
            page.goto(console.access.address)  # admits the page, and lets the console look at the stage
            wait(lambda: _is_whole(console.cache.snapshot), "the console to have seen every letter")
            page.goto(urljoin(console.access.address, view.path))
            view.subject(page).wait_for()
            yield scheme, small(page.screenshot(animations="disabled", clip=_clip(page, view.screen)))


def _clip(page: Page, screen: ViewportSize) -> FloatRect:
    """As much as is on the screen, but nothing below the page itself."""
    main = page.get_by_role("main").bounding_box()
    end = main["y"] + main["height"] + _BELOW if main else screen["height"]
    return FloatRect(x=0, y=0, width=screen["width"], height=min(screen["height"], end))


def _is_whole(seen: StageSnapshot) -> bool:
    """Whether every type's letters are known."""
    if seen.status is None or seen.reading:
        return False
    return seen.queues.keys() >= {health.service for health in seen.status.services if health.dead_letters}
