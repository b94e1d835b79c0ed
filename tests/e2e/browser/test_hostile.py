"""Hostile text from producers, functions and addresses is text on every page."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ops.console.context import ConsoleContext
from tests.e2e.browser.failing_messages import FailingMessages
from tests.e2e.browser.hostile import LONG, SHORT, SHOWN, TYPE, HostileDeadLetters, hostile_dead_letters_in
from tests.e2e.browser.tab import Tab

NARROW = ViewportSize(width=375, height=667)
FOREIGN = "main :is(img, script, iframe, svg[onload], [onerror], [onfocus], [autofocus])"
"""Elements that hostile texts would create; the console's pages have none of them."""

ADDRESSED = quote(" ".join(SHORT))


@pytest.fixture(scope="module")
def hostile_dead_letters(console: ConsoleContext) -> Iterator[HostileDeadLetters]:
    with hostile_dead_letters_in(console) as hostile_dead_letters:
        yield hostile_dead_letters


@pytest.fixture
def page(hostile_dead_letters: HostileDeadLetters, failing: FailingMessages, tab: Tab) -> Page:
    failing.wait_until_known(hostile_dead_letters.id, hostile_dead_letters.sqs_message_id)
    tab.page.set_viewport_size(NARROW)
    return tab.page


def assert_all_is_text(page: Page, texts: Iterable[str] = SHOWN) -> None:
    """Check that hostile texts are shown as text, create no elements, and do not widen the page."""
    shown = page.get_by_role("main").text_content() or ""
    assert [each for each in texts if each not in shown] == []
    expect(page.locator(FOREIGN)).to_have_count(0)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]


def test_hostile_text_in_failure_histories_is_text(page: Page, hostile_dead_letters: HostileDeadLetters) -> None:
    page.goto("/")
    assert_all_is_text(page)

    page.goto(f"/dead-letters?type={TYPE}")
    assert_all_is_text(page)

    page.get_by_role("link", name=hostile_dead_letters.id).click()
    assert_all_is_text(page, [*SHOWN, LONG])


def test_hostile_text_in_payloads_is_text(page: Page, hostile_dead_letters: HostileDeadLetters) -> None:
    for message_id in (hostile_dead_letters.id, hostile_dead_letters.sqs_message_id):
        page.goto(f"/find?id={message_id}")
        page.get_by_role("button", name="Show the payload").click()
        page.get_by_text("The audit log records that you saw it.").wait_for()
        payload = page.get_by_label("The payload").text_content() or ""
        assert LONG in payload
        assert all(each in payload for each in SHOWN[:-1])
        assert_all_is_text(page)


def test_hostile_text_in_log_lines_is_text(page: Page, hostile_dead_letters: HostileDeadLetters) -> None:
    page.goto(f"/journey?id={hostile_dead_letters.id}")
    page.get_by_role("list", name="All hops as text").wait_for()

    assert_all_is_text(page)


def test_hostile_text_in_redrive_and_discard_forms_is_text(page: Page) -> None:
    for path in ("redrive", "discard"):
        page.goto(f"/{path}?type={TYPE}")
        assert_all_is_text(page)


def test_hostile_text_in_an_id_filter_is_text(page: Page) -> None:
    for place in ("dead-letters", "redrive", "discard"):
        page.goto(f"/{place}?id={ADDRESSED}")
        assert_all_is_text(page)


def test_hostile_text_as_id_of_a_journey_is_text(page: Page) -> None:
    page.goto(f"/journey?id={ADDRESSED}")
    page.get_by_role("alert").filter(has_text="is no subject").wait_for()

    assert_all_is_text(page)


def test_hostile_text_in_an_invalid_filter_is_text(page: Page, tab: Tab) -> None:
    tab.allow("status of 400")
    for name in ("type", "reason", "cause", "tenant", "since"):
        page.goto(f"/dead-letters?{name}={ADDRESSED}")
        assert_all_is_text(page, SHOWN[:3])  # an error may escape quotation marks and escapes once more
