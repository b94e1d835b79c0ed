"""A mail and a text are brought home to the jobs that sent them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from local.checks.records import SideEffects
from local.emulator.emulator import SentMail, SentText
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

AT = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
MAIL = SentMail(
    ("ada@example.com",), "Taly", "Hello", "Hello", '<head>\n<meta name="message-id" content="email-1">\n</head>'
)
REMINDED = LogLine(
    at=AT, what=Outcome.SUCCEEDED, service="appointment.reminder", id="reminder-1", correlation_id="chain-1"
)
TEXTED = LogLine(at=AT, what=Outcome.SUCCEEDED, service="sms.send", id="sms-1", correlation_id="chain-1")
PHONES = {"+14155550123": "reminder-1"}


def test_a_mail_is_of_the_job_that_its_page_names() -> None:
    assert SideEffects([], {}).mailed([MAIL, MAIL]) == {"email-1": 2}


def test_a_mail_that_names_no_job_is_counted_as_nobodys() -> None:
    assert SideEffects([], {}).mailed([replace(MAIL, html="<p>Hello</p>")]) == {"a mail to ada@example.com": 1}


def test_a_text_is_of_the_job_in_the_chain_that_knows_its_number() -> None:
    seen = SideEffects([REMINDED, TEXTED], PHONES).texted([SentText("+14155550123", "Hello")])

    assert seen == {"sms-1": 1}


def test_one_text_more_than_there_are_jobs_is_nobodys() -> None:
    second = replace(TEXTED, id="sms-2")
    texts = [SentText("+14155550123", text) for text in "abc"]

    seen = SideEffects([REMINDED, TEXTED, second], PHONES).texted(texts)

    assert seen == Counter({"sms-1": 1, "sms-2": 1, "a text to +14155550123": 1})


def test_a_job_that_did_not_succeed_has_no_text() -> None:
    refused = replace(TEXTED, what=Outcome.DEAD_LETTERED)

    seen = SideEffects([REMINDED, refused], PHONES).texted([SentText("+14155550123", "Hello")])

    assert seen == {"a text to +14155550123": 1}
