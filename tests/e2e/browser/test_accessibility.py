"""Every page is accessible by axe-core's rules, 375 and 1920 pixels wide, in the light and the dark scheme."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from schemas.activities import ACTIVITY_RECORD
from tests.e2e.browser.axe import problems
from tests.e2e.browser.discard_form import export
from tests.e2e.browser.failing_messages import FailingMessages
from tests.e2e.browser.tab import Tab

UNKNOWN_TENANT = uuid4()
PLACES = (
    "/",
    "/dead-letters",
    f"/dead-letters?type={ACTIVITY_RECORD.name}",
    f"/dead-letters?tenant={UNKNOWN_TENANT}",
    "/find?id={job}",
    f"/redrive?type={ACTIVITY_RECORD.name}&id={{job}}",
    f"/redrive?tenant={UNKNOWN_TENANT}",
    f"/discard?type={ACTIVITY_RECORD.name}&id={{job}}",
    "/pauses",
)


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab.page


def test_pages_are_accessible(page: Page, job: str) -> None:
    found = {}
    for place in PLACES:
        page.goto(place.format(job=job))
        found[place] = problems(page)

    assert {place: some for place, some in found.items() if some} == {}


def test_dead_letter_page_with_payload_is_accessible(page: Page, job: str) -> None:
    page.goto(f"/find?id={job}")
    page.get_by_role("button", name="Show the payload").click()
    page.get_by_label("The payload").wait_for()

    assert problems(page) == []


def test_journey_page_is_accessible(page: Page, job: str) -> None:
    page.goto(f"/journey?id={job}")
    page.get_by_role("img", name="The journey over time").wait_for()

    assert problems(page) == []


def test_error_page_is_accessible(page: Page, tab: Tab) -> None:
    tab.allow("status of 404")
    page.goto("/jobs/404")

    assert problems(page) == []


@pytest.mark.usefixtures("folder")
def test_page_of_a_cancelled_job_is_accessible(page: Page, job: str) -> None:
    page.goto(f"/discard?type={ACTIVITY_RECORD.name}&id={job}")
    export(page, comment="a test")
    assert problems(page) == []

    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Stopped by you").wait_for()
    assert problems(page) == []


def test_page_of_a_done_job_is_accessible(page: Page, failing: FailingMessages) -> None:
    company = str(uuid4())
    failing.of_activities(company)
    failing.repair(company)
    page.goto(f"/redrive?type={ACTIVITY_RECORD.name}&tenant={company}")
    page.get_by_role("button", name="Redrive 1").click()
    page.get_by_role("link", name="Back to the overview").wait_for()
    expect(page.get_by_role("main")).to_contain_text("1 of 1 dead letter redriven")

    assert problems(page) == []
