"""Chromium, driven by Playwright."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.browser.installed import chromium

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-proxy-server",  # whatever the user's environment names: the console is on loopback
)
"""Besides Playwright's own, which keep it from asking its maker for anything and let it run as root."""

_SECONDS = 30
"""That a page has to become as it should be: a function runs meanwhile, or a queue is looked through."""


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser meanwhile; as long as it is there, this thread has an event loop that runs.

    Raises:
        NoChromiumError: there is none on this machine.
    """
    path = chromium(os.environ)
    expect.set_options(timeout=_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
