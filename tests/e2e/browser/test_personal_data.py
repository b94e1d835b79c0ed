"""Personal data is shown on request only, and the audit log records who requested it."""

from playwright.sync_api import expect

from ops.console.context import ConsoleContext
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.failing_messages import SUMMARY
from tests.e2e.browser.tab import Tab


def test_payload_is_shown_after_a_click_that_is_audited(console: ConsoleContext, job: str, tab: Tab) -> None:
    page, before = tab.page, len(audited(console, OperatorAction.SHOWN, job))
    for place in ("/", "/dead-letters", f"/find?id={job}"):
        page.goto(place)
        assert SUMMARY not in page.content()
    assert len(audited(console, OperatorAction.SHOWN, job)) == before

    page.get_by_role("button", name="Show the payload").click()

    expect(page.get_by_label("The payload")).to_contain_text(SUMMARY)
    (line,) = audited(console, OperatorAction.SHOWN, job)[before:]
    assert line["who"] == console.operator

    page.goto(f"/find?id={job}")
    assert SUMMARY not in page.content()
