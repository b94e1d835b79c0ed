"""A repeated message has its side effects once."""

from collections import Counter
from dataclasses import replace

import pytest

from local.traffic import appointments, bookings, invitations, payments, reports
from local.traffic.duplicates import resent_elsewhere, reused_id
from local.traffic.publication import Case, PublicationDoor
from local.traffic.shared_ids import SHARED_IDS, SharedId
from ops.conserve.message_key import MessageKey
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import CATALOGUE
from schemas.email_outcomes import EMAIL_DELIVERED
from schemas.event_type import Kind
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE
from tests.e2e.scene import Scene, message

JOBS = {event_type.name for event_type in CATALOGUE if event_type.kind is Kind.JOB}
CASES = [
    (bookings.two_webhooks, PublicationDoor.QUEUE),
    (appointments.unchanged, PublicationDoor.BUS),
    (payments.hard_decline, PublicationDoor.QUEUE),
    (reports.generated, PublicationDoor.BUS),
    (reports.regenerate, PublicationDoor.QUEUE),
    (invitations.by_name, PublicationDoor.BUS),
]
"""Each with the door of its first message."""


@pytest.mark.parametrize(("case", "door"), CASES)
def test_a_message_by_both_doors_is_processed_once(scene: Scene, case: Case, door: PublicationDoor) -> None:
    first = scene.publish(case, door)
    second = scene.publish_second(first, resent_elsewhere)

    lines = scene.completed(first, second)

    reported = {each for line in lines if line.service == EMAIL_DELIVERED.name for each in line.follow_ups}
    jobs = [line for line in lines if line.service in JOBS and line.id not in reported]
    keys = {MessageKey.of_line(line) for line in jobs}
    for key in keys:
        assert {line.what for line in jobs if line.id == key.id} == {Outcome.SUCCEEDED, Outcome.DUPLICATE}
    seen = scene.records.snapshot().side_effects
    assert {key: seen[key] for key in keys} == dict.fromkeys(keys, 1)


def test_a_repeated_reaction_changes_nothing(scene: Scene) -> None:
    payment = scene.publish(payments.first_soft_decline, PublicationDoor.QUEUE)
    (decided,) = (line for line in scene.completed(payment) if line.service == payment.publication.type)
    (due,) = payment.publication.schedules
    before = scene.schedule(due.key)

    again = scene.publish_second(payment, resent_elsewhere)
    runs = [line for line in scene.completed(payment, again) if line.service == payment.publication.type]

    assert [(run.follow_ups, run.scheduled) for run in runs] == [(decided.follow_ups, decided.scheduled)] * 2
    after = scene.schedule(due.key)
    assert before is not None
    assert after is not None
    assert replace(after, changed_at=before.changed_at) == before, "the schedule is created again with the same content"
    assert [call.status for call in scene.calls_about(payment)] == [200]


def test_a_reused_job_id_with_another_payload_is_dead_lettered(scene: Scene) -> None:
    first = scene.publish(reports.regenerate)
    scene.completed(first)

    second = scene.publish_second(first, reused_id)
    lines = scene.completed(first, second)
    dead_letter = scene.dead_letter(REPORT_GENERATE.name, lambda found: found.id == first.id)

    (conflict,) = (line for line in lines if line.what is Outcome.DEAD_LETTERED)
    assert dead_letter.reason == conflict.reason == Reason.ID_CONFLICT
    assert message(dead_letter.body)["payload"] == message(second.publication.body)["payload"]
    assert [call.body["reportId"] for call in scene.stage.crm.state.calls() if call.key == str(first.key)] == [
        first.publication.subject
    ]


@pytest.mark.parametrize("shared", SHARED_IDS)
@pytest.mark.parametrize("door", PublicationDoor)
def test_messages_of_two_services_with_one_id_are_both_done(
    scene: Scene, shared: SharedId, door: PublicationDoor
) -> None:
    number, _ = next(scene.numbers), next(scene.numbers)
    accepted = [scene.send(item) for item in scene.traffic.sharing(shared, door, number=number)]

    lines = scene.completed(*accepted)

    jobs = Counter(MessageKey.of_line(line) for line in lines if line.service in JOBS)
    seen = scene.records.snapshot().side_effects
    assert {key: seen[key] for key in jobs} == dict.fromkeys(jobs, 1)


def test_a_job_that_succeeded_after_a_failure_is_a_duplicate_later(scene: Scene) -> None:
    booking = scene.publish(bookings.crm_fails_once)
    scene.completed(booking)

    scene.send(resent_elsewhere(booking.publication))
    again = scene.lines(
        lambda line: (
            line.causation_id == booking.id and line.service == ACTIVITY_RECORD.name and line.what is Outcome.DUPLICATE
        ),
        what="the duplicate of the activity",
    )

    assert len(again) == 1
    assert [call.status for call in scene.calls_about(booking)] == [503, 200]
