"""Redrive sends the chosen dead letters back to their queue, each with its failure history."""

import json
import os
import signal

import pytest

from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import LEASE_SECONDS
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.stage.audit_log import AuditError
from ops.stage.aws_errors import AwsError
from ops.terminal.interrupts import StoppedError, unwinding_on_signals
from tests.fakes.service import failing, refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OPERATOR, OTHER_CAUSE, QUEUE, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.interruptions import KilledError, kill_at, unreachable

EVERYTHING = Filters()


def redrive(  # noqa: PLR0913 one parameter for each option of a redrive
    stage: FakeStage,
    filters: Filters = EVERYTHING,
    *,
    keep_body: bool = False,
    rate: float | None = None,
    sample: Sample | None = None,
    result: RedriveResult | None = None,
) -> RedriveResult:
    result = result or RedriveResult()
    run = Redrive(
        stage.sqs,
        source=stage.dead_letter_queue,
        queue_url=QUEUE,
        keep_body=keep_body,
        audit=stage.audit,
        rate_limiter=RateLimiter(rate, clock=stage.clock, sleep=stage.clock.sleep),
    )
    run.run(filters, result, sample=sample)
    return result


def test_a_redriven_message_has_attempt_1_and_all_its_attributes(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    (dead_letter,) = stage.sqs.messages(DEAD_LETTERS)

    result = redrive(stage)

    (message,) = stage.sqs.messages(QUEUE)
    body = json.loads(message.body)
    assert (result.chosen, result.sent, result.not_sent) == (1, 1, {})
    assert (body["id"], body["attempts"]) == ("task-1", 1)
    assert (message.attributes, message.group) == (dead_letter.attributes, COMPANY)
    assert stage.sqs.messages(DEAD_LETTERS) == []


@pytest.mark.parametrize("came_with", [None, "$.detail.payload.companyId"])
def test_a_redriven_messages_group_is_its_tenant_whatever_it_was(stage: FakeStage, came_with: str | None) -> None:
    stage.sqs.put(DEAD_LETTERS, json.dumps({"id": "a", "payload": {"companyId": COMPANY}}), group=came_with)
    stage.sqs.put(DEAD_LETTERS, "{broken", group=came_with)

    redrive(stage, keep_body=True)

    assert [each.group for each in stage.sqs.messages(QUEUE)] == [COMPANY, came_with]


def test_other_causes_are_released_before_anything_is_sent(stage: FakeStage) -> None:
    for number in range(40):
        stage.add_dead_letter(number, CAUSE if number % 4 == 0 else OTHER_CAUSE)
    visible_when_sending: list[int] = []
    stage.sqs.before = lambda operation: (
        visible_when_sending.append(len(stage.sqs.visible(DEAD_LETTERS))) if operation == "send_message_batch" else None
    )

    result = redrive(stage, Filters(fingerprint=CAUSE))

    assert (result.chosen, result.sent) == (10, 10)
    assert stage.ids(QUEUE) == sorted(f"task-{number}" for number in range(0, 40, 4))
    assert visible_when_sending == [30]
    assert {each.receives for each in stage.sqs.visible(DEAD_LETTERS)} == {1}


def test_a_message_moved_by_sqs_has_no_cause_but_can_be_redriven(stage: FakeStage) -> None:
    stage.add_dead_letter(1, "")

    assert redrive(stage, Filters(fingerprint=CAUSE)).chosen == 0
    assert redrive(stage).sent == 1


@pytest.mark.parametrize("body", ["{broken", "[]", '{"id": "task-1"}', '{"attempts": 2, "a": 1e400}', "[" * 9_999])
def test_an_invalid_body_is_not_sent_and_listed(stage: FakeStage, body: str) -> None:
    stage.add_dead_letter(1, body=body)
    stage.add_dead_letter(2)

    result = redrive(stage)

    assert (result.chosen, result.sent) == (2, 1)
    assert list(result.not_sent.values()) == ["its body is no message: its producer must correct it"]
    assert [message.body for message in stage.sqs.visible(DEAD_LETTERS)] == [body]
    assert [line["id"] for line in stage.logs.lines()] == ["task-2"]


def test_bodies_for_the_ingress_stay_unchanged(stage: FakeStage) -> None:
    stage.add_dead_letter(1, body='{"attempts" :  2}')

    redrive(stage, keep_body=True)

    assert [message.body for message in stage.sqs.messages(QUEUE)] == ['{"attempts" :  2}']


def test_large_messages_are_split_into_calls_within_the_limit(stage: FakeStage) -> None:
    for number in range(4):
        stage.add_dead_letter(
            number, body=json.dumps({"id": f"task-{number}", "attempts": 1, "payload": "x" * 300_000})
        )

    assert redrive(stage).sent == 4
    assert stage.sqs.calls.count("send_message_batch") == 2


def test_audit_lines_hold_only_ids_and_codes(stage: FakeStage) -> None:
    stage.add_dead_letter(1)

    redrive(stage)

    (line,) = stage.logs.lines()
    assert line == {
        "message": "redriven",
        "timestamp": "2026-04-14T12:00:00.000Z",
        "who": OPERATOR,
        "service": "activity.record",
        "id": "task-1",
        "sqs_message_id": "sqs-1",
        "company_id": COMPANY,
        "fingerprint": CAUSE,
        "reason": "permanent",
    }


def test_nothing_is_sent_without_an_audit_line(stage: FakeStage) -> None:
    for number in range(15):
        stage.add_dead_letter(number)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    with pytest.raises(AuditError, match="so nothing more is done: access denied"):
        redrive(stage)

    assert stage.sqs.messages(QUEUE) == []
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 15


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_each_is_in_one_of_the_queues_or_both(after: bool) -> None:
    everything = {f"task-{number}" for number in range(25)}
    finished = False
    for calls in range(1, 60):
        stage = FakeStage()
        for number in range(25):
            stage.add_dead_letter(number)
        stage.add_dead_letter(99, OTHER_CAUSE)
        hooks = kill_at(calls, after=after)
        stage.sqs.before, stage.sqs.after = stage.logs.before, stage.logs.after = hooks
        try:
            redrive(stage, Filters(fingerprint=CAUSE))
            finished = True
        except KilledError:
            pass

        queued, remaining = stage.ids(QUEUE), stage.ids(DEAD_LETTERS)
        assert set(queued) | set(remaining) == everything | {"task-99"}
        assert len(queued) == len(set(queued))
        assert "task-99" in remaining
        assert set(queued) <= {line["id"] for line in stage.logs.lines()}
        stage.clock.sleep(LEASE_SECONDS)
        assert len(stage.sqs.visible(DEAD_LETTERS)) == len(remaining)
        if finished:
            assert remaining == ["task-99"]
            return
    pytest.fail("it never finished")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_stopped_at_any_call_unsent_ones_are_visible_at_once(after: bool, number: signal.Signals) -> None:
    stopped = 0
    for calls in range(1, 18):
        stage = FakeStage()
        for each in range(25):
            stage.add_dead_letter(each)

        def stop(_operation: str, at: int = calls, stage: FakeStage = stage) -> None:
            if len(stage.sqs.calls) == at:
                os.kill(os.getpid(), number)

        if after:
            stage.sqs.after = stop
        else:
            stage.sqs.before = stop
        result = RedriveResult()
        try:
            with unwinding_on_signals():
                redrive(stage, result=result)
        except StoppedError:
            stopped += 1

        queued = stage.ids(QUEUE)
        visible = {json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)}
        assert {f"task-{each}" for each in range(25)} == set(queued) | visible
        assert len(visible) == len(stage.sqs.messages(DEAD_LETTERS))
        assert result.sent <= len(queued) <= result.sent + result.in_doubt
    assert stopped > 8


def test_an_outage_loses_nothing_and_counts_calls_in_doubt(stage: FakeStage) -> None:
    for number in range(15):
        stage.add_dead_letter(number)
    stage.sqs.after = lambda operation: unreachable(operation) if operation == "send_message_batch" else None
    result = RedriveResult()

    with pytest.raises(AwsError):
        redrive(stage, result=result)

    assert (result.sent, result.in_doubt) == (0, 10)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 15


def test_a_refused_call_leaves_nothing_in_doubt(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    stage.sqs.fail = failing("AccessDenied", "send_message_batch")
    result = RedriveResult()

    with pytest.raises(AwsError):
        redrive(stage, result=result)

    assert (result.sent, result.in_doubt) == (0, 0)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1


def test_messages_refused_by_sqs_stay_and_are_audited(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)
    stage.sqs.refuse = lambda _, entry: "InternalError" if "task-1" in entry.get("MessageBody", "") else None

    result = redrive(stage)

    assert (result.chosen, result.sent) == (2, 1)
    assert result.not_sent == {"sqs-1": "SQS did not take it: InternalError"}
    assert len(stage.sqs.visible(DEAD_LETTERS)) == len(stage.sqs.messages(QUEUE)) == 1
    assert [(line["message"], line["id"]) for line in stage.logs.lines()] == [
        ("redriven", "task-1"),
        ("redriven", "task-2"),
        ("redrive_refused", "task-1"),
    ]


def test_messages_sent_but_not_deleted_are_reported(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    stage.sqs.refuse = refusing("InternalError", "delete_message_batch")

    result = redrive(stage)

    assert (result.sent, result.not_deleted) == (1, {"sqs-1": "SQS did not delete it: InternalError"})
    assert stage.ids(QUEUE) == stage.ids(DEAD_LETTERS) == ["task-1"]


def test_a_low_rate_sends_evenly_and_keeps_leases(stage: FakeStage) -> None:
    for number in range(30):
        stage.add_dead_letter(number)
    seen: list[tuple[float, int]] = []
    stage.sqs.before = lambda operation: (
        seen.append((stage.clock(), len(stage.sqs.visible(DEAD_LETTERS))))
        if operation == "send_message_batch"
        else None
    )

    assert redrive(stage, rate=0.05).sent == 30

    assert [at for at, _ in seen] == [20 * number for number in range(30)]
    assert {visible for _, visible in seen} == {0}
    assert {each.receives for each in stage.sqs.messages(QUEUE)} == {0}


def test_a_high_rate_sends_full_batches(stage: FakeStage) -> None:
    for number in range(100):
        stage.add_dead_letter(number)

    redrive(stage, rate=50)

    assert stage.sqs.calls.count("send_message_batch") == 10
    assert stage.clock() == pytest.approx(1.8)


def test_batches_are_sized_by_the_body_that_is_sent(stage: FakeStage) -> None:
    for number in range(2):
        body = f'{{"id": "task-{number}", "attempts": 2, "half": "\\ud800", "payload": "{"é" * 120_000}"}}'
        stage.add_dead_letter(number, body=body)

    assert redrive(stage).sent == 2
    assert stage.sqs.calls.count("send_message_batch") == 2


@pytest.mark.parametrize(
    "body",
    [
        '{"id": "task-0", "attempts": 2, "half": "\\ud800", "payload": "' + "é" * 200_000 + '"}',
        '{"id": "task-0", "attempts": 1, "payload": "' + "x" * 1_048_500 + '"}',
    ],
    ids=["larger once escaped", "too large with attributes"],
)
def test_a_message_too_large_for_any_call_is_not_sent(stage: FakeStage, body: str) -> None:
    stage.add_dead_letter(0, body=body)
    stage.add_dead_letter(1)

    result = redrive(stage)

    assert (result.sent, stage.ids(QUEUE)) == (1, ["task-1"])
    assert "larger than the 1,048,576 bytes that SQS takes" in result.not_sent["sqs-1"]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1
