"""The console answers its own pages, in a browser that has the key, and nothing else."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page

from local.emulator.emulator import HOST
from ops.console.context import ConsoleContext
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.tab import origin_of

REFUSED = "Refused: another site asked for this"
NO_KEY = "Refused: open the address that the console printed in its terminal: it has the key in it.\n"
NO_REFERRER = '<meta name="referrer" content="no-referrer">'
"""With which a browser says of a form that it comes from `null`."""


@pytest.fixture
def victim(browser: Browser, desk: ConsoleContext) -> Iterator[Page]:
    """A page of a browser that is admitted to the console."""
    with closing(browser.new_context(base_url=origin_of(desk.gate.address))) as context:
        page = context.new_page()
        page.goto(desk.gate.address)
        yield page


@contextmanager
def other_site(html: str) -> Iterator[str]:
    """The address of a page on another port of this machine, which to a browser is the same site."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer((HOST, 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{HOST}:{server.server_port}/"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("head", "origin"), [("", "http://127.0.0.1:"), (NO_REFERRER, "null")], ids=["of another origin", "of no origin"]
)
def test_a_form_of_another_site_is_refused_and_nothing_is_sent(
    desk: ConsoleContext, job: str, victim: Page, head: str, origin: str
) -> None:
    form = (
        f'{head}<form method="post" action="{origin_of(desk.gate.address)}/redrive">'
        f'<input name="type" value="{ACTIVITY_RECORD.name}"><input name="id" value="{job}"><button>Win</button></form>'
    )
    works = desk.works.latest()

    with other_site(form) as address:
        victim.goto(address)
        with victim.expect_navigation() as answered:
            victim.get_by_role("button").click()

    assert str(answered.value.request.header_value("Origin")).startswith(origin)
    assert answered.value.status == HTTPStatus.FORBIDDEN
    assert REFUSED in victim.content()
    assert desk.works.latest() == works
    assert audited(desk, OperatorAction.REDRIVEN, job) == []


def test_a_link_from_another_site_is_not_followed_to_the_console(desk: ConsoleContext, victim: Page) -> None:
    with other_site(f'<a href="{origin_of(desk.gate.address)}/letters">Look</a>') as address:
        victim.goto(address)
        victim.get_by_role("link").click()

        victim.get_by_text(REFUSED).wait_for()


def test_without_the_key_nothing_is_shown(browser: Browser, desk: ConsoleContext) -> None:
    with closing(browser.new_context(base_url=origin_of(desk.gate.address))) as context:
        page = context.new_page()
        for place in ("/", "/?key=", "/?key=guessed", "/letters", "/nowhere", "/static/console.css"):
            answer = page.goto(place)

            assert answer is not None
            assert (answer.status, answer.text()) == (HTTPStatus.UNAUTHORIZED, NO_KEY)


def test_the_key_does_not_stay_in_the_address(desk: ConsoleContext, victim: Page) -> None:
    assert desk.gate.key not in victim.url
    assert victim.evaluate("document.cookie") == ""
