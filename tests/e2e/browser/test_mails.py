"""Each mail can be read on a phone and a laptop, in the light and the dark scheme, in each language."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lambdas.common.clients.ses import Mail
from lambdas.common.texts.language import FOLDER
from lambdas.email_send.rendering import render
from schemas.emails import Template
from tests.e2e.browser.mail_checks import layout_problems, problems, unstyled_problems
from tests.e2e.browser.violations import Violations
from tests.mails import HARD, PLAIN, Words, mail

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir())
IN_EVERY_RUN = {
    (Template.BOOKING_CONFIRMATION, "de"),
    (Template.USER_INVITATION, "fr"),
    (Template.WEBHOOK_FAILING, "en"),
}
"""Facts, a button below a title with a company's name, and the longest text."""

RIGHT_ENDS = """() => [...document.querySelectorAll("h1, p.quiet, th")].map((block) => {
    const range = document.createRange();
    range.selectNodeContents(block);
    return Math.round(Math.max(...[...range.getClientRects()].map((line) => line.right)));
})"""
"""Where title, texts and labels end at the right, in pixels."""

of_each_mail = pytest.mark.parametrize(
    ("template", "language"),
    [
        pytest.param(template, language, marks=() if (template, language) in IN_EVERY_RUN else pytest.mark.long)
        for template in Template
        for language in LANGUAGES
    ],
)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may request nothing and whose scripts may not run."""
    with closing(browser.new_context()) as context:
        violations = Violations(context, "no origin")
        yield context.new_page()
        assert violations.found() == []


def rendered(template: Template, language: str, words: Words = PLAIN) -> Mail:
    return render(mail(template, replace(words, locale=language)), "email-1")


def facts(page: Page) -> Iterator[str]:
    """Paragraphs, cells and addresses of the open mail that its text must have as well."""
    for block in page.locator("h1 ~ p:not(:has(.address)), .facts th, .facts td, .footer").all():
        yield from block.inner_text().splitlines()
    for link in page.locator("a").all():
        yield link.get_attribute("href") or "no address"


@of_each_mail
def test_mail_can_be_read(page: Page, template: Template, language: str) -> None:
    page.set_content(rendered(template, language).html)

    assert list(problems(page)) == []


@of_each_mail
def test_long_and_foreign_names_fit(page: Page, template: Template, language: str) -> None:
    page.set_content(rendered(template, language, HARD).html)

    assert list(layout_problems(page)) == []


@of_each_mail
def test_mail_can_be_read_without_its_style_sheet(page: Page, template: Template, language: str) -> None:
    page.set_content(rendered(template, language).html)

    assert unstyled_problems(page) == []


@of_each_mail
def test_text_has_the_facts_of_the_html(page: Page, template: Template, language: str) -> None:
    email = rendered(template, language)
    page.set_content(email.html)
    text = " ".join(email.text.split())

    assert [fact for fact in facts(page) if " ".join(fact.split()) not in text] == []


@of_each_mail
def test_mail_names_its_language_twice(page: Page, template: Template, language: str) -> None:
    """Webmail shows what is inside the body alone."""
    page.set_content(rendered(template, language).html)

    assert page.locator("html").get_attribute("lang") == language
    assert page.get_by_role("article").get_attribute("lang") == language


@pytest.fixture
def arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A language that is written from right to left; its texts are the English ones."""
    shutil.copytree(FOLDER / "en", tmp_path / "ar")
    monkeypatch.setattr("lambdas.common.texts.language._folders", lambda: {"ar": "ar"})
    monkeypatch.setattr("lambdas.common.texts.wording.FOLDER", tmp_path)
    return "ar"


def test_mail_from_right_to_left_begins_at_the_right(page: Page, arabic: str) -> None:
    page.set_content(rendered(Template.REPORT_READY, arabic, HARD).html)

    ends = page.evaluate(RIGHT_ENDS)

    assert page.locator("html").get_attribute("dir") == "rtl"
    assert ends[1:] == ends[:-1]
    assert list(layout_problems(page)) == []


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        (".facts { width: 900px }", "scrolls sideways"),
        (".card { overflow: hidden } .facts td { white-space: nowrap }", "cut off"),
        (".facts th { overflow-wrap: anywhere; min-width: 0; width: 20px }", "broken within a word"),
        (".address { text-decoration: none }", "no link to see"),
    ],
)
def test_spoilt_layout_is_noticed(page: Page, style: str, problem: str) -> None:
    page.set_content(rendered(Template.REPORT_READY, "en", HARD).html)
    page.add_style_tag(content=style)

    assert problem in "\n".join(layout_problems(page))


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        ("p { color: #999999 }", "color-contrast"),
        (".card { color: #777777 !important; background: #dddddd !important }", ".card looks the same in both schemes"),
    ],
)
def test_spoilt_colour_is_noticed(page: Page, style: str, problem: str) -> None:
    page.set_content(rendered(Template.REPORT_READY, "en").html)
    page.add_style_tag(content=style)

    assert problem in "\n".join(problems(page))


def test_button_in_the_colour_of_links_is_noticed_without_a_style_sheet(page: Page) -> None:
    page.set_content(rendered(Template.REPORT_READY, "en").html.replace(' style="color: #ffffff"', ""))

    assert "color-contrast" in "\n".join(unstyled_problems(page))
