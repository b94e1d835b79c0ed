"""Email: what a template makes of its values."""

from typing import Any

import pytest

from lambdas.common.failures import PermanentError
from lambdas.common.ses import Mail
from lambdas.email_send.handler import handler
from lambdas.email_send.rendering import render
from schemas.emails import EmailSend, Template
from schemas.message import Message
from tests.messages import email, text


def payload(**changes: Any) -> EmailSend:
    return EmailSend.model_validate_json(text(email()["payload"] | changes))


def with_values(**changes: Any) -> EmailSend:
    return payload(values={**email()["payload"]["values"], **changes})


class FakeSes:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)


def test_one_email_is_sent_to_its_recipient() -> None:
    ses = FakeSes()

    handler.decide(Message[EmailSend].model_validate_json(text(email())), ses=ses)

    (mail,) = ses.sent
    assert mail.to == "ada@example.com"


def test_a_confirmation_says_what_with_whom_and_when_in_the_recipients_zone() -> None:
    mail = render(payload())

    assert mail.subject == "Haircut on Wednesday, 15 April 2026: you are booked"
    for part in (mail.text, mail.html):
        assert "Ada Lovelace" in part
        assert "Café Zoë" in part
        assert "Haircut" in part
        assert "Grace" in part
        assert "Wednesday, 15 April 2026" in part
        assert "16:00 to 16:45 (CEST)" in part


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "Wednesday, 15 April 2026", "10:00 to 10:45 (EDT)"),
        ("Asia/Kathmandu", "Wednesday, 15 April 2026", "19:45 to 20:30 (UTC+0545)"),
        ("Pacific/Kiritimati", "Thursday, 16 April 2026", "04:00 to 04:45 (UTC+14)"),
        ("UTC", "Wednesday, 15 April 2026", "14:00 to 14:45 (UTC)"),
    ],
)
def test_times_are_told_in_the_recipients_zone(zone: str, day: str, hours: str) -> None:
    mail = render(payload(to={"email": "a@example.com", "name": "A", "timeZone": zone}))

    assert day in mail.text
    assert hours in mail.text


def test_an_appointment_over_midnight_names_both_days() -> None:
    mail = render(with_values(startTime="2026-04-15T21:30:00Z", endTime="2026-04-15T22:30:00Z"))

    assert "23:30 to Thursday, 16 April 2026, 00:30 (CEST)" in mail.text


@pytest.mark.parametrize("missing", ["service", "staff", "startTime", "endTime"])
def test_a_missing_value_is_permanent_and_named(missing: str) -> None:
    values = {name: value for name, value in email()["payload"]["values"].items() if name != missing}

    with pytest.raises(PermanentError, match=f"template booking_confirmation.*{missing}"):
        render(payload(values=values))


@pytest.mark.parametrize("moment", ["tomorrow", "2026-04-15T14:00:00", 7, None, {}])
def test_a_value_that_is_no_time_is_permanent(moment: object) -> None:
    with pytest.raises(PermanentError):
        render(with_values(startTime=moment))


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "CEST/../UTC"[:5]])
def test_a_zone_that_nobody_knows_is_permanent(zone: str) -> None:
    with pytest.raises(PermanentError, match="time zone"):
        render(payload(to={"email": "a@example.com", "name": "A", "timeZone": zone + "X"}))


def test_content_is_escaped_in_html_and_plain_in_text() -> None:
    mail = render(with_values(service="<script>alert('1')</script> & more"))

    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert "<script>alert('1')</script> & more" in mail.text
    assert "<script>alert('1')</script> & more" in mail.subject


def test_a_subject_is_one_line() -> None:
    assert "\n" not in render(with_values(service="cut\r\nBcc: all@example.com")).subject


@pytest.mark.parametrize("template", Template)
def test_every_template_of_the_contract_has_its_three_parts(template: Template) -> None:
    mail = render(payload(template=template.value))

    assert mail.subject.strip()
    assert mail.text.strip()
    assert mail.html.strip()
