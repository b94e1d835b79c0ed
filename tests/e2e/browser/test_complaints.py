"""A page that did what none may do would be found out."""

from local.polling import poll
from tests.e2e.browser.tab import Tab

BLOCKED = "Content Security Policy"
DEEDS = (
    ("document.body.append(Object.assign(new Image(), {src: 'https://example.com/'}))", BLOCKED),
    ("document.body.append(Object.assign(document.createElement('script'), {text: '0'}))", BLOCKED),
    ("setTimeout(() => alert(1))", "a script ran: alert(1)"),
    ("setTimeout(() => { throw Error('of a script') })", "a script failed: of a script"),
    ("window.open('http://127.0.0.1:9')", "something of another origin was asked for: http://127.0.0.1:9/"),
)
"""In JavaScript, each with what is to be said of it."""


def complaint(tab: Tab, text: str, *, after: int) -> str | None:
    return next((each for each in tab.complaints()[after:] if text in each), None)


def test_what_no_page_may_do_is_a_complaint(tab: Tab) -> None:
    for deed, text in DEEDS:
        before = len(tab.complaints())

        tab.page.evaluate(f"void {deed}")

        assert poll(
            lambda text=text, before=before: complaint(tab, text, after=before),  # type: ignore[misc]  # defaults bind them
            what=text,
            seconds=10,
            every=0.05,
        )
    tab.foretell("")
