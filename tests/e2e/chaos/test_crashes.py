"""Crashes, hangs and functions that cannot start: only the message that causes them loses attempts."""

import json

from local.polling import poll
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATED
from tests.e2e.chaos.chaos import Chaos, SettledScenario
from tests.e2e.chaos.crash_scenarios import CrashScenarios
from tests.e2e.chaos.queues import VISIBILITY_TIMEOUT, set_handler, set_visibility_timeout


def first_crashes_of(settled: SettledScenario, id_: str, type_name: str) -> list[tuple[int, str]]:
    """Attempt and error of the first three crashes in a dead letter's failure history.

    A busy machine may end the delivery, too, that was to dead-letter it: that one is a fourth.
    """
    of_type = [found.dead_letter for found in settled.snapshot.dead_letters if found.service == type_name]
    dead_letter = next(each for each in of_type if each.id == id_)
    assert dead_letter.reason == Reason.CRASHED
    return [(attempt["attempt"], attempt["error"]) for attempt in dead_letter.failure_history["attempts"][:3]]


def success(settled: SettledScenario, id_: str) -> LogLine:
    """The first success. A reaction can succeed twice, since a busy machine may redeliver what is still running."""
    successes = [line for line in settled.of(id_) if line.what is Outcome.SUCCEEDED]
    return min(successes, key=lambda line: line.at)


def test_batch_neighbours_of_a_crashing_record_need_one_attempt(chaos: Chaos, crashes: CrashScenarios) -> None:
    settled = chaos.settle("neighbours of a killed process", crashes.batch_neighbours)

    assert settled.findings == []
    for neighbour in crashes.batch_neighbours:
        lines = settled.of(neighbour.id)
        assert {line.attempt for line in lines} == {1}
        assert {line.what for line in lines} == {Outcome.SUCCEEDED}
    put_back = [
        line
        for line in settled.snapshot.lines
        if line.service == APPOINTMENT_REMINDER.name and line.what is Outcome.DEFERRED and not line.id
    ]
    assert len(put_back) >= len(crashes.batch_neighbours), "the crash separated them, unread"


def test_a_record_that_always_crashes_is_dead_lettered_after_three(chaos: Chaos, crashes: CrashScenarios) -> None:
    settled = chaos.settle("reminder that kills its process", [crashes.crashing_reminder])

    assert settled.findings == []
    assert first_crashes_of(settled, crashes.crashing_reminder.id, APPOINTMENT_REMINDER.name) == [
        (1, "Crashed"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]


def test_a_job_that_always_crashes_affects_no_other_job(chaos: Chaos, crashes: CrashScenarios) -> None:
    settled = chaos.settle("activity that kills its process", [crashes.crashing_activity, *crashes.other_activities])

    assert settled.findings == []
    assert first_crashes_of(settled, crashes.crashing_activity.id, ACTIVITY_RECORD.name) == [
        (1, "Crashed"),
        (2, "Crashed"),
        (3, "Crashed"),
    ]
    for other in crashes.other_activities:
        assert success(settled, other.id).attempt == 1


def test_a_message_that_hangs_once_is_done_at_the_next_delivery(chaos: Chaos, crashes: CrashScenarios) -> None:
    settled = chaos.settle("functions that run out of time", crashes.hanging)

    assert settled.findings == []
    # The first run is not noted: from outside it looks like a delivery that Lambda throttled.
    assert [success(settled, item.id).attempt for item in crashes.hanging] == [1, 1]


def test_a_message_whose_function_cannot_start_can_be_redriven(chaos: Chaos, crashes: CrashScenarios) -> None:
    id_, queue = crashes.unstartable.id, chaos.queue_url(REPORT_GENERATED.name)

    (dead_letter,) = poll(
        lambda: [each for each in chaos.records.dead_letters_of(REPORT_GENERATED.name) if each.id == id_],
        what="the message in its dead-letter queue, after 20 receives",
        seconds=180,
    )
    set_handler(chaos.stage.endpoint, queue, crashes.original_handler)
    set_visibility_timeout(chaos.stage.endpoint, queue, VISIBILITY_TIMEOUT)
    redrive(chaos, REPORT_GENERATED.name, queue)
    settled = chaos.settle("function that could not start", [crashes.unstartable])

    assert dead_letter.failure_history == {}
    assert json.loads(dead_letter.body) == json.loads(crashes.unstartable.publication.body)
    assert settled.findings == []
    assert [line.what for line in settled.of(id_)] == [Outcome.SUCCEEDED]
    assert chaos.records.dead_letters_of(REPORT_GENERATED.name) == []


def redrive(chaos: Chaos, type_name: str, queue_url: str) -> None:
    """Move the messages back by SQS calls, one by one."""
    sqs, source = chaos.stage.endpoint.sqs, service(type_name, chaos.stage.deployed).dead_letter_queue_url
    for message in sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10).get("Messages", []):
        sqs.send_message(QueueUrl=queue_url, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
