"""A page says so when its console has ended."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect

from ops.terminal.checkout import ROOT
from tests.e2e.browser.axe import problems
from tests.e2e.browser.tab import admitted
from tests.e2e.scene import Scene

ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+/\?key=\S+")
_SECONDS = 60


@contextmanager
def console_process(scene: Scene) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the console as operators do, in a separate process; yield the process and the printed address."""
    command = [sys.executable, "-m", "ops", "console", "--port", "0"]
    environment = scene.stage.endpoint.environment(os.environ)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            printed = process.stdout.readline()
            address = ADDRESS.search(printed)
            assert address, printed
            yield process, address[0]
        finally:
            process.kill()


def test_page_says_that_the_console_does_not_respond_after_ctrl_c(scene: Scene, browser: Browser) -> None:
    with console_process(scene) as (process, address), admitted(browser, address) as tab:
        notice = tab.page.get_by_role("alert").filter(has_text="The console does not respond")
        expect(notice).to_be_hidden()

        tab.allow("ERR_CONNECTION_REFUSED")
        tab.allow("Failed to fetch")
        process.send_signal(signal.SIGINT)
        process.wait(_SECONDS)

        expect(notice).to_be_visible()
        assert problems(tab.page) == []
        assert tab.violations() == []
