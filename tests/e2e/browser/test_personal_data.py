"""People's data is shown to who asks for it, and it is written down who did."""

from playwright.sync_api import expect

from ops.console.context import ConsoleContext
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.deaths import SUMMARY
from tests.e2e.browser.tab import Tab


def test_a_payload_is_shown_after_a_click_that_is_logged(desk: ConsoleContext, job: str, tab: Tab) -> None:
    page, before = tab.page, len(audited(desk, OperatorAction.SHOWN, job))
    for place in ("/", "/letters", f"/find?id={job}"):
        page.goto(place)
        assert SUMMARY not in page.content()
    assert len(audited(desk, OperatorAction.SHOWN, job)) == before

    page.get_by_role("button", name="Show the payload").click()

    expect(page.get_by_label("The payload")).to_contain_text(SUMMARY)
    (line,) = audited(desk, OperatorAction.SHOWN, job)[before:]
    assert line["who"] == desk.who

    page.goto(f"/find?id={job}")
    assert SUMMARY not in page.content()
