"""Emails rendered from their values."""

from typing import Any

import pytest

from lambdas.common.clients.ses import Mail
from lambdas.common.errors import PermanentError
from lambdas.email_send.composition import Composer
from lambdas.email_send.handler import handler
from lambdas.email_send.rendering import render
from lambdas.email_send.values import VALUES
from schemas.emails import EmailSend, Recipient, Template
from schemas.message import Message
from schemas.wire import WireModel
from tests.mails import BLANK, HARD, ODD, Words, changed, mail
from tests.messages import email, text


def payload(**changes: Any) -> EmailSend:
    return EmailSend.model_validate_json(text(email()["payload"] | changes))


def with_values(**changes: Any) -> EmailSend:
    return changed(payload(), **changes)


def recipient(**changes: Any) -> dict[str, Any]:
    return {"email": "ada@example.com", "name": "Ada Lovelace", "timeZone": "Europe/Berlin"} | changes


COMPOSER = Composer("Taly <no-reply@mail.taly.dev>")


class FakeSes:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)


def test_one_email_is_sent_to_its_recipient() -> None:
    ses = FakeSes()

    handler.decide(Message[EmailSend].model_validate_json(text(email())), ses=ses, composer=COMPOSER)

    (sent,) = ses.sent
    assert sent.to == "ada@example.com"


def test_email_carries_its_message_id() -> None:
    ses = FakeSes()

    handler.decide(Message[EmailSend].model_validate_json(text(email(id="crm:email-1"))), ses=ses, composer=COMPOSER)

    assert '<meta name="message-id" content="crm:email-1">' in ses.sent[0].html


def test_confirmation_states_service_staff_and_local_time() -> None:
    rendered = render(payload(), "email-1")

    assert rendered.subject == "Haircut on Wednesday, April 15, 2026: you are booked"
    for part in (rendered.text, rendered.html):
        assert "Ada Lovelace" in part
        assert "Café Zoë" in part
        assert "Haircut" in part
        assert "Grace" in part
        assert "Wednesday, April 15, 2026" in part
        assert "4:00 – 4:45 PM (GMT+2)" in part


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "Wednesday, April 15, 2026", "10:00 – 10:45 AM (EDT)"),
        ("Asia/Kathmandu", "Wednesday, April 15, 2026", "7:45 – 8:30 PM (GMT+5:45)"),
        ("Pacific/Kiritimati", "Thursday, April 16, 2026", "4:00 – 4:45 AM (GMT+14)"),
        ("UTC", "Wednesday, April 15, 2026", "2:00 – 2:45 PM (UTC)"),
    ],
)
def test_times_are_in_the_recipients_zone(zone: str, day: str, hours: str) -> None:
    rendered = render(payload(to=recipient(timeZone=zone)), "email-1")

    assert day in rendered.text
    assert hours in rendered.text


def test_appointment_across_midnight_names_both_days() -> None:
    rendered = render(with_values(startTime="2026-04-15T21:30:00Z", endTime="2026-04-15T22:30:00Z"), "email-1")

    assert "11:30 PM – Thursday, April 16, 2026, 12:30 AM (GMT+2)" in rendered.text


@pytest.mark.parametrize("zone", ["Etc/Unknown", "US/Pacific-New", "Europe", "MEZ", "", None])
def test_times_in_a_zone_that_does_not_exist_are_in_utc(zone: str | None) -> None:
    rendered = render(payload(to=recipient(timeZone=zone)), "email-1")

    assert "2:00 – 2:45 PM (UTC)" in rendered.text
    assert "2:00 – 2:45 PM (UTC)" in rendered.html


def test_mail_to_an_internationalised_domain_goes_to_its_ascii_form() -> None:
    assert render(payload(to=recipient(email="ada@müller.example")), "email-1").to == "ada@xn--mller-kva.example"


def test_address_that_ses_cannot_take_is_permanent_and_not_named() -> None:
    with pytest.raises(PermanentError, match=r"^to\.email: has letters that cannot be written in ASCII$"):
        render(payload(to=recipient(email="ada@fuß.example")), "email-1")


@pytest.mark.parametrize("template", [Template.BOOKING_CONFIRMATION, Template.APPOINTMENT_REMINDER])
@pytest.mark.parametrize("end", [None, ...], ids=["null", "absent"])
def test_appointment_without_an_end_has_its_start_alone(template: Template, end: object) -> None:
    rendered = render(changed(mail(template), endTime=end), "email-1")

    assert "4:00 PM (GMT+2)" in rendered.text
    assert " – " not in rendered.text.partition("When")[2].partition("\n\n")[0]


@pytest.mark.parametrize("template", Template)
def test_recipient_is_greeted_by_name(template: Template) -> None:
    rendered = render(mail(template), "email-1")

    assert rendered.text.startswith("Hello Ada Lovelace,\n")
    assert "<p>Hello <bdi>Ada Lovelace</bdi>,</p>" in rendered.html


@pytest.mark.parametrize("template", Template)
def test_recipient_without_name_is_greeted_without_one(template: Template) -> None:
    nameless = mail(template).model_copy(update={"to": Recipient(email="ada@example.com")})

    rendered = render(nameless, "email-1")

    assert rendered.text.startswith("Hello,\n")
    assert "<p>Hello,</p>" in rendered.html


@pytest.mark.parametrize("template", Template)
def test_markup_in_names_is_escaped_in_html(template: Template) -> None:
    html = render(mail(template, HARD), "email-1").html

    assert "&lt;b&gt;&#34;Zoë&#39;s&#34; &amp; Söhne&lt;/b&gt;" in html
    for markup in ("<b>", "<i>", "<script", "</td> '"):
        assert markup not in html


def test_names_are_unescaped_in_text_and_subject() -> None:
    rendered = render(with_values(service="<script>alert('1')</script> & more"), "email-1")

    assert "<script>alert('1')</script> & more" in rendered.text
    assert "<script>alert('1')</script> & more" in rendered.subject


def test_subject_is_one_line() -> None:
    assert "\n" not in render(with_values(service="cut\r\nBcc: all@example.com"), "email-1").subject


def test_name_adds_no_lines_to_the_text() -> None:
    rendered = render(with_values(staff="Grace\n\nYour password has expired."), "email-1")

    assert "Who    Grace Your password has expired.\n" in rendered.text


def named(template: Template, name: str) -> EmailSend:
    """A mail with this name wherever one is shown."""
    written = mail(template)
    values = {
        field: name for field in ("service", "staff", "title", "inviter", "lastAnswer") if field in written.values
    }
    to = written.to.model_copy(update={"name": name})
    return changed(written, **values).model_copy(update={"to": to, "company_name": name})


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("template", Template)
def test_no_name_brings_control_or_bidi_characters(template: Template, odd: str) -> None:
    rendered = render(named(template, f"a{odd}b"), "email-1")

    assert len(rendered.subject.splitlines()) == 1
    for part in (rendered.subject, rendered.text.replace("\n", ""), rendered.html.replace("\n", "")):
        assert odd not in part


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
@pytest.mark.parametrize("template", Template)
def test_blank_names_greet_as_none_and_leave_no_gap(template: Template, blank: str) -> None:
    rendered = render(named(template, blank), "email-1")

    assert rendered.text.startswith("Hello,\n")
    assert "<p>Hello,</p>" in rendered.html
    assert "Sent with Taly on behalf of the company." in rendered.text
    assert (
        rendered.subject
        == {
            Template.BOOKING_CONFIRMATION: "Appointment on Wednesday, April 15, 2026: you are booked",
            Template.APPOINTMENT_REMINDER: "Reminder: Appointment on Wednesday, April 15, 2026 at 4:00 PM (GMT+2)",
            Template.APPOINTMENT_MOVED: "New time: Appointment on Wednesday, April 15, 2026 at 4:00 PM (GMT+2)",
            Template.APPOINTMENT_CANCELLED: "Cancelled: Appointment on Wednesday, April 15, 2026 at 4:00 PM (GMT+2)",
            Template.REPORT_READY: "Your report is ready: Report",
            Template.PAYMENT_FAILED: "Payment of €1,234.50 failed: invoice INV-2024-0042",
            Template.WEBHOOK_FAILING: "Webhook endpoint is failing: fix it before Thursday, April 16, 2026 "
            "(0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d)",
            Template.USER_INVITATION: "A colleague invites you to join the company on Taly",
        }[template]
    )
    assert "<bdi></bdi>" not in rendered.html
    assert "\nWho " not in rendered.text


def test_a_blank_invoice_number_reads_as_none() -> None:
    rendered = render(changed(mail(Template.PAYMENT_FAILED), invoice="\u200b"), "email-1")

    assert rendered.subject.endswith("failed: invoice without a number")


def test_joined_emoji_and_right_to_left_names_stay_whole() -> None:
    name = "مريم 👩\u200d🔬 מרים\u200cשרה"

    assert f"Hello {name},\n" in render(payload(to=recipient(name=name)), "email-1").text


def test_subject_keeps_its_end_when_a_name_is_long() -> None:
    rendered = render(with_values(service="Cut " * 50), "email-1")

    assert rendered.subject.endswith("Cut… on Wednesday, April 15, 2026: you are booked")
    assert len(rendered.subject) < 110


def test_template_with_an_undefined_value_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing(WireModel):
        pass

    monkeypatch.setitem(VALUES, Template.BOOKING_CONFIRMATION, Nothing)

    with pytest.raises(PermanentError, match=r"template booking_confirmation/subject: .*service"):
        render(payload(), "email-1")


def test_mail_is_in_the_language_that_its_recipient_reads() -> None:
    rendered = render(payload(to=recipient(locale="de-AT")), "email-1")

    assert rendered.subject == "Haircut am Mittwoch, 15. April 2026: Ihre Buchung ist bestätigt"
    assert rendered.text.startswith("Guten Tag Ada Lovelace,\n")
    assert rendered.html.count('lang="de"') == 2


@pytest.mark.parametrize(
    ("zone", "is_said"),
    [("UTC", True), ("Etc/Unknown", True), (None, True), ("Europe/Berlin", False), ("Africa/Abidjan", False)],
)
def test_mail_says_when_its_times_are_in_utc(zone: str | None, is_said: bool) -> None:
    rendered = render(payload(to=recipient(timeZone=zone)), "email-1")

    assert ("All times are in UTC (Coordinated Universal Time)." in rendered.text) is is_said
    assert ("All times are in UTC (Coordinated Universal Time)." in rendered.html) is is_said


@pytest.mark.parametrize("locale", ["en", "de", "fr"])
@pytest.mark.parametrize("template", Template)
def test_mail_of_a_nameless_company_has_words_for_it(template: Template, locale: str) -> None:
    written = mail(template, Words(locale=locale)).model_copy(update={"company_name": None})

    rendered = render(written, "email-1")

    assert {"en": "the company", "de": "dem Unternehmen", "fr": "l’entreprise"}[locale] in rendered.text
    assert "<bdi></bdi>" not in rendered.html
    assert "None" not in rendered.text + rendered.html


@pytest.mark.parametrize("template", [Template.BOOKING_CONFIRMATION, Template.APPOINTMENT_CANCELLED])
def test_service_that_the_crm_does_not_say_has_words(template: Template) -> None:
    rendered = render(changed(mail(template, Words(locale="fr")), service=None, staff=None), "email-1")

    assert "Quoi    Rendez-vous\nQuand   mercredi 15 avril 2026\n" in rendered.text
