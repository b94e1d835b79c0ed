"""An on-call engineer finds a failure, reads its cause, repairs it, redrives a sample, and sees it succeed."""

import re
from uuid import uuid4

from playwright.sync_api import expect

from schemas.activities import ACTIVITY_RECORD
from schemas.advice import ADVICE
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE
from tests.e2e.browser.failing_messages import FailingMessages
from tests.e2e.browser.overview_page import cause_of
from tests.e2e.browser.tab import Tab
from tests.e2e.scene import Scene


def test_failure_is_found_read_and_redriven_with_a_sample(scene: Scene, failing: FailingMessages, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    jobs = failing.of_reports(company, 3)
    main, cause = page.get_by_role("main"), cause_of(page, REPORT_GENERATE.name, Reason.PERMANENT)

    cause.get_by_role("link", name="List dead letters of report.generate").click()
    page.get_by_role("link", name=jobs[0]).click()
    expect(main).to_contain_text("the CRM answered 422 to POST /internal/reports/")
    expect(main).to_contain_text(ADVICE[Reason.PERMANENT].why)
    expect(page.get_by_role("region", name="Failure history").get_by_role("listitem")).to_contain_text("PermanentError")

    page.get_by_role("link", name="Journey").click()
    expect(page.get_by_role("img", name="The journey over time")).to_be_visible()
    expect(page.get_by_role("list", name="All hops as text")).to_contain_text("dead-lettered")

    failing.repair(company)
    page.get_by_role("link", name="Overview").click()
    cause.get_by_role("link", name="Redrive").click()
    page.get_by_label("Sample size").fill("1")
    page.get_by_role("button", name="Redrive 3").click()
    expect(main).to_contain_text("3 of 3 dead letters redriven")
    expect(page.get_by_role("list").filter(has_text=Outcome.SUCCEEDED).get_by_role("listitem")).to_have_count(1)

    page.get_by_role("link", name="Back to the overview").click()
    expect(cause).to_have_count(0)
    for job in jobs:
        assert scene.lines(
            lambda line, job=job: line.id == job and line.what is Outcome.SUCCEEDED,  # type: ignore[misc]  # a default binds it
            what="a redriven job to succeed",
        )


def test_redrive_stops_if_its_sample_fails(scene: Scene, failing: FailingMessages, tab: Tab) -> None:
    company, page = str(uuid4()), tab.page
    jobs = failing.of_activities(company, 3)
    main = page.get_by_role("main")

    page.get_by_role("link", name="All dead letters").click()
    page.get_by_label(re.compile("^Type")).select_option(ACTIVITY_RECORD.name)
    page.get_by_label("Tenant").fill(company)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("region", name="Dead letters").get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("link", name="Redrive 3 …").click()
    page.get_by_label("Sample size").fill("1")
    page.get_by_role("button", name="Redrive 3").click()

    expect(main).to_contain_text("1 of 3 dead letters redriven")
    expect(main).to_contain_text("Stopped: the sample failed")
    expect(main).to_contain_text(f"{Outcome.DEAD_LETTERED} PermanentError: the CRM answered 422")
    found = [scene.dead_letter(ACTIVITY_RECORD.name, lambda each, job=job: each.id == job) for job in jobs]  # type: ignore[misc]  # a default binds it
    assert sorted(each.failure_history["redriven"] for each in found) == [0, 0, 1]
