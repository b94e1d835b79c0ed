"""A job with a failing side effect is retried up to its limit, then dead-lettered with its failure history."""

from http import HTTPStatus
from uuid import uuid4

import pytest

from local.standins.crm.state import CrmFailure
from local.traffic import bookings
from schemas.activities import ACTIVITY_RECORD
from schemas.payments import PAYMENT_RETRY
from schemas.reasons import Outcome, Reason
from tests.e2e.scene import Scene, message

UNAVAILABLE = CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE)
REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.mark.long  # the last attempt waits for a minute without a refusal
def test_a_job_that_fails_three_times_has_three_attempts_in_its_history(scene: Scene) -> None:
    subject = str(uuid4())
    scene.stage.crm.state.fail(subject, UNAVAILABLE)
    job = scene.record_activity(subject, str(uuid4()))

    dead_letter = scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job.id)

    assert {call.status for call in scene.calls_about(job)} == {503}
    assert dead_letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert [attempt["attempt"] for attempt in dead_letter.failure_history["attempts"]] == [1, 2, 3]
    assert dead_letter.failure_history["id"] == job.id


def test_a_refusal_by_the_crm_is_permanent_at_once(scene: Scene) -> None:
    booking = scene.publish(bookings.crm_refuses)

    line = scene.outcome_at(booking.id, ACTIVITY_RECORD.name)
    dead_letter = scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == line.id)

    assert line.what is Outcome.DEAD_LETTERED
    assert dead_letter.reason == line.reason == Reason.PERMANENT
    assert [call.status for call in scene.calls_about(booking)] == [422]
    assert dead_letter.failure_history["correlationId"] == booking.id


def test_a_job_is_called_again_after_a_response_that_is_not_http(scene: Scene) -> None:
    subject = str(uuid4())
    scene.stage.crm.state.fail(subject, CrmFailure(times=1, garbage=True))

    job = scene.record_activity(subject, str(uuid4()))

    assert scene.outcome_of(job).what is Outcome.SUCCEEDED
    assert [call.status for call in scene.calls_about(job)] == [0, 200]


def test_unknown_fields_survive_ingress_retry_and_dead_lettering(scene: Scene) -> None:
    subject, company = str(uuid4()), str(uuid4())
    scene.stage.crm.state.fail(subject, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1))
    scene.stage.crm.state.fail(company, REFUSED)
    job = scene.record_activity(subject, company, traceparent="00-é-01", payload={"room": {"floor": 3, "name": "日本"}})

    dead_letter = scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == job.id)

    assert [call.status for call in scene.calls_about(job)] == [503, 422]
    assert message(dead_letter.body) | {"attempts": 1} == message(job.publication.body)


def test_a_message_published_as_third_attempt_has_one_attempt(scene: Scene) -> None:
    payment = str(uuid4())
    scene.stage.crm.state.fail(payment, UNAVAILABLE)
    payload = {"companyId": str(uuid4()), "paymentId": payment, "attempt": 2}
    job = scene.publish_message(PAYMENT_RETRY, payload, subject=payment, attempts=3)

    dead_letter = scene.dead_letter(PAYMENT_RETRY.name, lambda found: found.id == job.id)

    assert dead_letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert [attempt["attempt"] for attempt in dead_letter.failure_history["attempts"]] == [3]
