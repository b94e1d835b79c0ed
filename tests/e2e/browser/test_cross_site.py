"""The console responds only to its own pages, in a browser that has the key."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from local.emulator.emulator import HOST
from ops.console.browser import opened
from ops.console.context import ConsoleContext
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.tab import origin_of

REFUSED = "Refused: another site asked for this"
NO_KEY = "Refused: open the address that the console printed in its terminal: it has the key in it.\n"
NO_REFERRER = '<meta name="referrer" content="no-referrer">'
"""With it, browsers send a form with the origin `null`."""


@pytest.fixture
def victim(browser: Browser, console: ConsoleContext) -> Iterator[Page]:
    """A page in a browser that is admitted to the console."""
    with closing(browser.new_context(base_url=origin_of(console.access.address))) as context:
        page = context.new_page()
        page.goto(console.access.address)
        yield page


@contextmanager
def other_site(html: str) -> Iterator[str]:
    """Serve a page on another port of this machine, which browsers treat as the same site; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}/"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("head", "origin"), [("", "http://127.0.0.1:"), (NO_REFERRER, "null")], ids=["of another origin", "of no origin"]
)
def test_form_of_another_site_is_refused_and_nothing_is_sent(
    console: ConsoleContext, job: str, victim: Page, head: str, origin: str
) -> None:
    form = (
        f'{head}<form method="post" action="{origin_of(console.access.address)}/redrive">'
        f'<input name="type" value="{ACTIVITY_RECORD.name}"><input name="id" value="{job}"><button>Win</button></form>'
    )
    jobs = console.jobs.latest()

    with other_site(form) as address:
        victim.goto(address)
        with victim.expect_navigation() as response:
            victim.get_by_role("button").click()

    assert str(response.value.request.header_value("Origin")).startswith(origin)
    assert response.value.status == HTTPStatus.FORBIDDEN
    assert REFUSED in victim.content()
    assert console.jobs.latest() == jobs
    assert audited(console, OperatorAction.REDRIVEN, job) == []


def test_file_that_the_console_opens_admits_one_browser(
    console: ConsoleContext, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[str] = []
    monkeypatch.setattr("ops.console.browser.webbrowser.open", files.append)
    origin = origin_of(console.access.address)

    with opened(console.access.one_time_address(), tmp_path):
        for is_first in (True, False):
            with closing(browser.new_context()) as context:
                page = context.new_page()
                page.goto(files[0])
                (page.get_by_role("heading", name="Dead letters") if is_first else page.get_by_text(REFUSED)).wait_for()
                assert (page.url == f"{origin}/") is is_first


def test_link_from_another_site_is_refused(console: ConsoleContext, victim: Page) -> None:
    with other_site(f'<a href="{origin_of(console.access.address)}/dead-letters">Link</a>') as address:
        victim.goto(address)
        victim.get_by_role("link").click()

        victim.get_by_text(REFUSED).wait_for()


def test_request_without_the_key_is_refused(browser: Browser, console: ConsoleContext) -> None:
    with closing(browser.new_context(base_url=origin_of(console.access.address))) as context:
        page = context.new_page()
        for place in ("/", "/?key=", "/?key=guessed", "/dead-letters", "/nowhere", "/static/console.css"):
            response = page.goto(place)

            assert response is not None
            assert (response.status, response.text()) == (HTTPStatus.UNAUTHORIZED, NO_KEY)


def test_key_is_removed_from_the_address(console: ConsoleContext, victim: Page) -> None:
    assert console.access.key not in victim.url
    assert victim.evaluate("document.cookie") == ""
