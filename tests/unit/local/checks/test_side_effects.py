"""Mails and text messages are assigned to the jobs that sent them."""

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


def test_a_mail_belongs_to_the_job_named_in_its_html() -> None:
    assert SideEffects([], {}).mailed([MAIL, MAIL]) == {"email-1": 2}


def test_a_mail_without_a_job_is_counted_by_its_address() -> None:
    assert SideEffects([], {}).mailed([replace(MAIL, html="<p>Hello</p>")]) == {"a mail to ada@example.com": 1}


def test_a_text_belongs_to_the_job_in_its_phone_numbers_chain() -> None:
    seen = SideEffects([REMINDED, TEXTED], PHONES).texted([SentText("+14155550123", "Hello")])

    assert seen == {"sms-1": 1}


def test_a_text_beyond_the_number_of_jobs_belongs_to_none() -> None:
    second = replace(TEXTED, id="sms-2")
    texts = [SentText("+14155550123", text) for text in "abc"]

    seen = SideEffects([REMINDED, TEXTED, second], PHONES).texted(texts)

    assert seen == Counter({"sms-1": 1, "sms-2": 1, "a text to +14155550123": 1})


def test_a_text_does_not_belong_to_a_job_that_did_not_succeed() -> None:
    refused = replace(TEXTED, what=Outcome.DEAD_LETTERED)

    seen = SideEffects([REMINDED, refused], PHONES).texted([SentText("+14155550123", "Hello")])

    assert seen == {"a text to +14155550123": 1}
