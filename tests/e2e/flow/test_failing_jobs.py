"""A job whose side effect fails is run as often as it may be, and then tells its story."""

from http import HTTPStatus
from uuid import uuid4

from local.standins.crm.state import CrmFailure
from local.traffic import bookings
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import Outcome, Reason
from tests.e2e.scene import Scene, message

UNAVAILABLE = CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE)
REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)


def test_a_job_that_fails_three_times_was_run_three_times_and_lies_there_with_three_entries(scene: Scene) -> None:
    subject = str(uuid4())
    scene.stage.crm.books.fail(subject, UNAVAILABLE)
    job = scene.record_activity(subject, str(uuid4()))

    letter = scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == job.id)

    assert [call.status for call in scene.calls_about(job)] == [503, 503, 503]
    assert letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert [attempt["attempt"] for attempt in letter.failure_history["attempts"]] == [1, 2, 3]
    assert letter.failure_history["id"] == job.id


def test_a_refusal_by_the_crm_is_permanent_at_once(scene: Scene) -> None:
    booking = scene.publish(bookings.crm_refuses)

    line = scene.concluded(booking.id, ACTIVITY_RECORD.name)
    letter = scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == line.id)

    assert line.what is Outcome.DEAD_LETTERED
    assert letter.reason == line.reason == Reason.PERMANENT
    assert [call.status for call in scene.calls_about(booking)] == [422]
    assert letter.failure_history["correlationId"] == booking.id


def test_an_answer_that_is_no_http_is_tried_again(scene: Scene) -> None:
    subject = str(uuid4())
    scene.stage.crm.books.fail(subject, CrmFailure(times=1, garbage=True))

    job = scene.record_activity(subject, str(uuid4()))

    assert scene.decided(job).what is Outcome.SUCCEEDED
    assert [call.status for call in scene.calls_about(job)] == [0, 200]


def test_fields_that_no_contract_names_survive_ingress_retry_and_dead_letter(scene: Scene) -> None:
    subject, company = str(uuid4()), str(uuid4())
    scene.stage.crm.books.fail(subject, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1))
    scene.stage.crm.books.fail(company, REFUSED)
    job = scene.record_activity(subject, company, traceparent="00-é-01", payload={"room": {"floor": 3, "name": "日本"}})

    letter = scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == job.id)

    assert [call.status for call in scene.calls_about(job)] == [503, 422]
    assert message(letter.body) == message(job.publication.body) | {"attempts": 2}


def test_a_message_that_says_it_is_the_third_attempt_gets_one_run(scene: Scene) -> None:
    subject = str(uuid4())
    scene.stage.crm.books.fail(subject, UNAVAILABLE)
    job = scene.record_activity(subject, str(uuid4()), attempts=3)

    letter = scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == job.id)

    assert letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert len(scene.calls_about(job)) == 1
