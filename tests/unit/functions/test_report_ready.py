"""A report can be downloaded: each recipient gets the link until it expires."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import Emit
from lambdas.report_ready.handler import handler
from schemas.emails import EmailSend, Template
from schemas.message import Message
from schemas.reports import ReportReady
from tests.fakes.function import NOW
from tests.messages import report, text


def decide(*, now: datetime = NOW, **payload: object) -> list[tuple[EmailSend, str]]:
    """The emails, each with its discriminator."""
    message = Message[ReportReady].model_validate_json(text(report(**payload)))
    follow_ups = [each for each in handler.decide(message, clock=Clock(lambda: now)) or () if isinstance(each, Emit)]
    return [(each.payload, each.discriminator) for each in follow_ups if isinstance(each.payload, EmailSend)]


def test_each_recipient_gets_one_email_with_the_link() -> None:
    recipients = [{"email": "ada@example.com"}, {"email": "grace@example.com", "name": "Grace"}]

    mails = decide(recipients=recipients)

    assert [mail.to.email for mail, _ in mails] == ["ada@example.com", "grace@example.com"]
    assert {mail.template for mail, _ in mails} == {Template.REPORT_READY}
    assert mails[0][0].values == {
        "title": "Revenue, first quarter",
        "format": "pdf",
        "downloadUrl": "https://files.taly.dev/r/1?signature=abc",
        "expiresAt": "2026-04-21T14:00:00+00:00",
    }


def test_recipients_have_different_discriminators() -> None:
    mails = decide(recipients=[{"email": "ada@example.com"}, {"email": "grace@example.com"}])

    assert len({discriminator for _, discriminator in mails}) == 2


@pytest.mark.parametrize(
    "spellings",
    [
        ("ada@example.com", "Ada@Example.com"),
        ("ada@example.com", " ada@example.com\n"),
        ("ada@müller.example", "ada@xn--mller-kva.example", "Ada@MÜLLER.example"),
        ("ada@fuß.example", "Ada@Fuß.example"),
    ],
)
def test_an_address_in_several_spellings_gets_one_email(spellings: tuple[str, ...]) -> None:
    mails = decide(recipients=[{"email": address} for address in spellings])

    assert len(mails) == 1


def test_a_domain_that_only_looks_the_same_is_another_address() -> None:
    mails = decide(recipients=[{"email": "ada@fuß.example"}, {"email": "ada@fuss.example"}])

    assert len(mails) == 2


def test_no_recipient_is_mailed_after_the_link_expired() -> None:
    recipients = [{"email": "ada@example.com"}, {"email": "grace@example.com"}]

    mails = decide(recipients=recipients, expiresAt="2026-04-15T12:00:00+02:00")

    assert [mail.ends_at() for mail, _ in mails] == [datetime(2026, 4, 15, 10, tzinfo=UTC)] * 2


@pytest.mark.parametrize("late", [timedelta(days=7), timedelta(days=30)])
def test_expired_link_is_permanent(late: timedelta) -> None:
    with pytest.raises(PermanentError, match="the link to the report had expired when it was sent"):
        decide(now=NOW + late)


def test_link_valid_for_one_second_is_sent() -> None:
    assert decide(now=NOW + timedelta(days=7, seconds=-1))
