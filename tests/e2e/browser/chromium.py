"""Chromium, driven by Playwright."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.browser.installed import chromium

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-proxy-server",  # the console is on loopback, and needs no proxy from the environment
)
"""Added to Playwright's flags, which prevent requests to the browser's vendor and allow root."""

_SECONDS = 30
"""Time limit for a page to change: a function runs meanwhile, or a queue is read."""


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser inside the block; this thread has a running event loop meanwhile.

    Raises:
        NoChromiumError: this machine has no Chromium.
    """
    path = chromium(os.environ)
    expect.set_options(timeout=_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
