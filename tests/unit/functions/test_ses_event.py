"""Amazon SES reports what became of a mail: one message says it, as caused by the mail's `email.send`."""

import json
from typing import Any

import pytest

from lambdas.common.errors import PermanentError, Skip
from lambdas.common.follow_ups import Cause, Emit
from lambdas.ses_event.handler import handler
from schemas.email_outcomes import (
    EMAIL_BOUNCED,
    EMAIL_COMPLAINED,
    EMAIL_DELIVERED,
    BounceKind,
    EmailBounced,
    EmailComplained,
    EmailDelivered,
)
from schemas.emails import Template
from schemas.message import Message
from schemas.ses import SesEvent
from schemas.wire import timestamp
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import BOOKING, COMPANY, text
from tests.ses_events import (
    ADDRESS,
    REPORTED_AT,
    SENT_AT,
    TAGS,
    bounced,
    complained,
    delivered,
    rejected,
    reported,
    ses_mail,
)

ANOTHER = "00000000-0000-4000-8000-000000000001"


def decide(event: dict[str, Any], *, company: str = COMPANY) -> Emit:
    read = Message[SesEvent].model_validate_json(text(reported(event, company=company)))
    (emit,) = handler.decide(read) or ()
    assert isinstance(emit, Emit)
    return emit


def bounce_of(event: dict[str, Any]) -> EmailBounced:
    payload = decide(event).payload
    assert isinstance(payload, EmailBounced)
    return payload


def test_a_delivery_names_the_mail_its_address_and_its_subject() -> None:
    emit = decide(delivered())

    assert emit.event_type is EMAIL_DELIVERED
    assert isinstance(emit.payload, EmailDelivered)
    assert emit.payload.model_dump(exclude={"occurred_at"}, by_alias=False) == {
        "company_id": COMPANY,
        "message_id": "email-1",
        "template": Template.BOOKING_CONFIRMATION,
        "email": ADDRESS,
        "subject_id": BOOKING,
    }
    assert timestamp(emit.payload.occurred_at) == REPORTED_AT


@pytest.mark.parametrize(
    "event", [delivered(), bounced(), complained(), rejected()], ids=lambda each: each["eventType"]
)
def test_an_outcome_continues_the_chain_of_the_mail(event: dict[str, Any]) -> None:
    assert decide(event).cause == Cause("email.send", "email-1", "booking-1")


@pytest.mark.parametrize(
    ("kind", "sub_type", "reason"),
    [
        ("Permanent", "General", "the mailbox is unknown, or refuses mail for good"),
        ("Permanent", "NoEmail", "the mailbox is unknown"),
        ("Permanent", "Suppressed", "the mailbox was unknown to earlier mails, so SES did not try it"),
        ("Permanent", "OnAccountSuppressionList", "an earlier mail to the mailbox bounced, so SES did not try it"),
        ("Permanent", "OnTenantSuppressionList", "the mail server refused it for good"),
        ("Permanent", None, "the mail server refused it for good"),
    ],
)
def test_a_permanent_bounce_is_hard(kind: str, sub_type: str | None, reason: str) -> None:
    found = bounce_of(bounced(kind, sub_type))

    assert (found.kind, found.reason) == (BounceKind.HARD, reason)


@pytest.mark.parametrize(
    ("kind", "sub_type", "reason"),
    [
        ("Transient", "General", "the mail server refused it for now, or answered automatically"),
        ("Transient", "MailboxFull", "the mailbox is full"),
        ("Transient", "MessageTooLarge", "the mail was too large for the mailbox"),
        ("Transient", "CustomTimeoutExceeded", "the mail server did not take it in time"),
        ("Transient", "ContentRejected", "the mail server refused the mail's content"),
        ("Transient", "AttachmentRejected", "the mail server refused the mail's attachment"),
        ("Undetermined", "Undetermined", "the mail server did not take it, or answered automatically"),
        ("Transient", "a type of tomorrow", "the mail server did not take it"),
        ("a type of tomorrow", "General", "the mail server did not take it"),
    ],
)
def test_any_other_bounce_is_soft(kind: str, sub_type: str, reason: str) -> None:
    found = bounce_of(bounced(kind, sub_type))

    assert (found.kind, found.reason) == (BounceKind.SOFT, reason)


def test_a_bounce_is_about_the_address_the_mail_was_sent_to() -> None:
    """A mailbox may forward to another address, which bounces."""
    assert bounce_of(bounced()).email == ADDRESS


@pytest.mark.parametrize("texted", [False, True])
def test_a_bounce_says_whether_a_text_was_sent(texted: bool) -> None:
    assert bounce_of(bounced(sent=TAGS._replace(texted=texted))).texted is texted


def test_a_rejected_mail_is_a_soft_bounce_at_its_own_time() -> None:
    found = bounce_of(rejected())

    assert (found.kind, found.reason) == (BounceKind.SOFT, "SES found a virus in the mail and did not send it")
    assert timestamp(found.occurred_at) == SENT_AT


@pytest.mark.parametrize("feedback", ["abuse", "fraud", "virus", "other", None, "a kind of tomorrow"])
def test_a_complaint_is_one_whatever_its_kind(feedback: str | None) -> None:
    emit = decide(complained(feedback))

    assert emit.event_type is EMAIL_COMPLAINED
    assert isinstance(emit.payload, EmailComplained)


def test_feedback_that_a_mail_is_no_spam_is_no_complaint() -> None:
    with pytest.raises(Skip, match="no spam"):
        decide(complained("not-spam"))


def test_a_mail_unsent_for_an_earlier_complaint_is_a_hard_bounce() -> None:
    event = complained(None)
    event["complaint"]["complaintSubType"] = "OnAccountSuppressionList"

    found = bounce_of(event)

    assert found.kind is BounceKind.HARD
    assert found.reason == "the recipient marked an earlier mail as spam, so SES did not send this one"


@pytest.mark.parametrize("kind", ["Send", "DeliveryDelay", "Open", "Click", "Rendering Failure", "Subscription", "New"])
def test_an_event_that_says_no_outcome_is_skipped(kind: str) -> None:
    with pytest.raises(Skip, match="nothing about the mail's outcome"):
        decide({"eventType": kind, "mail": ses_mail()})


@pytest.mark.parametrize(
    ("event", "field"), [(delivered(), "delivery"), (bounced(), "bounce"), (complained(), "complaint")]
)
def test_an_event_without_its_own_field_is_refused(event: dict[str, Any], field: str) -> None:
    with pytest.raises(PermanentError, match=f"of the type {event['eventType']} lacks the field {field}"):
        decide({name: value for name, value in event.items() if name != field})


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"company": None}, "0 values of the tag company"),
        ({"message": None}, "0 values of the tag message"),
        ({"message": ["no base64!"]}, "tag message is no id of a message in base64url"),
        ({"message": ["_w"]}, "tag message is no id of a message in base64url"),
        ({"message": [""]}, "tag message is no id of a message in base64url"),
        ({"message": ["YQ", "Yg"]}, "2 values of the tag message"),
        ({"correlation": ["ICA"]}, "tag correlation is no id of a message in base64url"),
        ({"template": ["newsletter"]}, "tag template names no template of email.send"),
        ({"template": []}, "0 values of the tag template"),
        ({"subject": ["ada@example.com"]}, "subject_id: must be an id of 1 to 64 letters"),
        ({"subject": ["a", "b"]}, "2 values of the tag subject"),
        ({"until": ["no base64!"]}, "tag until is no time in base64url"),
        ({"until": ["c29vbg"]}, "tag until is no time in base64url"),
        ({"until": ["MjAyNi0wNC0xNVQxNDowMDowMA"]}, "tag until is no time in base64url"),
        ({"until": ["YQ", "Yg"]}, "2 values of the tag until"),
    ],
)
def test_tags_that_email_send_does_not_give_are_refused(tags: dict[str, Any], problem: str) -> None:
    with pytest.raises(PermanentError, match=problem) as raised:
        decide(delivered(tags=tags))

    assert "ada@example.com" not in str(raised.value)


def test_a_mail_without_any_tags_is_refused() -> None:
    event = delivered()
    del event["mail"]["tags"]

    with pytest.raises(PermanentError, match="0 values of the tag template"):
        decide(event)


def test_a_mail_of_another_tenant_is_refused() -> None:
    with pytest.raises(PermanentError, match="companyId is not that of the mail's tag company"):
        decide(delivered(), company=ANOTHER)


def test_a_mail_to_several_recipients_is_refused() -> None:
    with pytest.raises(PermanentError, match="several recipients"):
        decide(delivered(destination=[ADDRESS, "grace@example.com"]))


def test_an_address_that_is_none_is_refused_without_its_text() -> None:
    with pytest.raises(PermanentError, match="email: must be an email address") as raised:
        decide(delivered(destination=["Ada Lovelace <ada@example.com>"]))

    assert "Lovelace" not in str(raised.value)


def test_a_mail_without_a_subject_has_an_outcome_without_one() -> None:
    outcome = decide(delivered(sent=TAGS._replace(subject_id=""))).payload

    assert isinstance(outcome, EmailDelivered)
    assert outcome.subject_id is None


@pytest.mark.parametrize("message_id", ["a", "crm:email.1_2-3", "x" * 128])
def test_every_id_of_a_message_survives_the_tags(message_id: str) -> None:
    emit = decide(delivered(sent=TAGS._replace(message_id=message_id, correlation_id=message_id)))

    assert emit.cause == Cause("email.send", message_id, message_id)


def outcomes_of(*messages: dict[str, Any]) -> tuple[FunctionHarness, list[tuple[str, dict[str, Any]]]]:
    harness = FunctionHarness()
    for each in messages:
        handler.process(sqs_event(text(each)), FakeContext(), harness.runtime())
    return harness, [
        (each["id"], each["payload"]) for entry in harness.events.published for each in [json.loads(entry["Detail"])]
    ]


def test_a_doubled_report_is_one_message() -> None:
    """EventBridge delivers at least once, and SES may publish an event twice."""
    _, found = outcomes_of(reported(bounced()), reported(bounced(), id="another-event-of-eventbridge"))

    assert found[0] == found[1]


def test_two_reports_about_a_mail_are_two_messages() -> None:
    """A mail can bounce softly and then, by another mail server, for good."""
    _, found = outcomes_of(
        reported(bounced("Transient", "General")), reported(bounced(at="2026-04-14T15:00:00.000Z"), id="later")
    )

    assert len({id_ for id_, _ in found}) == 2


def test_a_dead_letter_has_the_event_verbatim() -> None:
    event = delivered(tags={"template": ["newsletter"]}) | {"field of tomorrow": {"a": [1.50, None, "ß"]}}
    body = text(reported(event))
    harness = FunctionHarness()

    handler.process(sqs_event(body), FakeContext(), harness.runtime())

    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == body
    assert harness.lines[0]["reason"] == "permanent"


def test_the_log_names_neither_address_nor_what_the_server_said() -> None:
    harness, _ = outcomes_of(reported(bounced()), reported(complained()), reported(delivered()))

    assert harness.outcomes == ["succeeded"] * 3
    assert not any(word in line for line in harness.log for word in (ADDRESS, "forwarded", "550", "Haircut"))


def test_the_event_types_declare_what_the_reaction_emits() -> None:
    assert handler.event_type.emits == {EMAIL_DELIVERED, EMAIL_BOUNCED, EMAIL_COMPLAINED}
