"""The pages of a local stage's mails and texts are accessible, and a mail can do nothing in them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from lambdas.email_send.rendering import render
from local.emulator.emulator import SentText
from local.standins.http_server import http_stand_in
from local.standins.ses.events import events_about
from local.standins.ses.mail import SentMail
from local.standins.ses.pages import MailPages
from local.standins.ses.state import SesState
from schemas.emails import Template
from tests.e2e.browser.axe import problems
from tests.e2e.browser.violations import Violations
from tests.mails import HARD, mail
from tests.unit.local.standins.ses.sample_mail import MAIL

LONG = "Donaudampfschifffahrtsgesellschaft" * 5
PIXEL = "https://example.com/pixel.png"
HOSTILE = f"""
<h1>Hostile</h1><script>alert(1)</script><img src="{PIXEL}" onerror="alert(2)">
<a href="javascript:alert(3)">Script</a> <a href="https://example.com/" target="_top">Elsewhere</a>
<form action="https://example.com/"><button>Send</button></form>
"""


def sent(template: Template) -> SentMail:
    """A mail with long and foreign names, to a long address."""
    rendered = render(mail(template, HARD), "email-1")
    return replace(
        MAIL,
        ses_id=template,
        to=(f"{LONG[:60]}@{LONG[:60]}.example",),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a mailbox with mails and texts."""
    state = SesState()
    for each in (*map(sent, Template), replace(MAIL, ses_id="hostile", html=HOSTILE)):
        state.add(each)
        state.publish(list(events_about(each)))
    pages = MailPages(state, lambda: [SentText("+14155550123", f"Reminder: {LONG} {LONG}", sender="Taly")])
    with http_stand_in(tmp_path_factory.mktemp("mailbox") / "log", pages.answer, Event()) as server:
        yield server.base_url


@pytest.fixture
def page(browser: Browser, mailbox: str) -> Iterator[Page]:
    with closing(browser.new_context(base_url=mailbox, reduced_motion="reduce")) as context:
        violations = Violations(context, mailbox)
        for blocked in ("Content Security Policy", "is sandboxed", PIXEL):
            violations.allow(blocked)
        yield context.new_page()
        assert violations.found() == []


@pytest.mark.parametrize("place", ["/", "/mails/appointment_reminder", "/texts"])
def test_pages_of_mails_and_texts_are_accessible(page: Page, place: str) -> None:
    page.goto(place)

    assert problems(page) == []


def test_mailbox_leads_to_a_mail_by_keyboard(page: Page) -> None:
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(MAIL.subject)


def test_hostile_mail_can_neither_run_nor_load_nor_leave(page: Page) -> None:
    blocked: list[tuple[str, str | None]] = []
    page.on("requestfailed", lambda request: blocked.append((request.url, request.failure)))
    page.goto("/mails/hostile")
    frame, before = page.frame_locator("iframe"), page.url

    frame.get_by_role("button").click()
    for link in frame.get_by_role("link").all():
        link.click()

    expect(frame.get_by_role("heading")).to_have_text("Hostile")
    assert page.url == before
    assert blocked == [(PIXEL, "csp")]
