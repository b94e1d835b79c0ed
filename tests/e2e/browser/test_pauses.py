"""A type is paused, keeps its messages and is resumed; what stops the heartbeats is confirmed first."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from ops.console.context import ConsoleContext
from ops.pauses.actions import Pauser
from ops.pauses.pauses import HEARTBEATS_STOP, read_pauses
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.browser.axe import problems
from tests.e2e.browser.tab import Tab
from tests.e2e.browser.test_keyboard import press, tab_to
from tests.e2e.scene import Scene

TYPE = REPORT_GENERATE.name


@pytest.fixture
def page(tab: Tab, console: ConsoleContext) -> Iterator[Page]:
    """A tab; what it paused is resumed afterwards."""
    yield tab.page
    Pauser(stage=console.stage).resume(TYPE)


def test_type_is_paused_keeps_its_messages_and_is_resumed(scene: Scene, page: Page) -> None:
    main, health = page.get_by_role("main"), page.get_by_role("complementary", name="Health by type")
    page.get_by_role("link", name="Pauses").click()
    page.get_by_label("What").select_option(TYPE)
    page.get_by_label("For how long").fill("2h")
    page.get_by_label("Comment for the audit log", exact=True).fill("the CRM is being migrated")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(main).to_contain_text(f"Paused: {TYPE}.")
    expect(health).to_contain_text(f"{TYPE} is paused by")

    report = str(uuid4())
    job = scene.publish_message(REPORT_GENERATE, {"companyId": str(uuid4()), "reportId": report}, subject=report)
    scene.eventually(lambda: _is_waiting(page), what="the message to wait in the queue of the paused type")
    assert problems(page) == []

    page.get_by_role("button", name=f"Resume {TYPE}").click()

    expect(main).to_contain_text(f"Resumed: {TYPE}.")
    ran = scene.outcome_at(job.id, TYPE)
    assert (ran.what, ran.attempt) == (Outcome.SUCCEEDED, 1)


def _is_waiting(page: Page) -> bool:
    """Open the page again; whether it counts a message that waits."""
    page.goto("/pauses")
    return "1 message in the queue" in page.get_by_role("main").inner_text()


def test_pause_that_stops_heartbeats_is_confirmed_by_keyboard(page: Page, console: ConsoleContext) -> None:
    page.goto(f"/pauses?subject={QUEUE_PROCESSOR}")
    comment = page.get_by_label("Comment for the audit log", exact=True)
    tab_to(comment)
    page.keyboard.type("a test")
    press(page.get_by_role("button", name="Pause", exact=True))

    expect(page.get_by_role("alert").filter(has_text=HEARTBEATS_STOP)).to_be_visible()
    assert problems(page) == []
    press(page.get_by_role("link", name="Cancel"))

    expect(page.get_by_role("main")).to_contain_text("Nothing is paused.")
    assert read_pauses(console.stage).by_service == {}


def test_page_is_usable_without_scripts(page: Page, console: ConsoleContext) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(base_url=page.url, java_script_enabled=False) as plain:
        plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # playwright's own type of cookies
        tab = plain.new_page()
        tab.goto("/pauses")
        tab.get_by_label("What").select_option(TYPE)
        tab.get_by_label("Comment for the audit log", exact=True).fill("a test")
        tab.get_by_role("button", name="Pause", exact=True).click()

        assert TYPE in read_pauses(console.stage).by_service
        tab.get_by_role("button", name=f"Resume {TYPE}").click()
        expect(tab.get_by_role("main")).to_contain_text(f"Resumed: {TYPE}.")
