"""A tab of the browser that is admitted to the console."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from ops.checkout import ROOT, shown
from tests.e2e.browser.complaints import Complaints

_EVIDENCE = ROOT / "build" / "browser"


@dataclass(frozen=True, slots=True)
class Tab:
    """One page after the other."""

    page: Page
    _complaints: Complaints

    def foretell(self, text: str) -> None:
        """What the browser says with this text in it is no complaint: the case is about it."""
        self._complaints.foretell(text)

    def complaints(self) -> list[str]:
        """What pages did until now that they may not."""
        self.page.evaluate("0")  # what happened before is told before the answer
        return self._complaints.made()

    def keep(self, name: str) -> str:
        """Write what is seen and all that was done into files; gives a sentence that says where."""
        stem = re.sub(r"[^\w.-]+", "-", name)
        picture, trace = _EVIDENCE / f"{stem}.png", _EVIDENCE / f"{stem}.zip"
        self.page.screenshot(path=picture, full_page=True)
        self.page.context.tracing.stop_chunk(path=trace)
        self.page.context.tracing.start_chunk()
        return f"what was seen is in {shown(picture)}; what was done: `playwright show-trace {shown(trace)}`"


def origin_of(address: str) -> str:
    """The console's own part of the address that it prints."""
    return address.split("/?", maxsplit=1)[0]


@contextmanager
def admitted(browser: Browser, address: str) -> Iterator[Tab]:
    """A tab, by itself, that stands on the console's first page; the address has the key."""
    origin = origin_of(address)
    with closing(browser.new_context(base_url=origin, reduced_motion="reduce")) as context:
        context.tracing.start(screenshots=True, snapshots=True)
        context.tracing.start_chunk()
        tab = Tab(context.new_page(), Complaints(context, origin))
        tab.page.goto(address)
        yield tab
