"""The parts of a mail beside its words."""

from typing import Any

import pytest

from lambdas.common.clients.ses import Mail
from lambdas.common.errors import PermanentError
from lambdas.email_send.composition import Composer
from schemas.emails import EmailSend, Template
from schemas.message import Message
from tests.calendars import opened
from tests.fakes.function import FunctionHarness
from tests.mails import changed, mail
from tests.messages import APPOINTMENT, COMPANY, email, text

SENDER = "Taly Café <no-reply@mail.taly.dev>"
UNSUBSCRIBE = "https://app.taly.dev/unsubscribe?token=abc,def"


def message(payload: EmailSend | None = None, **changes: Any) -> Message[EmailSend]:
    """A mail to send: the payload, or a booking's confirmation with other fields."""
    body = email()
    body["payload"] = (payload.model_dump(mode="json") if payload else body["payload"]) | changes
    return Message[EmailSend].model_validate_json(text(body))


def compose(payload: EmailSend | None = None, *, hosts: tuple[str, ...] = (), **changes: Any) -> Mail:
    return Composer(SENDER, hosts).compose(message(payload, **changes))


def of_an_appointment(**changes: Any) -> dict[str, Any]:
    """The values of a mail that names its appointment."""
    values: dict[str, Any] = email()["payload"]["values"]
    return values | {"appointmentId": APPOINTMENT} | changes


def test_mail_about_an_appointment_carries_its_calendar_file() -> None:
    (file,) = compose(values=of_an_appointment(version=4)).attachments

    assert (opened(file.content).uid, opened(file.content).sequence) == (f"{APPOINTMENT}@taly", 4)


@pytest.mark.parametrize("named", [{}, {"appointmentId": None}], ids=["absent", "null"])
def test_mail_that_names_no_appointment_carries_no_file(named: dict[str, Any]) -> None:
    assert compose(values=email()["payload"]["values"] | named).attachments == ()


def test_mail_about_something_else_carries_no_file() -> None:
    assert compose(changed(mail(Template.REPORT_READY), appointmentId=APPOINTMENT)).attachments == ()


@pytest.mark.parametrize("odd", ["", "APPOINTMENT", 7, {"password": "hunter2"}])
def test_appointment_that_is_no_id_is_refused_by_name_alone(odd: object) -> None:
    with pytest.raises(PermanentError, match=r"appointmentId: must be a") as refused:
        compose(values=of_an_appointment(appointmentId=odd))

    assert "hunter2" not in str(refused.value)


def test_answers_go_to_the_company_which_organizes() -> None:
    composed = compose(values=of_an_appointment(), replyTo="hello@zoe.example")

    assert composed.reply_to == "hello@zoe.example"
    assert opened(composed.attachments[0].content).organizer.value == "mailto:hello@zoe.example"


def test_without_an_address_of_the_company_the_sender_organizes() -> None:
    composed = compose(values=of_an_appointment())

    assert composed.reply_to == ""
    assert opened(composed.attachments[0].content).organizer.value == "mailto:no-reply@mail.taly.dev"


def test_internationalised_addresses_are_written_in_ascii() -> None:
    to = {"email": "ada@müller.example"}

    composed = compose(values=of_an_appointment(), to=to, replyTo="info@zoë.example")

    assert composed.reply_to == "info@xn--zo-ija.example"
    assert opened(composed.attachments[0].content).attendee.value == "mailto:ada@xn--mller-kva.example"


def test_company_address_that_ses_cannot_take_costs_no_mail() -> None:
    composed = compose(values=of_an_appointment(), replyTo="info@fuß.example")

    assert composed.reply_to == ""
    assert opened(composed.attachments[0].content).organizer.value == "mailto:no-reply@mail.taly.dev"


def test_one_click_unsubscribes() -> None:
    assert compose(unsubscribeUrl=UNSUBSCRIBE).headers == {
        "List-Unsubscribe": f"<{UNSUBSCRIBE}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_mail_without_an_address_to_unsubscribe_has_no_such_header() -> None:
    assert compose().headers == {}


@pytest.mark.parametrize(("length", "has_header"), [(978, True), (979, False)])
def test_header_is_no_longer_than_ses_takes(length: int, *, has_header: bool) -> None:
    url = UNSUBSCRIBE.ljust(length, "a")

    headers = compose(unsubscribeUrl=url).headers

    assert bool(headers) is has_header
    assert all(len(name) + len(value) <= 996 for name, value in headers.items())


@pytest.mark.parametrize("part", ["\r\nBcc: eve@example.com", "\nX: y", ">", "<", " ", "\x00", "ü", '"'])
def test_address_that_could_end_its_header_is_no_message(part: str) -> None:
    with pytest.raises(ValueError, match=r"unsubscribeUrl"):
        message(unsubscribeUrl=f"{UNSUBSCRIBE}{part}x")


LINKS = [(Template.REPORT_READY, "downloadUrl"), (Template.USER_INVITATION, "acceptUrl")]


@pytest.mark.parametrize(("template", "link"), LINKS)
def test_link_to_a_host_of_the_stage_is_sent(template: Template, link: str) -> None:
    payload = changed(mail(template), **{link: "https://files.taly.dev/1?signature=abc"})

    assert "https://files.taly.dev/1" in compose(payload, hosts=("taly.dev",)).text


@pytest.mark.parametrize(("template", "link"), LINKS)
def test_link_to_another_host_is_permanent_and_not_named(template: Template, link: str) -> None:
    payload = changed(mail(template), **{link: "https://evil.example/token"})

    with pytest.raises(PermanentError, match=rf"^values\.{link}: the link's host is none of the stage's") as refused:
        compose(payload, hosts=("taly.dev",))

    assert "evil" not in str(refused.value)


def test_address_to_unsubscribe_at_another_host_is_permanent() -> None:
    with pytest.raises(PermanentError, match=r"^unsubscribeUrl: the link's host is none of the stage's") as refused:
        compose(hosts=("taly.dev",), unsubscribeUrl="https://evil.example/token")

    assert "evil" not in str(refused.value)


def test_stage_sets_sender_and_hosts() -> None:
    harness = FunctionHarness(settings={"mail_sender": SENDER, "link_hosts": "taly.dev,files.example"})
    composer = harness.runtime().capability(Composer)

    composed = composer.compose(message(values=of_an_appointment(), unsubscribeUrl="https://x.files.example/"))

    assert opened(composed.attachments[0].content).organizer.value == "mailto:no-reply@mail.taly.dev"
    with pytest.raises(PermanentError):
        composer.compose(message(unsubscribeUrl="https://taly.example/"))


def test_tags_say_whose_mail_it_is() -> None:
    assert COMPANY in compose().tags.values()
