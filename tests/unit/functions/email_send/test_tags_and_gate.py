"""A mail carries the tags by which its outcome is found, and is not sent to an address on the suppression list."""

import re
from datetime import datetime
from typing import Any

import pytest

from lambdas.common.clients.suppression_list import SuppressionList
from lambdas.email_send.handler import handler
from schemas.mail_tags import MailTags
from schemas.suppression import EmailSuppression, Suppression
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.service import failing
from tests.fakes.ses import FakeSes
from tests.messages import BOOKING, COMPANY, email, text

SES_TAKES = re.compile("[A-Za-z0-9_-]{1,256}")
"""Names and values of message tags (SES API v2, "MessageTag")."""


@pytest.fixture
def ses() -> FakeSes:
    return FakeSes()


@pytest.fixture
def harness(ses: FakeSes) -> FunctionHarness:
    return FunctionHarness(clients={"sesv2": ses})


def process(harness: FunctionHarness, **changes: Any) -> None:
    handler.process(sqs_event(text(email(**changes))), FakeContext(), harness.runtime())


def suppress(harness: FunctionHarness, address: str = "ada@example.com") -> None:
    harness.runtime().capability(SuppressionList).put(
        EmailSuppression(company_id=COMPANY, email=address, suppression=Suppression.BOUNCED, occurred_at=NOW)
    )
    harness.dynamodb.calls.clear()


def tags(ses: FakeSes) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in ses.sent[0]["EmailTags"]}


@pytest.mark.parametrize("message_id", ["email-1", "crm:email.1_2-3", ":" * 128])
@pytest.mark.parametrize(
    "payload", [{}, {"subjectId": BOOKING, "texted": True, "validUntil": "2999-04-15T16:00:00.000001+02:00"}]
)
def test_tags_are_such_as_ses_takes_and_come_back(
    harness: FunctionHarness, ses: FakeSes, message_id: str, payload: dict[str, Any]
) -> None:
    process(harness, id=message_id, correlationId="root:1", payload=email()["payload"] | payload)

    assert all(SES_TAKES.fullmatch(part) for tag in tags(ses).items() for part in tag)
    found = MailTags.decoded({name: [value] for name, value in tags(ses).items()})
    assert (found.message_id, found.correlation_id, found.company_id) == (message_id, "root:1", COMPANY)
    assert (found.subject_id, found.texted) == (payload.get("subjectId", ""), payload.get("texted", False))
    assert found.valid_until == (datetime.fromisoformat(payload["validUntil"]) if payload else None)


def test_a_suppressed_address_gets_no_mail_and_the_log_says_why(harness: FunctionHarness, ses: FakeSes) -> None:
    suppress(harness)

    process(harness)

    assert ses.calls == []
    (line,) = harness.lines
    assert (line["outcome"], line["detail"]) == (
        "skipped",
        "suppressed: an earlier mail of the company to this address bounced",
    )
    assert not any("ada" in each for each in harness.log)


def test_a_suppressed_mail_costs_one_read_and_no_record(harness: FunctionHarness) -> None:
    suppress(harness)

    process(harness)

    assert harness.dynamodb.calls == ["get_item"]


def test_a_mail_is_sent_once_its_address_is_confirmed(harness: FunctionHarness, ses: FakeSes) -> None:
    """The skipped mail left no record, so the same message can be sent again."""
    suppress(harness)
    process(harness)
    harness.runtime().capability(SuppressionList).put(
        EmailSuppression(
            company_id=COMPANY, email="ada@example.com", suppression=Suppression.DELIVERABLE, occurred_at=harness.now
        )
    )

    process(harness)

    assert harness.outcomes == ["skipped", "succeeded"]
    assert len(ses.sent) == 1


def test_other_addresses_get_their_mail(harness: FunctionHarness, ses: FakeSes) -> None:
    suppress(harness, "grace@example.com")

    process(harness)

    assert harness.outcomes == ["succeeded"]
    assert len(ses.sent) == 1


def test_a_mail_waits_while_the_list_cannot_be_read(harness: FunctionHarness, ses: FakeSes) -> None:
    harness.secrets.fail = failing("AccessDeniedException")

    process(harness)

    assert ses.calls == []
    assert harness.outcomes == ["deferred"]
    assert harness.lines[0]["destination"] == "secrets"
