"""The outcome of a message, by the answer of the CRM or of a proxy in its place."""

import importlib
import json
from datetime import timedelta
from typing import Any

import pytest

from lambdas.common.clients.http.response import HttpResult
from lambdas.common.reminders import Reminders
from schemas.reasons import Outcome
from tests.fakes.crm import FakeCrmHttp, answer, connect, in_turn
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.messages import (
    APPOINTMENT,
    activity,
    appointment,
    contact_email_status,
    contact_sms_status,
    disabled_endpoint,
    message,
    text,
)

PAYMENT = message("payment.retry", {"paymentId": "in_1", "attempt": 2})
REPORT = message("report.generate", {"reportId": "5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f"})
NOT_FOUND = answer(404, {"error": "not_found"})
PAGE = "<html>It works!</html>"
WRITES = (PAYMENT, REPORT, activity(), disabled_endpoint(), contact_email_status(), contact_sms_status())


def handle(harness: FunctionHarness, body: dict[str, Any], *answers: HttpResult, well: bool = False) -> FakeCrmHttp:
    """One delivery, and deliveries of all copies that follow from it; a probe finds the CRM well, or a proxy."""
    health = answer(200, {"status": "ok"}) if well else answer(200, PAGE, content_type="text/html")
    answering = in_turn(*answers)
    fake = FakeCrmHttp(lambda method, url: health if url.endswith("/internal/health") else answering(method, url))
    connect(harness, fake)
    harness.capabilities[Reminders] = Reminders([timedelta(hours=1)], lambda: NOW)
    handler = importlib.import_module(f"lambdas.{body['type'].replace('.', '_')}.handler").handler
    handler.process(sqs_event(text(body)), FakeContext(), harness.runtime())
    while harness.copies:
        handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())
    return fake


@pytest.mark.parametrize("job", WRITES, ids=lambda job: job["type"])
@pytest.mark.parametrize("status", [200, 204, 302, 402, 404, 409, 422, 429, 503])
def test_job_that_a_proxy_answers_is_done_later(harness: FunctionHarness, job: dict[str, Any], status: int) -> None:
    fake = handle(harness, job, answer(status, PAGE, content_type="text/html"), answer(200, {"result": "done"}))

    assert harness.outcomes == [Outcome.DEFERRED, Outcome.SUCCEEDED]
    assert [line["attempt"] for line in harness.lines] == [1, 1]
    keys = {request["headers"].get("Idempotency-Key") for request in fake.requests if request["method"] == "POST"}
    assert len(keys) == 1
    assert PAGE not in "".join(harness.log)


@pytest.mark.parametrize("job", WRITES, ids=lambda job: job["type"])
def test_job_at_which_a_healthy_crm_fails_is_dead_after_3_attempts(
    harness: FunctionHarness, job: dict[str, Any]
) -> None:
    handle(harness, job, answer(500, {"error": "bug"}), well=True)

    assert harness.outcomes == [Outcome.RETRYING, Outcome.RETRYING, Outcome.DEAD_LETTERED]
    assert harness.lines[-1]["reason"] == "attempts_exhausted"


def test_job_that_the_crm_is_doing_is_deferred_and_spends_no_attempt(harness: FunctionHarness) -> None:
    fake = handle(harness, PAYMENT, answer(409, {"error": "in_progress"}), answer(409, {"error": "already_done"}))

    assert harness.outcomes == [Outcome.DEFERRED, Outcome.SKIPPED]
    assert {line["attempt"] for line in harness.lines} == {1}
    assert len(fake.requests) == 2


def test_declined_charge_has_succeeded(harness: FunctionHarness) -> None:
    handle(harness, PAYMENT, answer(402, {"error": "declined"}))

    assert harness.outcomes == [Outcome.SUCCEEDED]


@pytest.mark.parametrize("job", [contact_email_status(), contact_sms_status()], ids=lambda job: job["type"])
def test_a_status_of_nobodys_address_or_number_is_skipped(harness: FunctionHarness, job: dict[str, Any]) -> None:
    handle(harness, job, NOT_FOUND)

    assert harness.outcomes == [Outcome.SKIPPED]
    assert not any(personal in line for line in harness.log for personal in ("ada@example.com", "5550123"))


@pytest.mark.parametrize(("status", "error"), [(404, "not_found"), (422, "refused")])
def test_job_that_the_crm_refuses_is_dead_lettered_at_once(harness: FunctionHarness, status: int, error: str) -> None:
    handle(harness, PAYMENT, answer(status, {"error": error}))

    assert harness.outcomes == [Outcome.DEAD_LETTERED]


def created(**changes: Any) -> dict[str, Any]:
    return message("appointment.created", {"appointmentId": APPOINTMENT}, **changes)


def test_appointment_that_is_not_there_yet_gets_its_reminders(harness: FunctionHarness) -> None:
    found = answer(200, appointment(startTime="2026-05-01T09:30:00Z"))

    handle(harness, created(), NOT_FOUND, found)

    assert harness.outcomes == [Outcome.RETRYING, Outcome.SUCCEEDED]
    assert harness.lines[0]["delay"] == 30
    assert "does not exist yet" in harness.lines[0]["detail"]
    assert len(harness.lines[1]["scheduled"]) == 1


def test_appointment_that_never_appears_is_skipped_on_the_last_attempt(harness: FunctionHarness) -> None:
    handle(harness, created(), NOT_FOUND)

    assert harness.outcomes == [Outcome.RETRYING, Outcome.RETRYING, Outcome.SKIPPED]


def test_created_appointment_behind_a_proxy_is_never_skipped(harness: FunctionHarness) -> None:
    handle(harness, created(), answer(404, PAGE, content_type="text/html"))

    assert {*harness.outcomes[:-1]} == {Outcome.DEFERRED}
    assert (harness.outcomes[-1], harness.lines[-1]["reason"]) == (Outcome.DEAD_LETTERED, "unavailable")


@pytest.mark.parametrize("name", ["appointment.rescheduled", "appointment.cancelled"])
def test_changed_appointment_that_is_gone_is_skipped_at_once(harness: FunctionHarness, name: str) -> None:
    handle(harness, message(name, {"appointmentId": APPOINTMENT}), NOT_FOUND)

    assert harness.outcomes == [Outcome.SKIPPED]


@pytest.mark.parametrize(
    ("name", "status"), [("appointment.rescheduled", "booked"), ("appointment.cancelled", "cancelled")]
)
def test_change_that_overtakes_its_transaction_is_mailed_as_it_is(
    harness: FunctionHarness, name: str, status: str
) -> None:
    before, after = (
        answer(200, appointment(version=version, status=each, startTime="2026-05-01T09:30:00Z"))
        for version, each in ((1, "booked"), (2, status))
    )

    handle(harness, message(name, {"appointmentId": APPOINTMENT, "version": 2}), before, after)

    assert harness.outcomes == [Outcome.RETRYING, Outcome.SUCCEEDED]
    assert harness.lines[0]["delay"] == 30
    (published,) = harness.events.published
    assert json.loads(published["Detail"])["payload"]["values"]["version"] == 2


def test_change_that_the_crm_never_shows_is_dead_lettered(harness: FunctionHarness) -> None:
    handle(
        harness,
        message("appointment.rescheduled", {"appointmentId": APPOINTMENT, "version": 2}),
        answer(200, appointment(version=1)),
    )

    assert harness.outcomes == [Outcome.RETRYING, Outcome.RETRYING, Outcome.DEAD_LETTERED]
    assert harness.lines[-1]["reason"] == "attempts_exhausted"


def test_skipped_reactions_are_counted_for_the_alarm(harness: FunctionHarness) -> None:
    handle(harness, message("appointment.rescheduled", {"appointmentId": APPOINTMENT}), NOT_FOUND)

    metrics = [json.loads(line) for line in harness.log if "_aws" in line]
    assert [record["Skipped"] for record in metrics] == [[1]]


def test_skip_is_a_sample_of_the_share_of_skips(harness: FunctionHarness) -> None:
    handle(harness, PAYMENT, answer(409, {"error": "already_done"}))

    assert '"Skipped":[1]' in harness.log[-1]
