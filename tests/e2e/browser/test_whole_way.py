"""On-call's way through the console: find a failure, read why, mend, send a sample back, see it succeed."""

import re
from uuid import uuid4

from playwright.sync_api import expect

from schemas.activities import ACTIVITY_RECORD
from schemas.advice import ADVICE
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE
from tests.e2e.browser.deaths import Deaths
from tests.e2e.browser.finding import cause_of
from tests.e2e.browser.tab import Tab
from tests.e2e.scene import Scene


def test_what_died_is_found_read_mended_and_sent_back_with_a_sample(scene: Scene, deaths: Deaths, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    jobs = deaths.of_reports(company, 3)
    main, cause = page.get_by_role("main"), cause_of(page, REPORT_GENERATE.name, Reason.PERMANENT)

    cause.get_by_role("link", name="Letters of report.generate").click()
    page.get_by_role("link", name=jobs[0]).click()
    expect(main).to_contain_text("the CRM answered 410 to POST /internal/reports/")
    expect(main).to_contain_text(ADVICE[Reason.PERMANENT].why)
    expect(page.get_by_role("region", name="Biography").get_by_role("listitem")).to_contain_text("PermanentError")

    page.get_by_role("link", name="Journey").click()
    expect(page.get_by_role("img", name="The journey over time")).to_be_visible()
    expect(page.get_by_role("list", name="Every hop in words")).to_contain_text("dead-lettered")

    deaths.mend(company)
    page.get_by_role("link", name="What died").click()
    cause.get_by_role("link", name="Redrive").click()
    page.get_by_label("Sample", exact=True).fill("1")
    page.get_by_role("button", name="Send 3 letters back").click()
    expect(main).to_contain_text("3 of 3 were sent back")
    expect(page.get_by_role("list").filter(has_text=Outcome.SUCCEEDED).get_by_role("listitem")).to_have_count(1)

    page.get_by_role("link", name="Back to what died").click()
    expect(cause).to_have_count(0)
    for job in jobs:
        assert scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # a default binds it
            what="a mended job to be done",
        )


def test_a_redrive_whose_sample_fails_stops_by_itself(scene: Scene, deaths: Deaths, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    jobs = deaths.of_activities(company, 3)
    main = page.get_by_role("main")

    page.get_by_role("link", name="All letters").click()
    page.get_by_label(re.compile("^Type")).select_option(ACTIVITY_RECORD.name)
    page.get_by_label("Tenant").fill(company)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("region", name="Dead letters").get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("link", name="Redrive these").click()
    page.get_by_label("Sample", exact=True).fill("1")
    page.get_by_role("button", name="Send 3 letters back").click()

    expect(main).to_contain_text("1 of 3 were sent back")
    expect(main).to_contain_text("It stopped by itself")
    expect(main).to_contain_text(f"{Outcome.DEAD_LETTERED} PermanentError: the CRM answered 410")
    letters = [scene.dead_letter(ACTIVITY_RECORD.name, lambda letter, job=job: letter.id == job) for job in jobs]  # type: ignore[misc]  # likewise
    assert sorted(letter.failure_history["redriven"] for letter in letters) == [0, 0, 1]
