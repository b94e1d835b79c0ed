"""The console without a mouse."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Reason
from tests.e2e.browser.deaths import Deaths
from tests.e2e.browser.exporting import export
from tests.e2e.browser.finding import cause_of
from tests.e2e.browser.tab import Tab

MOST = 300
"""Presses of a key, after which something cannot be reached."""

SEEN = """() => {
    const focused = document.activeElement, {outlineStyle, outlineWidth} = getComputedStyle(focused);
    const {left, right, top, bottom} = focused.getBoundingClientRect();
    const isOnScreen = right > Math.max(left, 0) && bottom > Math.max(top, 0) && left < innerWidth && top < innerHeight;
    return isOnScreen && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""
"""Whether what has the focus is on the screen, and looks as if it has."""


def tab_to(target: Locator) -> None:
    """Press Tab until something has the focus, which is seen wherever it goes on its way."""
    target.wait_for(state="attached")
    page = target.page
    for _ in range(MOST):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {target}")


def press(target: Locator) -> None:
    """Go there and press it, which leads to another page."""
    tab_to(target)
    with target.page.expect_navigation():
        target.page.keyboard.press("Enter")


def test_the_whole_way(deaths: Deaths, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    (job,) = deaths.of_activities(company)
    deaths.mend(company)
    main = page.get_by_role("main")

    tab_to(page.get_by_role("link", name="Skip to the page"))
    page.keyboard.press("Enter")
    expect(main).to_be_focused()
    press(cause_of(page, ACTIVITY_RECORD.name, Reason.PERMANENT).get_by_role("link", name="Letters"))
    press(page.get_by_role("link", name=job))
    press(page.get_by_role("link", name="Redrive it"))
    tab_to(page.get_by_label("Send a sample first"))
    page.keyboard.press("Space")
    press(page.get_by_role("button", name="Send 1 letter back"))
    expect(main).to_contain_text("1 of 1 were sent back")
    press(page.get_by_role("link", name="Back to what died"))

    expect(page.get_by_role("heading", name="What died")).to_be_visible()


@pytest.mark.usefixtures("job")
def test_the_focus_stays_where_it_is_while_the_first_page_changes(tab: Tab) -> None:
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
def test_the_focus_stays_on_a_question_while_its_page_looks_again(job: str, tab: Tab) -> None:
    page = tab.page
    page.goto(f"/discard?type={ACTIVITY_RECORD.name}&id={job}")
    export(page, why="a test")
    no = page.get_by_role("button", name="No, leave them")
    tab_to(no)

    for _ in range(2):  # when the second is answered, what the first brought is on the page
        with page.expect_response(lambda answer: "/work/" in answer.url):
            pass

    expect(no).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
