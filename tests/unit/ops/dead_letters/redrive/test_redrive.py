"""Dead letters go back to their queue: those that are chosen, each with its story, and nobody else's."""

import json
import os
import signal

import pytest

from ops.dead_letters.audit_log import AuditError
from ops.dead_letters.filters import Filters
from ops.dead_letters.queue import LEASE_SECONDS
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.stage.aws_errors import AwsError
from ops.terminal.interrupts import StoppedError, unwinding_on_signals
from tests.fakes.service import failing, refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OPERATOR, OTHER_CAUSE, QUEUE, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.deaths import KilledError, die_at, unreachable

EVERYTHING = Filters()


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


def redrive(  # noqa: PLR0913 each is one way to redrive
    stage: FakeStage,
    filters: Filters = EVERYTHING,
    *,
    as_it_came: bool = False,
    rate: float | None = None,
    sample: Sample | None = None,
    tally: RedriveResult | None = None,
) -> RedriveResult:
    tally = tally or RedriveResult()
    run = Redrive(
        stage.sqs,
        letters=stage.letters,
        queue_url=QUEUE,
        as_it_came=as_it_came,
        audit=stage.audit,
        pace=RateLimiter(rate, clock=stage.clock, sleep=stage.clock.sleep),
    )
    run.run(filters, tally, sample=sample)
    return tally


def test_they_come_back_with_their_first_attempt_and_all_that_they_carry(stage: FakeStage) -> None:
    stage.bury(1)
    (buried,) = stage.sqs.messages(DEAD_LETTERS)

    tally = redrive(stage)

    (message,) = stage.sqs.messages(QUEUE)
    body = json.loads(message.body)
    assert (tally.chosen, tally.sent, tally.left) == (1, 1, {})
    assert (body["id"], body["attempts"]) == ("task-1", 1)
    assert (message.attributes, message.group) == (buried.attributes, COMPANY)
    assert stage.sqs.messages(DEAD_LETTERS) == []


def test_by_its_cause_the_others_are_put_back_before_anything_is_sent(stage: FakeStage) -> None:
    for number in range(40):
        stage.bury(number, CAUSE if number % 4 == 0 else OTHER_CAUSE)
    visible_when_sending: list[int] = []
    stage.sqs.before = lambda operation: (
        visible_when_sending.append(len(stage.sqs.visible(DEAD_LETTERS))) if operation == "send_message_batch" else None
    )

    tally = redrive(stage, Filters(fingerprint=CAUSE))

    assert (tally.chosen, tally.sent) == (10, 10)
    assert stage.ids(QUEUE) == sorted(f"task-{number}" for number in range(0, 40, 4))
    assert visible_when_sending == [30]
    assert {each.receives for each in stage.sqs.visible(DEAD_LETTERS)} == {1}


def test_one_that_sqs_itself_moved_goes_back_with_the_rest_but_belongs_to_no_cause(stage: FakeStage) -> None:
    stage.bury(1, "")

    assert redrive(stage, Filters(fingerprint=CAUSE)).chosen == 0
    assert redrive(stage).sent == 1


@pytest.mark.parametrize("body", ["{broken", "[]", '{"id": "task-1"}', '{"attempts": 2, "a": 1e400}', "[" * 9_999])
def test_what_is_no_message_stays_and_is_named(stage: FakeStage, body: str) -> None:
    stage.bury(1, body=body)
    stage.bury(2)

    tally = redrive(stage)

    assert (tally.chosen, tally.sent) == (2, 1)
    assert list(tally.left.values()) == ["its body is no message: its sender must mend it"]
    assert [message.body for message in stage.sqs.visible(DEAD_LETTERS)] == [body]
    assert [line["id"] for line in stage.logs.lines()] == ["task-2"]


def test_to_the_ingress_it_goes_as_it_came(stage: FakeStage) -> None:
    stage.bury(1, body='{"attempts" :  2}')

    redrive(stage, as_it_came=True)

    assert [message.body for message in stage.sqs.messages(QUEUE)] == ['{"attempts" :  2}']


def test_large_ones_go_as_many_a_call_as_sqs_takes(stage: FakeStage) -> None:
    for number in range(4):
        stage.bury(number, body=json.dumps({"id": f"task-{number}", "attempts": 1, "payload": "x" * 300_000}))

    assert redrive(stage).sent == 4
    assert stage.sqs.calls.count("send_message_batch") == 2


def test_each_is_written_into_the_audit_log_with_ids_alone(stage: FakeStage) -> None:
    stage.bury(1)

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


def test_what_cannot_be_written_down_is_not_sent(stage: FakeStage) -> None:
    for number in range(15):
        stage.bury(number)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    with pytest.raises(AuditError, match="so nothing more is sent, deleted or shown: access denied"):
        redrive(stage)

    assert stage.sqs.messages(QUEUE) == []
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 15


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_each_letter_is_in_the_queue_or_the_dead_letter_queue_or_both(after: bool) -> None:
    everything = {f"task-{number}" for number in range(25)}
    ended_well = False
    for calls in range(1, 60):
        stage = FakeStage()
        for number in range(25):
            stage.bury(number)
        stage.bury(99, OTHER_CAUSE)
        hooks = die_at(calls, after=after)
        stage.sqs.before, stage.sqs.after = stage.logs.before, stage.logs.after = hooks
        try:
            redrive(stage, Filters(fingerprint=CAUSE))
            ended_well = True
        except KilledError:
            pass

        queued, lying = stage.ids(QUEUE), stage.ids(DEAD_LETTERS)
        assert set(queued) | set(lying) == everything | {"task-99"}
        assert len(queued) == len(set(queued))
        assert "task-99" in lying
        assert set(queued) <= {line["id"] for line in stage.logs.lines()}
        stage.clock.sleep(LEASE_SECONDS)
        assert len(stage.sqs.visible(DEAD_LETTERS)) == len(lying)
        if ended_well:
            assert lying == ["task-99"]
            return
    pytest.fail("it never came to its end")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_stopped_at_any_call_what_was_not_sent_is_visible_at_once(after: bool, number: signal.Signals) -> None:
    stopped = 0
    for calls in range(1, 18):
        stage = FakeStage()
        for each in range(25):
            stage.bury(each)

        def stop(_operation: str, at: int = calls, stage: FakeStage = stage) -> None:
            if len(stage.sqs.calls) == at:
                os.kill(os.getpid(), number)

        if after:
            stage.sqs.after = stop
        else:
            stage.sqs.before = stop
        tally = RedriveResult()
        try:
            with unwinding_on_signals():
                redrive(stage, tally=tally)
        except StoppedError:
            stopped += 1

        queued = stage.ids(QUEUE)
        visible = {json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)}
        assert {f"task-{each}" for each in range(25)} == set(queued) | visible
        assert len(visible) == len(stage.sqs.messages(DEAD_LETTERS))
        assert tally.sent <= len(queued) <= tally.sent + tally.in_doubt
    assert stopped > 8


def test_while_aws_is_away_nothing_is_lost_and_what_may_have_been_sent_is_told(stage: FakeStage) -> None:
    for number in range(15):
        stage.bury(number)
    stage.sqs.after = lambda operation: unreachable(operation) if operation == "send_message_batch" else None
    tally = RedriveResult()

    with pytest.raises(AwsError):
        redrive(stage, tally=tally)

    assert (tally.sent, tally.in_doubt) == (0, 10)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 15


def test_what_sqs_refuses_stays_where_it_was_and_the_audit_log_says_so(stage: FakeStage) -> None:
    stage.bury(1)
    stage.bury(2)
    stage.sqs.refuse = lambda _, entry: "InternalError" if "task-1" in entry.get("MessageBody", "") else None

    tally = redrive(stage)

    assert (tally.chosen, tally.sent) == (2, 1)
    assert tally.left == {"sqs-1": "SQS did not take it: InternalError"}
    assert len(stage.sqs.visible(DEAD_LETTERS)) == len(stage.sqs.messages(QUEUE)) == 1
    assert [(line["message"], line["id"]) for line in stage.logs.lines()] == [
        ("redriven", "task-1"),
        ("redriven", "task-2"),
        ("redrive_refused", "task-1"),
    ]


def test_what_was_sent_and_not_deleted_is_told_to_lie_in_both(stage: FakeStage) -> None:
    stage.bury(1)
    stage.sqs.refuse = refusing("InternalError", "delete_message_batch")

    tally = redrive(stage)

    assert (tally.sent, tally.doubled) == (1, {"sqs-1"})
    assert stage.ids(QUEUE) == stage.ids(DEAD_LETTERS) == ["task-1"]


def test_at_a_slow_pace_they_are_sent_evenly_and_stay_hidden_for_as_long_as_that_takes(stage: FakeStage) -> None:
    for number in range(30):
        stage.bury(number)
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


def test_a_pace_of_many_a_second_goes_in_full_batches(stage: FakeStage) -> None:
    for number in range(100):
        stage.bury(number)

    redrive(stage, rate=50)

    assert stage.sqs.calls.count("send_message_batch") == 10
    assert stage.clock() == pytest.approx(1.8)


def test_they_are_counted_by_what_is_sent_which_may_be_larger_than_what_lies_there(stage: FakeStage) -> None:
    for number in range(2):
        body = f'{{"id": "task-{number}", "attempts": 2, "half": "\\ud800", "payload": "{"é" * 120_000}"}}'
        stage.bury(number, body=body)

    assert redrive(stage).sent == 2
    assert stage.sqs.calls.count("send_message_batch") == 2


@pytest.mark.parametrize(
    "body",
    [
        '{"id": "task-0", "attempts": 2, "half": "\\ud800", "payload": "' + "é" * 200_000 + '"}',
        '{"id": "task-0", "attempts": 1, "payload": "' + "x" * 1_048_500 + '"}',
    ],
    ids=["escaped anew", "with its attributes"],
)
def test_one_that_is_too_large_for_any_call_is_left_and_holds_up_nobody(stage: FakeStage, body: str) -> None:
    stage.bury(0, body=body)
    stage.bury(1)

    tally = redrive(stage)

    assert (tally.sent, stage.ids(QUEUE)) == (1, ["task-1"])
    assert "larger than the 1,048,576 bytes that SQS takes" in tally.left["sqs-1"]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1
