"""What comes twice is done once."""

from dataclasses import replace

import pytest

from local.traffic import appointments, bookings, invitations, payments, reports
from local.traffic.publication import Case, PublicationDoor
from local.traffic.variations import its_id_for_something_else, the_same_again
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import CATALOGUE
from schemas.event_type import Kind
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE
from tests.e2e.scene import Scene, message

JOBS = {event_type.name for event_type in CATALOGUE if event_type.kind is Kind.JOB}
CASES = [
    (bookings.told_to_two, PublicationDoor.QUEUE),
    (appointments.stands, PublicationDoor.BUS),
    (payments.declined_for_good, PublicationDoor.QUEUE),
    (reports.generated, PublicationDoor.BUS),
    (reports.run_again, PublicationDoor.QUEUE),
    (invitations.by_name, PublicationDoor.BUS),
]
"""Each with the door that it comes by first."""


@pytest.mark.parametrize(("case", "door"), CASES)
def test_what_is_published_by_both_doors_at_once_is_done_once(scene: Scene, case: Case, door: PublicationDoor) -> None:
    first = scene.publish(case, door)
    second = scene.repeat(first, the_same_again)

    lines = scene.came_true(first, second)

    jobs = [line for line in lines if line.service in JOBS]
    ids = {line.id for line in jobs}
    for id_ in ids:
        assert {line.what for line in jobs if line.id == id_} == {Outcome.SUCCEEDED, Outcome.DUPLICATE}
    seen = scene.ledger.snapshot().side_effects
    assert {id_: seen[id_] for id_ in ids} == dict.fromkeys(ids, 1)


def test_a_reaction_that_is_run_again_changes_nothing(scene: Scene) -> None:
    payment = scene.publish(payments.declined_at_first, PublicationDoor.QUEUE)
    (decided,) = (line for line in scene.came_true(payment) if line.service == payment.publication.type)
    (due,) = payment.publication.due
    before = scene.schedule(due.key)

    again = scene.repeat(payment, the_same_again)
    runs = [line for line in scene.came_true(payment, again) if line.service == payment.publication.type]

    assert [(run.follow_ups, run.scheduled) for run in runs] == [(decided.follow_ups, decided.scheduled)] * 2
    after = scene.schedule(due.key)
    assert before is not None
    assert after is not None
    assert replace(after, changed_at=before.changed_at) == before, "it is set anew to what it was"
    assert [call.status for call in scene.calls_about(payment)] == [200]


def test_a_job_whose_id_comes_again_with_another_payload_is_dead_lettered(scene: Scene) -> None:
    first = scene.publish(reports.run_again)
    scene.came_true(first)

    second = scene.repeat(first, its_id_for_something_else)
    lines = scene.came_true(first, second)
    letter = scene.letter(REPORT_GENERATE.name, lambda letter: letter.id == first.id)

    (dead,) = (line for line in lines if line.what is Outcome.DEAD_LETTERED)
    assert letter.reason == dead.reason == Reason.ID_CONFLICT
    assert message(letter.body)["payload"] == message(second.publication.body)["payload"]
    assert [call.body["reportId"] for call in scene.stage.crm.books.calls() if call.key == first.id] == [
        first.publication.subject
    ]


def test_a_job_that_was_done_after_a_failure_is_a_duplicate_when_its_message_comes_again(scene: Scene) -> None:
    booking = scene.publish(bookings.crm_fails_once)
    scene.came_true(booking)

    scene.hand_over(the_same_again(booking.publication))
    again = scene.lines(
        lambda line: (
            line.causation_id == booking.id and line.service == ACTIVITY_RECORD.name and line.what is Outcome.DUPLICATE
        ),
        what="the duplicate of the activity",
    )

    assert len(again) == 1
    assert [call.status for call in scene.calls_about(booking)] == [503, 200]
