"""The console works without a mouse."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Reason
from tests.e2e.browser.discard_form import export
from tests.e2e.browser.failing_messages import FailingMessages
from tests.e2e.browser.overview_page import cause_of
from tests.e2e.browser.tab import Tab

MAX_PRESSES = 300
"""Presses of Tab after which an element counts as unreachable."""

HAS_VISIBLE_FOCUS = """() => {
    const focused = document.activeElement, {outlineStyle, outlineWidth} = getComputedStyle(focused);
    const {left, right, top, bottom} = focused.getBoundingClientRect();
    const isOnScreen = right > Math.max(left, 0) && bottom > Math.max(top, 0) && left < innerWidth && top < innerHeight;
    return isOnScreen && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""
"""Whether the focused element is on the screen, with a visible outline."""


def tab_to(target: Locator) -> None:
    """Press Tab until an element has the focus; check that the focus is visible at each step."""
    target.wait_for(state="attached")
    page = target.page
    for _ in range(MAX_PRESSES):
        page.keyboard.press("Tab")
        assert page.evaluate(HAS_VISIBLE_FOCUS), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {target}")


def press(target: Locator) -> None:
    """Focus an element and press Enter, which leads to another page."""
    tab_to(target)
    with target.page.expect_navigation():
        target.page.keyboard.press("Enter")


def test_redrive_by_keyboard_only(failing: FailingMessages, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    (job,) = failing.of_activities(company)
    failing.repair(company)
    main = page.get_by_role("main")

    tab_to(page.get_by_role("link", name="Skip to the page"))
    page.keyboard.press("Enter")
    expect(main).to_be_focused()
    press(cause_of(page, ACTIVITY_RECORD.name, Reason.PERMANENT).get_by_role("link", name="List"))
    press(page.get_by_role("link", name=job))
    press(page.get_by_role("link", name="Redrive …"))
    tab_to(page.get_by_label("Redrive a sample first"))
    page.keyboard.press("Space")
    press(page.get_by_role("button", name="Redrive 1"))
    expect(main).to_contain_text("1 of 1 dead letter redriven")
    press(page.get_by_role("link", name="Back to the overview"))

    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()


def test_focus_stays_while_the_overview_changes(failing: FailingMessages, tab: Tab) -> None:
    failing.of_activities(str(uuid4()))  # a new one, whose age is shown in seconds
    cause, health = (
        cause_of(tab.page, ACTIVITY_RECORD.name, Reason.PERMANENT),
        tab.page.get_by_role("complementary", name="Health by type"),
    )
    for part, name in ((cause, "Redrive"), (health, ACTIVITY_RECORD.name)):
        link, ago = part.get_by_role("link", name=name), part.get_by_text(" ago").first
        tab_to(link)

        expect(ago).not_to_have_text(ago.inner_text())

        expect(link).to_be_focused()


@pytest.mark.usefixtures("folder")
def test_focus_stays_on_a_button_while_the_job_page_polls(job: str, tab: Tab) -> None:
    page = tab.page
    page.goto(f"/discard?type={ACTIVITY_RECORD.name}&id={job}")
    export(page, comment="a test")
    cancel = page.get_by_role("button", name="Cancel")
    tab_to(cancel)

    for _ in range(2):  # after the second response, the page shows the first
        with page.expect_response(lambda response: "/jobs/" in response.url):
            pass

    expect(cancel).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
