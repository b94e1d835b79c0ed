"""The stand-in's events have the form that SES documents, and are those of the mailbox simulator's addresses."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.standins.ses.events import MailEvent, event_about, events_about
from schemas.mail_tags import MailTags
from schemas.ses import SesEventBody
from tests.unit.local.standins.ses.sample_mail import AT, COMPANY, MAIL, TAGS


def outcomes(address: str) -> list[str]:
    return [summary(event["detail"]) for event in events_about(replace(MAIL, to=(address,)))]


def summary(detail: dict[str, Any]) -> str:
    bounce = detail.get("bounce", {})
    return " ".join(filter(None, (detail["eventType"], bounce.get("bounceType"), bounce.get("bounceSubType"))))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("success@simulator.amazonses.com", ["Delivery"]),
        ("bounce@simulator.amazonses.com", ["Bounce Permanent General"]),
        ("bounce+label-1@simulator.amazonses.com", ["Bounce Permanent General"]),
        ("Bounce@SIMULATOR.amazonses.com", ["Bounce Permanent General"]),
        ("suppressionlist@simulator.amazonses.com", ["Bounce Permanent Suppressed"]),
        ("ooto@simulator.amazonses.com", ["Delivery", "Bounce Transient General"]),
        ("complaint@simulator.amazonses.com", ["Delivery", "Complaint"]),
        ("nothing-of-this-name@simulator.amazonses.com", ["Delivery"]),
        ("bounce@example.com", ["Delivery"]),
        ("ada@example.com", ["Delivery"]),
    ],
)
def test_a_mailbox_of_the_simulator_does_what_it_does_on_aws(address: str, expected: list[str]) -> None:
    assert outcomes(address) == expected


def test_an_event_has_the_envelope_of_eventbridge() -> None:
    (event,) = events_about(MAIL)

    assert {name: event[name] for name in ("version", "source", "detail-type", "time", "region", "account")} == {
        "version": "0",
        "source": "aws.ses",
        "detail-type": "Email Delivered",
        "time": "2026-04-14T09:00:01Z",
        "region": "us-east-1",
        "account": "000000000000",
    }
    assert event["resources"] == ["arn:aws:ses:us-east-1:000000000000:configuration-set/taly-async-local"]


@pytest.mark.parametrize(
    ("event", "detail_type"),
    list(zip(MailEvent, ("Email Delivered", "Email Bounced", "Email Complaint Received"), strict=True)),
)
def test_an_event_has_the_documented_detail_type(event: MailEvent, detail_type: str) -> None:
    assert event_about(MAIL, event, "ada@example.com", AT)["detail-type"] == detail_type


@pytest.mark.parametrize("event", MailEvent)
def test_an_event_is_read_by_the_contract_with_the_tags_of_its_mail(event: MailEvent) -> None:
    detail = event_about(MAIL, event, "ada@example.com", AT + timedelta(seconds=1))["detail"]

    read = SesEventBody.model_validate(detail, by_alias=True, by_name=False, strict=False)

    assert read.event_type == event.value.type
    assert read.mail.tags.company == (COMPANY,)
    assert detail["mail"]["tags"]["ses:configuration-set"] == ["taly-async-local"]
    assert MailTags.decoded(detail["mail"]["tags"]).encoded() == TAGS
    assert read.mail.destination == ("ada@example.com",)


def test_an_event_has_the_headers_of_its_mail() -> None:
    (event,) = events_about(MAIL)

    mail = event["detail"]["mail"]
    assert {"name": "Subject", "value": "Your appointment"} in mail["headers"]
    assert mail["commonHeaders"]["subject"] == "Your appointment"
    assert mail["commonHeaders"]["to"] == ["ada@example.com"]
    assert (mail["messageId"], mail["timestamp"]) == ("ses-1", "2026-04-14T09:00:01.250Z")


def test_events_about_a_mail_come_in_order_of_time_with_own_ids() -> None:
    first, second = events_about(replace(MAIL, to=("complaint@simulator.amazonses.com",)))

    assert first["detail"]["delivery"]["timestamp"] < second["detail"]["complaint"]["timestamp"]
    assert first["id"] != second["id"]
