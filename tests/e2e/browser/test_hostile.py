"""Whatever a producer, a function or an address says is text, on every page."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ops.console.context import ConsoleContext
from tests.e2e.browser.deaths import Deaths
from tests.e2e.browser.hostile import LONG, SHORT, SHOWN, TYPE, Planted, planted
from tests.e2e.browser.tab import Tab

NARROW = ViewportSize(width=375, height=667)
FOREIGN = "main :is(img, script, iframe, svg[onload], [onerror], [onfocus], [autofocus])"
"""What hostile texts would make of themselves; the console's own pages have none of it."""

ADDRESSED = quote(" ".join(SHORT))


@pytest.fixture(scope="module")
def letters(desk: ConsoleContext) -> Iterator[Planted]:
    with planted(desk) as letters:
        yield letters


@pytest.fixture
def page(letters: Planted, deaths: Deaths, tab: Tab) -> Page:
    deaths.seen(letters.id, letters.sqs_message_id)
    tab.page.set_viewport_size(NARROW)
    return tab.page


def assert_all_is_text(page: Page, texts: Iterable[str] = SHOWN) -> None:
    """Hostile texts are seen as they are, made nothing, and do not make the page wider."""
    seen = page.get_by_role("main").text_content() or ""
    assert [each for each in texts if each not in seen] == []
    expect(page.locator(FOREIGN)).to_have_count(0)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]


def test_in_errors_and_biographies_of_letters(page: Page, letters: Planted) -> None:
    page.goto("/")
    assert_all_is_text(page)

    page.goto(f"/letters?type={TYPE}")
    assert_all_is_text(page)

    page.get_by_role("link", name=letters.id).click()
    assert_all_is_text(page, [*SHOWN, LONG])


def test_in_payloads(page: Page, letters: Planted) -> None:
    for an_id in (letters.id, letters.sqs_message_id):
        page.goto(f"/find?id={an_id}")
        page.get_by_role("button", name="Show the payload").click()
        page.get_by_text("That you looked").wait_for()
        payload = page.get_by_label("The payload").text_content() or ""
        assert LONG in payload
        assert all(each in payload for each in SHOWN[:-1])
        assert_all_is_text(page)


def test_in_the_lines_of_a_journey(page: Page, letters: Planted) -> None:
    page.goto(f"/journey?id={letters.id}")
    page.get_by_role("list", name="Every hop in words").wait_for()

    assert_all_is_text(page)


def test_in_what_is_asked_before_letters_are_sent_or_deleted(page: Page) -> None:
    for page_of in ("redrive", "discard"):
        page.goto(f"/{page_of}?type={TYPE}")
        assert_all_is_text(page)


def test_in_an_id_of_the_address(page: Page) -> None:
    for place in ("letters", "redrive", "discard"):
        page.goto(f"/{place}?id={ADDRESSED}")
        assert_all_is_text(page)


def test_in_what_is_no_id_of_a_journey(page: Page) -> None:
    page.goto(f"/journey?id={ADDRESSED}")
    page.get_by_role("alert").filter(has_text="can be no id").wait_for()

    assert_all_is_text(page)


def test_in_a_filter_that_is_none(page: Page, tab: Tab) -> None:
    tab.foretell("status of 400")
    for name in ("type", "reason", "fingerprint", "tenant", "since"):
        page.goto(f"/letters?{name}={ADDRESSED}")
        assert_all_is_text(page, SHOWN[:3])  # quotation marks and escapes may be escaped once more in a sentence
