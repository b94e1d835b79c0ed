"""The stand-in takes what SES takes, and refuses what SES refuses, with a sentence that says what is wrong."""

import json
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from local.standins.ses import send_email
from local.standins.ses.mail import SentMail
from local.standins.ses.send_email import RefusedMailError, mail_of
from tests.unit.local.standins.ses.sample_mail import (
    AT,
    CALENDAR,
    COMPANY,
    MAIL,
    TAGS,
    attachment,
    body,
    request,
    simple,
)


def refusal(content: bytes) -> str:
    with pytest.raises(RefusedMailError) as refused:
        mail_of(content)
    return f"{refused.value.code}: {refused.value}"


def parsed(mail: SentMail) -> EmailMessage:
    message = message_from_bytes(mail.source(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_is_read_with_all_its_parts() -> None:
    assert replace(mail_of(body()), ses_id="ses-1", at=AT) == MAIL


def test_a_mail_names_its_job_and_tenant_by_its_tags() -> None:
    assert (MAIL.message_id, MAIL.company_id) == ("outbox:7", COMPANY)
    assert (replace(MAIL, tags={}).message_id, replace(MAIL, tags={}).company_id) == ("", "")


def test_a_mail_without_optional_parts_is_read() -> None:
    content = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}}
    bare = {"FromEmailAddress": "a@b.example", "Destination": {"ToAddresses": ["c@d.example"]}, "Content": content}

    mail = mail_of(json.dumps(bare).encode())

    assert (mail.html, mail.reply_to, mail.attachments, mail.tags, mail.configuration_set) == ("", (), (), {}, "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Destination": {"ToAddresses": []}}, "Recipient count must be 1 to 50, not 0"),
        ({"Destination": {"ToAddresses": ["a@b.example"] * 51}}, "Recipient count must be 1 to 50, not 51"),
        ({"Destination": {"ToAddresses": ["ä@b.example"]}}, "ToAddresses has an address that is not ASCII"),
        ({"Destination": {"ToAddresses": ["a" * 320 + "@b.example"]}}, "more than 320 characters"),
        ({"Destination": {"ToAddresses": ["a@b.example, c@d.example"]}}, "a text that is not one address"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "a text that is not one address"),
        ({"Destination": {"ToAddresses": [7]}}, "ToAddresses must be a text"),
        ({"Destination": {"ToAddresses": ["a@b.example"], "CcAddresses": ["c@d.example"]}}, "takes no CcAddresses"),
        ({"Destination": "a@b.example"}, "Destination must be an object"),
        ({"FromEmailAddress": "a@b.example, c@d.example"}, "FromEmailAddress must be one address"),
        ({"FromEmailAddress": ""}, "FromEmailAddress must be one address"),
        ({"ReplyToAddresses": "a@b.example"}, "ReplyToAddresses must be a list"),
        ({"Content": {"Raw": {"Data": ""}}}, "Content must have Simple alone"),
        ({"Content": {"Simple": simple(), "Template": {}}}, "Content must have Simple alone"),
        ({"EmailTags": [{"Name": "a", "Value": "x y"}]}, "'a' must have 1 to 256 letters, digits"),
        ({"EmailTags": [{"Name": "ä", "Value": "x"}]}, "EmailTags: 'ä' must have"),
        ({"EmailTags": [{"Name": "a", "Value": ""}]}, "'a' must have 1 to 256"),
        ({"EmailTags": [{"Name": "a", "Value": "x" * 257}]}, "'a' must have 1 to 256"),
        ({"EmailTags": [{"Name": f"a{n}", "Value": "x"} for n in range(51)]}, "EmailTags must be 50 at most, not 51"),
        ({"EmailTags": [{"Name": "a", "Value": "x"}] * 2}, "EmailTags has a name twice"),
        ({"EmailTags": ["a"]}, "EmailTags must be objects"),
        ({"EmailTags": [{"Name": "a"}]}, "Value must be a text"),
        ({"ConfigurationSetName": 7}, "ConfigurationSetName must be a text"),
    ],
)
def test_what_ses_refuses_is_refused(change: dict[str, Any], why: str) -> None:
    assert why in refusal(body(**change))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Subject": {"Data": "Hello\r\nBcc: eve@example.com"}}, "Subject must not have a line break"),
        ({"Subject": {}}, "Subject.Data must be a text"),
        ({"Body": {}}, "Body must have Text or Html"),
        ({"Headers": [{"Name": "X Y", "Value": "x"}]}, "'X Y' is no header name"),
        ({"Headers": [{"Name": "X:", "Value": "x"}]}, "'X:' is no header name"),
        ({"Headers": [{"Name": "x" * 127, "Value": "x"}]}, "is no header name"),
        ({"Headers": [{"Name": "Subject", "Value": "x"}]}, "one that SES writes itself"),
        ({"Headers": [{"Name": "Content-Type", "Value": "x"}]}, "one that SES writes itself"),
        ({"Headers": [{"Name": "X-Name", "Value": "x\r\nBcc: eve@example.com"}]}, "printable ASCII"),
        ({"Headers": [{"Name": "X", "Value": "x" * 996}]}, "1 to 995 printable ASCII"),
        ({"Headers": [{"Name": "X-Name", "Value": "x" * 991}]}, "must have 996 characters at most together"),
        ({"Headers": [{"Name": f"X-{n}", "Value": "x"} for n in range(16)]}, "Headers must be 15 at most, not 16"),
        ({"Attachments": ["x"]}, "Attachments must be objects"),
        ({"Attachments": [attachment(FileName="")]}, "FileName must have 1 to 255 characters"),
        ({"Attachments": [attachment(FileName="setup.EXE")]}, "does not support files of the type .EXE"),
        ({"Attachments": [attachment(ContentType="x" * 79)]}, "ContentType 1 to 78"),
        ({"Attachments": [attachment(ContentType="calendar")]}, "calendar is not a media type"),
        ({"Attachments": [attachment(RawContent="?")]}, "RawContent must be base64"),
    ],
)
def test_what_ses_refuses_in_the_content_is_refused(change: dict[str, Any], why: str) -> None:
    assert why in refusal(body(Content={"Simple": simple(**change)}))


def test_the_longest_header_that_ses_takes_is_taken() -> None:
    header = {"Name": "X-Name", "Value": "x" * 990}

    assert mail_of(body(Content={"Simple": simple(Headers=[header])})).headers == {"X-Name": header["Value"]}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_body_that_is_not_a_json_object_is_refused(content: bytes) -> None:
    assert refusal(content).startswith("SerializationException: the body is not")


def test_a_mail_of_more_than_40_mb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(mail_of(body()).source())
    monkeypatch.setattr(send_email, "MAX_BYTES", size)
    assert mail_of(body())
    monkeypatch.setattr(send_email, "MAX_BYTES", size - 1)

    assert refusal(body()) == f"BadRequestException: Message length is more than {size - 1} bytes long: {size}"


def test_the_source_has_text_html_and_attachment() -> None:
    message = parsed(MAIL)

    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    (attached,) = message.iter_attachments()
    assert text
    assert text.get_content().strip() == "Hello Ada"
    assert html
    assert html.get_content().strip() == "<p>Hello Ada</p>"
    assert isinstance(attached, EmailMessage)
    assert attached.get_filename() == "appointment.ics"
    assert attached.get_content_type() == "text/calendar"
    assert attached["Content-Type"].params["method"] == "REQUEST"
    assert attached.get_payload(decode=True) == CALENDAR


def test_the_source_has_the_headers_of_the_mail() -> None:
    message = parsed(MAIL)

    assert message["From"] == "Taly <no-reply@mail.taly.example>"
    assert message["To"] == "ada@example.com"
    assert message["Reply-To"] == "hello@cafe.example"
    assert message["List-Unsubscribe"] == "<https://app.taly.example/u/1>"
    assert message["Message-ID"] == "<ses-1@email.amazonses.com>"
    assert message["Date"].datetime == AT.replace(microsecond=0)


def test_letters_beyond_ascii_survive_in_the_source() -> None:
    written = replace(MAIL, subject="ليلى ✨", text="Grüße 🔔", sender="Täly <no-reply@mail.taly.example>")

    message = parsed(written)

    text = message.get_body(("plain",))
    assert (message["Subject"], message["From"].addresses[0].display_name) == ("ليلى ✨", "Täly")
    assert text
    assert text.get_content().strip() == "Grüße 🔔"


def test_a_mail_with_html_alone_has_html_as_its_source() -> None:
    content = simple(Body={"Html": {"Data": "<p>Hi</p>"}}, Attachments=[])

    assert parsed(mail_of(json.dumps(request(Content={"Simple": content})).encode())).get_content_type() == "text/html"


def test_all_tags_of_email_send_are_taken() -> None:
    assert mail_of(body()).tags == TAGS
