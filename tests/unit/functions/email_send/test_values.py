"""The values of each email template, and the errors for others."""

import pytest

from lambdas.common.errors import PermanentError
from lambdas.email_send.rendering import render
from lambdas.email_send.values import VALUES
from schemas.emails import Template
from tests.mails import PLAIN, Words, changed, mail

LINKS = [(Template.REPORT_READY, "downloadUrl"), (Template.USER_INVITATION, "acceptUrl")]

TIMES = [
    (Template.BOOKING_CONFIRMATION, "startTime"),
    (Template.APPOINTMENT_REMINDER, "startTime"),
    (Template.REPORT_READY, "expiresAt"),
    (Template.PAYMENT_FAILED, "failedAt"),
    (Template.WEBHOOK_FAILING, "failingSince"),
    (Template.WEBHOOK_FAILING, "disabledFrom"),
    (Template.USER_INVITATION, "expiresAt"),
]


@pytest.mark.parametrize(
    ("template", "missing"),
    [
        (template, field.alias)
        for template, values in VALUES.items()
        for field in values.model_fields.values()
        if field.is_required()
    ],
)
def test_missing_value_is_permanent_and_named(template: Template, missing: str) -> None:
    with pytest.raises(PermanentError, match=rf"^template {template}: {missing}: is missing$"):
        render(changed(mail(template), **{missing: ...}), "email-1")


def test_unused_values_are_ignored() -> None:
    email = mail(Template.REPORT_READY)

    assert render(changed(email, pages=12), "email-1") == render(email, "email-1")


@pytest.mark.parametrize("template", Template)
def test_template_error_never_shows_a_value(template: Template) -> None:
    wrong = {name: {"password": "hunter2"} for name in mail(template).values}

    with pytest.raises(PermanentError) as refused:
        render(changed(mail(template), **wrong), "email-1")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("template", "link"), LINKS)
@pytest.mark.parametrize(
    "address",
    [
        "http://app.taly.dev/",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//app.taly.dev/",
        "/reports/1",
        "https://app.taly.dev@evil.example/",
        "https://user:secret@app.taly.dev/",
        "https://app.taly.dev\\@evil.example/",
        "https://app.taly.dev/ onclick=alert(1)",
        'https://app.taly.dev/"onclick="alert(1)',
        "https://",
        "https://app.taly.dev/" + "a" * 8192,
        "",
        None,
        7,
        ["https://app.taly.dev/"],
    ],
)
def test_link_that_is_not_https_is_permanent(template: Template, link: str, address: object) -> None:
    with pytest.raises(PermanentError, match=rf"^template {template}: {link}: must"):
        render(changed(mail(template), **{link: address}), "email-1")


@pytest.mark.parametrize(("template", "link"), LINKS)
def test_link_is_a_button_and_a_plain_url(template: Template, link: str) -> None:
    address = "https://app.taly.dev/open?token=it's&more=[1]#top"
    escaped = "https://app.taly.dev/open?token=it&#39;s&amp;more=[1]#top"

    rendered = render(changed(mail(template), **{link: address}), "email-1")

    assert rendered.html.count(f'href="{escaped}"') == 2
    assert f">{escaped}</a>" in rendered.html
    assert f"\n{address}\n" in rendered.text


@pytest.mark.parametrize(("template", "link"), LINKS)
@pytest.mark.parametrize("address", ["https://app.taly.dev/x\n", " HTTPS://app.taly.dev/x\u00a0"])
def test_blanks_around_a_link_are_taken_off(template: Template, link: str, address: str) -> None:
    rendered = render(changed(mail(template), **{link: address}), "email-1")

    assert f'href="{address.strip()}"' in rendered.html
    assert f"\n{address.strip()}\n" in rendered.text


@pytest.mark.parametrize(("template", "link"), LINKS)
def test_long_link_is_whole_in_the_text_and_behind_the_button(template: Template, link: str) -> None:
    address = "https://app.taly.dev/?token=" + "a" * 8160

    rendered = render(changed(mail(template), **{link: address}), "email-1")

    assert f"\n{address}\n" in rendered.text
    assert rendered.html.count(f'href="{address}"') == 2
    assert f">{address[:299]}…</a>" in rendered.html
    assert len(rendered.html) < 25_000


@pytest.mark.parametrize(("template", "time"), TIMES)
@pytest.mark.parametrize("moment", ["tomorrow", "2026-04-15T14:00:00", "2026-04-15", 1_776_261_600, None, {}, ""])
def test_invalid_time_is_permanent(template: Template, time: str, moment: object) -> None:
    with pytest.raises(PermanentError, match=rf"^template {template}: {time}: "):
        render(changed(mail(template), **{time: moment}), "email-1")


@pytest.mark.parametrize("amount", ["4900", 0, -1, True, 49.5, None, {"value": 4900}, [4900], 2**53])
def test_invalid_amount_is_permanent(amount: object) -> None:
    with pytest.raises(PermanentError, match=r"^template payment_failed: amount: must"):
        render(changed(mail(Template.PAYMENT_FAILED), amount=amount), "email-1")


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", "", 978, True, None, {"code": "EUR"}])
def test_invalid_currency_is_permanent(currency: object) -> None:
    with pytest.raises(PermanentError, match=r"^template payment_failed: currency: must"):
        render(changed(mail(Template.PAYMENT_FAILED), currency=currency), "email-1")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(123450, "EUR", "€1,234.50"), (5000, "JPY", "¥5,000"), (5, "USD", "$0.05")],
)
def test_amount_has_its_currencys_decimals(amount: int, currency: str, shown: str) -> None:
    rendered = render(mail(Template.PAYMENT_FAILED, Words(amount=amount, currency=currency)), "email-1")

    assert f"Payment of {shown} failed" in rendered.subject
    assert f"Amount    {shown}\n" in rendered.text
    assert f"<td>{shown}</td>" in rendered.html


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "insufficient funds"),
        ("do_not_honor", "declined by the bank without a reason"),
        ("stolen_card", "the card was reported stolen"),
        ("moon_in_wrong_phase", "moon in wrong phase"),
        (None, "no reason given"),
    ],
)
def test_decline_code_is_described(code: str | None, words: str) -> None:
    rendered = render(mail(Template.PAYMENT_FAILED, Words(decline_code=code)), "email-1")

    assert f"Reason    {words}\n" in rendered.text
    assert f"<td>{words}</td>" in rendered.html


def test_payment_email_asks_admins_to_act() -> None:
    text = render(mail(Template.PAYMENT_FAILED, PLAIN), "email-1").text

    assert "it will not be tried again automatically" in text
    assert "was declined 4 times, and" in text
    assert "Failed    Tuesday, April 14, 2026 at 4:00 PM (GMT+2)\n" in text
    assert "ask your customer for another way to pay, or charge the invoice again in Taly" in text


def test_webhook_email_says_what_fails_and_what_happens_next() -> None:
    rendered = render(changed(mail(Template.WEBHOOK_FAILING), endpoint="we_1"), "email-1")

    assert rendered.subject == "Webhook endpoint is failing: fix it before Thursday, April 16, 2026 (we_1)"
    assert "Endpoint    we_1\n" in rendered.text
    assert "Since       Saturday, April 11, 2026 at 4:00 PM (GMT+2)\n" in rendered.text
    assert "Last call   the endpoint answered 503\n" in rendered.text
    for part in (rendered.text, rendered.html):
        assert (
            "If no call succeeds before Thursday, April 16, 2026 at 4:00 PM (GMT+2), the endpoint is disabled" in part
        )
        assert "If it has been fixed in the meantime, there is nothing left to do." in part


@pytest.mark.parametrize("endpoint", ["", "we 1", "https://we-1.example/?token=abc", "a" * 65, None, 7])
def test_webhook_email_about_no_id_is_permanent(endpoint: object) -> None:
    with pytest.raises(PermanentError, match=r"^template webhook_failing: endpoint: must"):
        render(changed(mail(Template.WEBHOOK_FAILING), endpoint=endpoint), "email-1")


def test_subject_shortens_a_long_id_of_an_endpoint() -> None:
    rendered = render(changed(mail(Template.WEBHOOK_FAILING), endpoint="a" * 64), "email-1")

    assert rendered.subject == f"Webhook endpoint is failing: fix it before Thursday, April 16, 2026 ({'a' * 39}…)"


@pytest.mark.parametrize(("file", "shown"), [("pdf", "PDF"), ("csv", "CSV"), ("xlsx", "XLSX")])
def test_report_format_is_named(file: str, shown: str) -> None:
    rendered = render(changed(mail(Template.REPORT_READY), format=file), "email-1")

    assert f"Format   {shown}\n" in rendered.text


def test_unknown_report_format_is_permanent() -> None:
    with pytest.raises(PermanentError, match=r"^template report_ready: format: must be 'pdf', 'csv' or 'xlsx'"):
        render(changed(mail(Template.REPORT_READY), format="exe"), "email-1")
