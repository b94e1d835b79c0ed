"""Follow-ups of a mail's outcome: the activity, the contact's status, the suppression of further mails."""

import json
from typing import Any

import pytest

from lambdas.common.follow_ups import Emit, FollowUp, LeftOut, Note
from lambdas.email_bounced.handler import handler as on_bounced
from lambdas.email_complained.handler import handler as on_complained
from lambdas.email_delivered.handler import handler as on_delivered
from schemas.activities import Activity, ActivityRecord
from schemas.contacts import ContactEmailStatus, EmailStatus
from schemas.email_outcomes import EmailBounced, EmailComplained, EmailDelivered
from schemas.emails import Template
from schemas.message import Message
from schemas.suppression import EmailSuppression, Suppression
from schemas.wire import Payload, timestamp
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import BOOKING, COMPANY, message, text

OCCURRED_AT = "2026-04-14T14:00:33.000Z"


def outcome(type_name: str, **payload: Any) -> str:
    known = {
        "messageId": "email-1",
        "template": "appointment_reminder",
        "email": "ada@example.com",
        "subjectId": BOOKING,
        "occurredAt": OCCURRED_AT,
    }
    return text(message(type_name, known | payload))


def delivered(**payload: Any) -> list[FollowUp]:
    read = Message[EmailDelivered].model_validate_json(outcome("email.delivered", **payload))
    return list(on_delivered.decide(read) or ())


def bounced(kind: str = "hard", **payload: Any) -> list[FollowUp]:
    known = {"kind": kind, "reason": "the mailbox is unknown", "texted": True}
    read = Message[EmailBounced].model_validate_json(outcome("email.bounced", **known | payload))
    return list(on_bounced.decide(read) or ())


def complained(**payload: Any) -> list[FollowUp]:
    read = Message[EmailComplained].model_validate_json(outcome("email.complained", **payload))
    return list(on_complained.decide(read) or ())


def payloads(follow_ups: list[FollowUp], kind: type[Payload]) -> list[Any]:
    return [each.payload for each in follow_ups if isinstance(each, Emit) and isinstance(each.payload, kind)]


def activity(follow_ups: list[FollowUp]) -> ActivityRecord:
    (found,) = payloads(follow_ups, ActivityRecord)
    assert isinstance(found, ActivityRecord)
    return found


@pytest.mark.parametrize(
    ("follow_ups", "kind", "summary"),
    [
        (delivered(), Activity.EMAIL_DELIVERED, "Reminder to the customer delivered"),
        (bounced(), Activity.EMAIL_BOUNCED, "Reminder to the customer bounced: the mailbox is unknown"),
        (complained(), Activity.EMAIL_COMPLAINED, "Reminder to the customer marked as spam by its recipient"),
    ],
    ids=["delivered", "bounced", "complained"],
)
def test_the_company_reads_the_outcome_in_its_activity_log(
    follow_ups: list[FollowUp], kind: Activity, summary: str
) -> None:
    found = activity(follow_ups)

    assert (found.activity, found.subject_id, found.summary) == (kind, BOOKING, summary)
    assert timestamp(found.occurred_at) == OCCURRED_AT
    assert found.company_id == COMPANY


@pytest.mark.parametrize("template", Template)
def test_each_template_has_words_of_its_own_without_an_address(template: Template) -> None:
    summaries = {each: activity(delivered(template=each)).summary for each in Template}

    assert len(set(summaries.values())) == len(Template)
    assert "ada" not in summaries[template].lower()


@pytest.mark.parametrize(
    ("follow_ups", "note"),
    [
        (delivered(occurredAt="2026-04-14T16:00:33.9+02:00"), "delivered 14:00:33"),
        (bounced(), "bounced: the mailbox is unknown"),
        (bounced("soft", reason="the mailbox is full"), "bounced: the mailbox is full"),
        (complained(), "complained: the recipient marked it as spam"),
    ],
)
def test_the_trace_ends_with_the_outcome(follow_ups: list[FollowUp], note: str) -> None:
    assert [each.sentence for each in follow_ups if isinstance(each, Note)] == [note]


def test_a_mail_without_a_subject_is_its_own_subject() -> None:
    assert activity(delivered(subjectId=None)).subject_id == "email-1"


def test_an_id_that_is_no_reference_gets_no_activity() -> None:
    follow_ups = bounced(subjectId=None, messageId="crm:email.1")

    assert payloads(follow_ups, ActivityRecord) == []
    assert [each.sentence for each in follow_ups if isinstance(each, LeftOut)] == [
        "no activity: the email has no subjectId, and its id is none that the CRM takes"
    ]
    assert payloads(follow_ups, EmailSuppression) != []


@pytest.mark.parametrize(
    ("follow_ups", "status", "suppression"),
    [
        (bounced(), EmailStatus.BOUNCED, Suppression.BOUNCED),
        (complained(), EmailStatus.COMPLAINED, Suppression.COMPLAINED),
    ],
    ids=["hard bounce", "complaint"],
)
def test_an_address_that_takes_no_mail_is_reported_and_suppressed(
    follow_ups: list[FollowUp], status: EmailStatus, suppression: Suppression
) -> None:
    (contact,) = payloads(follow_ups, ContactEmailStatus)
    (change,) = payloads(follow_ups, EmailSuppression)

    assert (contact.email, contact.status) == (change.email, status) == ("ada@example.com", status)
    assert change.suppression is suppression
    assert timestamp(contact.occurred_at) == timestamp(change.occurred_at) == OCCURRED_AT


def test_after_a_soft_bounce_the_address_gets_mail_again() -> None:
    follow_ups = bounced("soft", reason="the mailbox is full")

    assert payloads(follow_ups, ContactEmailStatus) == payloads(follow_ups, EmailSuppression) == []


def test_a_delivered_mail_changes_nothing_about_the_address() -> None:
    assert [each.event_type.name for each in delivered() if isinstance(each, Emit)] == ["activity.record"]


def test_no_reason_can_be_longer_than_an_activity_takes() -> None:
    longest = "x" * 300

    assert json.loads(activity(bounced(reason=longest)).model_dump_json(by_alias=True))["summary"].endswith(longest)


def test_no_address_of_a_foreign_report_reaches_the_log() -> None:
    """Any service may publish `email.bounced`, with a mail server's own words as the reason."""
    harness = FunctionHarness()
    reason = "smtp; 550 5.1.1 <ada@example.com>, or call +49 170 1234567"
    body = outcome("email.bounced", kind="soft", reason=reason, texted=True)

    on_bounced.process(sqs_event(body), FakeContext(), harness.runtime())

    (line,) = harness.lines
    assert line["detail"] == "bounced: smtp; 550 5.1.1 <[email]>, or call [phone]"
