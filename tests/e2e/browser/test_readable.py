"""Every page is for everybody: 375 and 1920 pixels wide, by day and by night, by axe-core's rules."""

from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from schemas.activities import ACTIVITY_RECORD
from tests.e2e.browser.axe import flaws
from tests.e2e.browser.deaths import Deaths
from tests.e2e.browser.exporting import export
from tests.e2e.browser.tab import Tab

NO_FACTS = uuid4()
PLACES = (
    "/",
    "/letters",
    f"/letters?type={ACTIVITY_RECORD.name}",
    f"/letters?tenant={NO_FACTS}",
    "/find?id={job}",
    f"/redrive?type={ACTIVITY_RECORD.name}&id={{job}}",
    f"/redrive?tenant={NO_FACTS}",
    f"/discard?type={ACTIVITY_RECORD.name}&id={{job}}",
)


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab.page


def test_pages_to_look_at(page: Page, job: str) -> None:
    found = {}
    for place in PLACES:
        page.goto(place.format(job=job))
        found[place] = flaws(page)

    assert {place: some for place, some in found.items() if some} == {}


def test_a_letter_with_its_payload(page: Page, job: str) -> None:
    page.goto(f"/find?id={job}")
    page.get_by_role("button", name="Show the payload").click()
    page.get_by_label("The payload").wait_for()

    assert flaws(page) == []


def test_a_journey(page: Page, job: str) -> None:
    page.goto(f"/journey?id={job}")
    page.get_by_role("img", name="The journey over time").wait_for()

    assert flaws(page) == []


def test_that_something_did_not_work(page: Page, tab: Tab) -> None:
    tab.foretell("status of 404")
    page.goto("/work/404")

    assert flaws(page) == []


@pytest.mark.usefixtures("folder")
def test_a_work_that_asks_and_is_stopped(page: Page, job: str) -> None:
    page.goto(f"/discard?type={ACTIVITY_RECORD.name}&id={job}")
    export(page, why="a test")
    assert flaws(page) == []

    page.get_by_role("button", name="No, leave them").click()
    page.get_by_text("Stopped by you").wait_for()
    assert flaws(page) == []


def test_a_work_that_is_done(page: Page, deaths: Deaths) -> None:
    company = str(uuid4())
    deaths.of_activities(company)
    deaths.mend(company)
    page.goto(f"/redrive?type={ACTIVITY_RECORD.name}&tenant={company}")
    page.get_by_role("button", name="Send 1 letter back").click()
    page.get_by_role("link", name="Back to what died").wait_for()
    expect(page.get_by_role("main")).to_contain_text("1 of 1 were sent back")

    assert flaws(page) == []
