"""A reminder by email bounces: the customer is reminded by text."""

import json
from typing import Any

import pytest

from lambdas.appointment_reminder.handler import handler as reminder_handler
from lambdas.common.clients.crm import Crm
from lambdas.email_bounced.handler import handler
from schemas.reasons import Outcome
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import APPOINTMENT, START, appointment, message, text

NOT_FOUND = answer(404, {"error": "not_found"})


def bounced(**payload: Any) -> dict[str, Any]:
    return message(
        "email.bounced",
        {
            "messageId": "email-1",
            "template": "appointment_reminder",
            "email": "ada@example.com",
            "subjectId": APPOINTMENT,
            "occurredAt": "2026-04-14T14:00:00Z",
            "kind": "hard",
            "reason": "the mailbox is unknown",
            "texted": False,
            "validUntil": START,
        }
        | payload,
    )


def emitted(harness: FunctionHarness, body: dict[str, Any]) -> list[str]:
    """Handle a bounce; return the types that follow."""
    handler.process(sqs_event(text(body)), FakeContext(), harness.runtime())
    return [entry["DetailType"] for entry in harness.events.published]


def remind(harness: FunctionHarness) -> list[str]:
    """Handle the reminder that follows from a bounce; return the types that follow from it."""
    (reminder,) = (each for each in harness.events.published if each["DetailType"] == "appointment.reminder")
    harness.events.published.clear()
    reminder_handler.process(sqs_event(reminder["Detail"]), FakeContext(), harness.runtime())
    return [entry["DetailType"] for entry in harness.events.published]


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_a_bounced_reminder_is_followed_by_a_text(harness: FunctionHarness, kind: str) -> None:
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(200, appointment())))
    emitted(harness, bounced(kind=kind))

    assert remind(harness) == ["sms.send"]
    assert harness.outcomes == [Outcome.SUCCEEDED] * 2


def test_two_bounces_of_one_email_are_followed_by_one_text(harness: FunctionHarness) -> None:
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(200, appointment())))
    emitted(harness, bounced(kind="soft"))
    emitted(harness, bounced(kind="hard", occurredAt="2026-04-14T14:05:00Z") | {"id": "email.bounced-2"})

    reminders = [each["Detail"] for each in harness.events.published if each["DetailType"] == "appointment.reminder"]
    harness.events.published.clear()
    for each in reminders:
        reminder_handler.process(sqs_event(each), FakeContext(), harness.runtime())

    ids = [json.loads(entry["Detail"])["id"] for entry in harness.events.published]
    assert (len(ids), len(set(ids))) == (2, 1)


@pytest.mark.parametrize(
    "payload",
    [
        {"texted": True},
        {"template": "booking_confirmation"},
        {"subjectId": None},
        {"subjectId": "apt_17"},
        {"validUntil": None},
    ],
    ids=str,
)
def test_no_text_follows_a_bounce_of_another_kind(harness: FunctionHarness, payload: dict[str, Any]) -> None:
    assert "appointment.reminder" not in emitted(harness, bounced(**payload))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "cancelled"},
        {"startTime": "2026-04-14T14:00:00Z"},
        {"startTime": "2026-05-14T14:00:00Z"},
        {"customer": {"email": "ada@example.com"}},
        {"customer": {"phone": "+14155550123", "channels": ["email"]}},
    ],
    ids=str,
)
def test_no_text_follows_where_it_helps_nobody(harness: FunctionHarness, changes: dict[str, Any]) -> None:
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(200, appointment(**changes))))
    emitted(harness, bounced())

    assert remind(harness) == []
    assert harness.outcomes == [Outcome.SUCCEEDED, Outcome.SKIPPED]


def test_the_address_is_suppressed_whatever_the_crm_answers(harness: FunctionHarness) -> None:
    """The bounce's reaction has no CRM: a call would fail it."""
    assert Crm not in harness.capabilities

    assert set(emitted(harness, bounced())) == {
        *("activity.record", "contact.email_status", "email.suppression", "appointment.reminder")
    }
    assert harness.outcomes == [Outcome.SUCCEEDED]


def test_an_appointment_that_the_crm_does_not_know_costs_the_text_alone(harness: FunctionHarness) -> None:
    connect(harness, FakeCrmHttp(lambda _method, _url: NOT_FOUND))
    emitted(harness, bounced())

    assert remind(harness) == []
    assert harness.outcomes == [Outcome.SUCCEEDED, Outcome.SKIPPED]


def test_a_fallback_text_obeys_quiet_hours() -> None:
    harness = FunctionHarness(settings={"quiet_hours": "12:00-20:00"})  # it is 16:00 in Berlin
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(200, appointment())))
    emitted(harness, bounced())

    assert remind(harness) == []
    (schedule,) = harness.scheduler.schedules.values()
    assert schedule["ScheduleExpression"] == "at(2026-04-14T18:00:00)"
