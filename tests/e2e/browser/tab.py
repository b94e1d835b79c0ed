"""A browser tab that is admitted to the console."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from ops.terminal.checkout import ROOT, shown
from tests.e2e.browser.violations import Violations

_EVIDENCE = ROOT / "build" / "browser"


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab and its violations."""

    page: Page
    _violations: Violations

    def allow(self, text: str) -> None:
        """Ignore violations with this text, since the test causes them."""
        self._violations.allow(text)

    def violations(self) -> list[str]:
        """Violations of the pages so far."""
        self.page.evaluate("0")  # the browser reports earlier events before it returns the result
        return self._violations.found()

    def save_evidence(self, name: str) -> str:
        """Save a screenshot and a trace; return a sentence that names the files."""
        stem = re.sub(r"[^\w.-]+", "-", name)
        picture, trace = _EVIDENCE / f"{stem}.png", _EVIDENCE / f"{stem}.zip"
        self.page.screenshot(path=picture, full_page=True)
        self.page.context.tracing.stop_chunk(path=trace)
        self.page.context.tracing.start_chunk()
        return f"screenshot: {shown(picture)}; trace: `playwright show-trace {shown(trace)}`"


def origin_of(address: str) -> str:
    """Origin of the address that the console prints."""
    return address.split("/?", maxsplit=1)[0]


@contextmanager
def admitted(browser: Browser, address: str) -> Iterator[Tab]:
    """Open a tab in a new browser context, on the console's overview; the address holds the key."""
    origin = origin_of(address)
    with closing(browser.new_context(base_url=origin, reduced_motion="reduce")) as context:
        context.tracing.start(screenshots=True, snapshots=True)
        context.tracing.start_chunk()
        tab = Tab(context.new_page(), Violations(context, origin))
        tab.page.goto(address)
        yield tab
