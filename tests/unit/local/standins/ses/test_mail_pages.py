"""The pages show mails and texts, escape what they bring, and are there by this machine's address alone."""

from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from local.emulator.emulator import SentText
from local.standins.http_server import HttpReply, HttpRequest
from local.standins.ses.events import events_about
from local.standins.ses.mail import MailAttachment, SentMail
from local.standins.ses.pages import MailPages
from local.standins.ses.state import SesState
from tests.unit.local.standins.ses.sample_mail import CALENDAR, MAIL

HOSTILE = '<script>alert("x")</script>'
OWN_HOST = {"host": "127.0.0.1:4711"}


def pages(*mails: SentMail, texts: tuple[SentText, ...] = ()) -> MailPages:
    state = SesState()
    for mail in mails:
        state.add(mail)
        state.publish(list(events_about(mail)))
    return MailPages(state, lambda: texts)


def get(shown: MailPages, path: str, headers: Mapping[str, str] = OWN_HOST) -> HttpReply:
    return shown.answer(HttpRequest(method="GET", path=path, headers=headers, body=b""))


def text(shown: MailPages, path: str) -> str:
    reply = get(shown, path)
    assert reply.status == 200
    return reply.body.decode()


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_mailbox_lists_mails_newest_first_with_their_outcome() -> None:
    bounced = replace(MAIL, ses_id="ses-2", to=("bounce@simulator.amazonses.com",), subject="Second")

    page = text(pages(MAIL, bounced), "/")

    assert page.index("Second") < page.index("Your appointment")
    assert "bounced (Permanent, General) 09:00:01" in page
    assert "delivered 09:00:01" in page
    assert "1 attached" in page


def test_an_empty_mailbox_says_how_to_fill_it() -> None:
    assert "make up" in text(pages(), "/")
    assert "No text was sent yet." in text(pages(), "/texts")


def test_a_mail_is_shown_with_its_headers_tags_and_outcomes() -> None:
    complained = replace(MAIL, to=("complaint@simulator.amazonses.com",))

    page = text(pages(complained), "/mails/ses-1")

    assert "delivered 09:00:01, then marked as spam 09:00:01" in page
    assert "List-Unsubscribe" in page
    assert "outbox:7" in page
    assert "Hello Ada" in page


def test_a_mail_without_reports_says_so() -> None:
    state = SesState()
    state.add(MAIL)

    assert "not reported yet" in text(MailPages(state, tuple), "/mails/ses-1")


def test_the_html_of_a_mail_is_in_a_sandboxed_frame_with_a_title() -> None:
    (frame,) = (attributes for tag, attributes in Tags(text(pages(MAIL), "/mails/ses-1")).found if tag == "iframe")

    assert frame == {"sandbox": None, "src": "/mails/ses-1/html", "title": "HTML of the mail"}


def test_the_html_of_a_mail_may_run_and_load_nothing() -> None:
    reply = get(pages(MAIL), "/mails/ses-1/html")

    policy = reply.headers["Content-Security-Policy"].split("; ")
    assert reply.body == b"<p>Hello Ada</p>"
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert not any(directive.startswith("script-src") for directive in policy)


@pytest.mark.parametrize("path", ["/", "/mails/ses-1", "/texts"])
def test_what_a_mail_or_text_brings_is_escaped(path: str) -> None:
    attachment = MailAttachment(name=f"{HOSTILE}.ics", media_type="text/calendar", content=b"")
    hostile = replace(
        MAIL,
        subject=HOSTILE,
        text=HOSTILE,
        to=(f"{HOSTILE}@example.com",),
        headers={"X-Name": HOSTILE},
        attachments=(attachment,),
    )

    page = text(pages(hostile, texts=(SentText("+1", HOSTILE, HOSTILE),)), path)

    assert "script" not in [tag for tag, _ in Tags(page).found]
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/mails/ses-1", "/texts", "/style.css", "/mails/ses-1/source", "/nothing"])
def test_a_page_may_load_its_own_styles_and_frames_alone(path: str) -> None:
    headers = get(pages(MAIL), path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; frame-src 'self'; ")
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_the_source_is_shown_as_text() -> None:
    reply = get(pages(MAIL), "/mails/ses-1/source")

    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.body == MAIL.source()


def test_an_attachment_is_downloaded_and_not_shown() -> None:
    named = replace(MAIL, attachments=(replace(MAIL.attachments[0], name='Termin "ä".ics'),))

    reply = get(pages(named), "/mails/ses-1/attachments/0")

    assert reply.body == CALENDAR
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Termin%20%22%C3%A4%22.ics"


def test_texts_are_shown_with_sender_and_segments() -> None:
    long = SentText("+4930901820", "ä" * 161, "Taly")

    page = text(pages(texts=(SentText("+14155550123", "Hello ✨"), long)), "/texts")

    assert page.index("+4930901820") < page.index("+14155550123")
    assert "chosen by AWS" in page
    assert "2 <small>161 characters, GSM-7</small>" in page
    assert "1 <small>7 characters, UCS-2</small>" in page


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/mails",
        "/mails/ses-2",
        "/mails/ses-1/nothing",
        "/mails/ses-1/attachments/1",
        "/mails/ses-1/attachments/-1",
        "/mails/ses-1/attachments/x",
        "/../../etc/passwd",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert get(pages(MAIL), path).status == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4711", ""])
def test_by_another_name_of_this_machine_there_is_no_page(host: str) -> None:
    reply = get(pages(MAIL), "/", {"host": host})

    assert reply.status == 404
    assert b"Your appointment" not in reply.body


def test_pages_can_be_used_by_keyboard() -> None:
    tags = Tags(text(pages(MAIL), "/mails/ses-1")).found

    assert ("a", {"class": "skip", "href": "#page"}) in tags
    assert [attributes.get("tabindex") for tag, attributes in tags if tag == "pre"] == ["0"]
    assert all(attributes.get("href") for tag, attributes in tags if tag == "a")
