"""The tests notice a page that does something forbidden."""

from local.polling import poll
from tests.e2e.browser.tab import Tab

BLOCKED = "Content Security Policy"
FORBIDDEN = (
    ("document.body.append(Object.assign(new Image(), {src: 'https://example.com/'}))", BLOCKED),
    ("document.body.append(Object.assign(document.createElement('script'), {text: '0'}))", BLOCKED),
    ("setTimeout(() => alert(1))", "a script ran: alert(1)"),
    ("setTimeout(() => { throw Error('of a script') })", "a script failed: of a script"),
    ("window.open('http://127.0.0.1:9')", "request to another origin: http://127.0.0.1:9/"),
)
"""JavaScript, each with the text of its violation."""


def violation(tab: Tab, text: str, *, after: int) -> str | None:
    return next((each for each in tab.violations()[after:] if text in each), None)


def test_forbidden_actions_of_a_page_are_reported(tab: Tab) -> None:
    for script, text in FORBIDDEN:
        before = len(tab.violations())

        tab.page.evaluate(f"void {script}")

        assert poll(
            lambda text=text, before=before: violation(tab, text, after=before),  # type: ignore[misc]  # defaults bind them
            what=text,
            seconds=10,
            every=0.05,
        )
    tab.allow("")
