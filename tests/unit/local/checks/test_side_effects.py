"""Mails and text messages are assigned to the jobs that sent them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from local.checks.records import TextsByJob, job_of
from local.emulator.emulator import SentText
from local.standins.ses.mail import SentMail
from ops.conserve.message_key import MessageKey
from ops.stage.log_lines import LogLine
from schemas.emails import Template
from schemas.mail_tags import MailTags
from schemas.reasons import Outcome

AT = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
MAIL = SentMail(
    to=("ada@example.com",),
    sender="Taly <no-reply@mail.taly.example>",
    subject="Hello",
    text="Hello",
    html="<p>Hello</p>",
    tags=MailTags("company-1", "email-1", "chain-1", Template.USER_INVITATION, "", texted=False).encoded(),
)
REMINDED = LogLine(
    at=AT,
    what=Outcome.SUCCEEDED,
    service="appointment.reminder",
    type="appointment.reminder",
    company_id="company-1",
    id="reminder-1",
    correlation_id="chain-1",
)
TEXTED = replace(REMINDED, service="sms.send", type="sms.send", id="sms-1")
MAILED = replace(REMINDED, service="email.send", type="email.send", id="email-1")
PHONE = "+14155550123"
PHONES = {PHONE: MessageKey.of_line(REMINDED)}
SMS = MessageKey.of_line(TEXTED)
NOBODYS = MessageKey("sms.send", "", f"a text to {PHONE}")


def test_a_mail_belongs_to_the_job_named_in_its_tags() -> None:
    assert job_of(MAIL) == MessageKey("email.send", "company-1", "email-1")


def test_a_mail_without_a_job_is_known_by_its_address() -> None:
    assert job_of(replace(MAIL, tags={})) == MessageKey("email.send", "", "a mail to ada@example.com")


def test_a_text_belongs_to_the_job_in_its_phone_numbers_chain() -> None:
    seen = TextsByJob([REMINDED, TEXTED], PHONES).texted([SentText(PHONE, "Hello")])

    assert seen == {SMS: 1}


def test_a_text_beyond_the_number_of_jobs_belongs_to_none() -> None:
    second = replace(TEXTED, id="sms-2")
    texts = [SentText(PHONE, text) for text in "abc"]

    seen = TextsByJob([REMINDED, TEXTED, second], PHONES).texted(texts)

    assert seen == Counter({SMS: 1, SMS._replace(id="sms-2"): 1, NOBODYS: 1})


def test_a_text_does_not_belong_to_a_job_that_did_not_succeed() -> None:
    refused = replace(TEXTED, what=Outcome.DEAD_LETTERED)

    seen = TextsByJob([REMINDED, refused], PHONES).texted([SentText(PHONE, "Hello")])

    assert seen == {NOBODYS: 1}


def test_texts_of_two_reminders_with_one_id_belong_to_one_job_each() -> None:
    second, other = replace(TEXTED, id="sms-2"), "+14155550199"
    phones = {PHONE: MessageKey.of_line(REMINDED), other: MessageKey.of_line(REMINDED)}

    seen = TextsByJob([REMINDED, TEXTED, second], phones).texted([SentText(PHONE, "a"), SentText(other, "b")])

    assert seen == {SMS: 1, SMS._replace(id="sms-2"): 1}
