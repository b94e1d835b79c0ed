"""A process that dies, a function that hangs or cannot start: who was at fault pays, and nobody else."""

import json

from local.polling import poll
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATED
from tests.e2e.chaos.chaos import Chaos, Settled
from tests.e2e.chaos.queues import HIDDEN_SECONDS, hide_for, set_handler
from tests.e2e.chaos.trouble import Trouble


def crashes_of(settled: Settled, id_: str, type_name: str) -> list[tuple[int, str]]:
    """The attempts that a dead letter's biography tells of."""
    of_type = [found.dead_letter for found in settled.snapshot.letters if found.service == type_name]
    letter = next(each for each in of_type if each.id == id_)
    assert letter.reason == Reason.CRASHED
    return [(attempt["attempt"], attempt["error"]) for attempt in letter.failure_history["attempts"]]


def success(settled: Settled, id_: str) -> LogLine:
    """The first one. A busy machine may deliver again what is still being done: a reaction then succeeds twice."""
    successes = [line for line in settled.of(id_) if line.what is Outcome.SUCCEEDED]
    return min(successes, key=lambda line: line.at)


def test_who_shares_a_batch_with_a_deadly_record_is_done_at_the_first_attempt(chaos: Chaos, trouble: Trouble) -> None:
    settled = chaos.settle("neighbours of a killed process", trouble.its_neighbours)

    assert settled.findings == []
    for neighbour in trouble.its_neighbours:
        told = settled.of(neighbour.id)
        assert {line.attempt for line in told} == {1}
        assert {line.what for line in told} == {Outcome.DEFERRED, Outcome.SUCCEEDED}, "it was set apart"


def test_a_record_that_kills_its_process_each_time_is_dead_lettered_after_three_crashes(
    chaos: Chaos, trouble: Trouble
) -> None:
    settled = chaos.settle("reminder that kills its process", [trouble.deadly_reminder])

    assert settled.findings == []
    assert crashes_of(settled, trouble.deadly_reminder.id, APPOINTMENT_REMINDER.name) == [
        (1, "Crashed"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]


def test_a_job_that_kills_its_process_each_time_takes_no_other_job_along(chaos: Chaos, trouble: Trouble) -> None:
    settled = chaos.settle("activity that kills its process", [trouble.deadly_activity, *trouble.other_activities])

    assert settled.findings == []
    assert crashes_of(settled, trouble.deadly_activity.id, ACTIVITY_RECORD.name) == [
        (1, "Crashed"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]
    for other in trouble.other_activities:
        assert success(settled, other.id).attempt == 1


def test_what_hangs_until_its_function_is_stopped_is_done_at_the_next_delivery(chaos: Chaos, trouble: Trouble) -> None:
    settled = chaos.settle("functions that run out of time", trouble.hanging)

    assert settled.findings == []
    job, reaction = trouble.hanging
    assert success(settled, job.id).attempt == 2
    # Nobody knows which record of a batch it was: a reaction that did not die when it was alone has lost no attempt.
    assert success(settled, reaction.id).attempt == 1


def test_what_a_function_cannot_even_start_on_is_moved_by_sqs_and_is_done_once_when_it_is_sent_again(
    chaos: Chaos, trouble: Trouble
) -> None:
    id_, queue = trouble.unstartable.id, chaos.queue_url(REPORT_GENERATED.name)

    (letter,) = poll(
        lambda: [each for each in chaos.ledger.letters_of(REPORT_GENERATED.name) if each.id == id_],
        what="the message in its dead-letter queue",
        seconds=60,
    )
    set_handler(chaos.stage.endpoint, queue, trouble.its_handler)
    hide_for(chaos.stage.endpoint, queue, HIDDEN_SECONDS)
    redrive(chaos, REPORT_GENERATED.name, queue)
    settled = chaos.settle("function that could not start", [trouble.unstartable])

    assert letter.failure_history == {}
    assert json.loads(letter.body) == json.loads(trouble.unstartable.publication.body)
    assert settled.findings == []
    assert [line.what for line in settled.of(id_)] == [Outcome.SUCCEEDED]
    assert chaos.ledger.letters_of(REPORT_GENERATED.name) == []


def redrive(chaos: Chaos, type_name: str, queue_url: str) -> None:
    """By hand, message by message."""
    sqs, source = chaos.stage.endpoint.sqs, service(type_name, chaos.stage.deployed).dead_letter_queue_url
    for message in sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10).get("Messages", []):
        sqs.send_message(QueueUrl=queue_url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
