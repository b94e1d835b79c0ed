"""A sample is sent first: the rest follows if it succeeds, and stays if one of it fails again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.dead_letters.redrive.sample import SampleMonitor
from schemas.names import log_group_name
from schemas.reasons import Outcome
from tests.fakes.service import refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, SERVICE, FakeStage

SIZE = 3
LOG = log_group_name("dev", SERVICE)


@dataclass
class Function:
    """Logs the given outcomes for the queue's messages, some seconds after they were sent."""

    stage: FakeStage
    outcomes: list[Outcome]
    seconds: float = 4
    more: dict[str, Any] = field(default_factory=dict)

    def sleep(self, seconds: float) -> None:
        self.stage.clock.sleep(seconds)
        if self.stage.clock() >= self.seconds and LOG not in self.stage.logs.groups:
            for number, (message, outcome) in enumerate(
                zip(self.stage.sqs.messages(QUEUE), self.outcomes, strict=False)
            ):
                self.log(outcome, message.id, **self.more, timestamp=f"2026-04-14T12:00:0{number}.000+00:00")

    def log(self, outcome: Outcome, sqs_message_id: str, **fields: Any) -> None:
        line = {"message": outcome, "outcome": outcome, "sqs_message_id": sqs_message_id}
        self.stage.log("activity.record", self.stage.clock.now(), **line, **fields)


@pytest.fixture
def stage() -> FakeStage:
    stage = FakeStage()
    for number in range(30):
        stage.add_dead_letter(number)
    return stage


def redrive(
    stage: FakeStage,
    function: Function,
    *,
    seconds: float = 60,
    size: int = SIZE,
    sleep: Callable[[float], None] | None = None,
) -> RedriveResult:
    monitor = SampleMonitor(
        logs=stage.logs, log_group=LOG, seconds=seconds, now=stage.clock.now, sleep=sleep or function.sleep
    )
    run = Redrive(
        stage.sqs,
        source=stage.dead_letter_queue,
        queue_url=QUEUE,
        keep_body=False,
        audit=stage.audit,
        rate_limiter=RateLimiter(),
    )
    result = RedriveResult()
    run.run(Filters(), result, sample=Sample(size=size, monitor=monitor))
    return result


@pytest.mark.parametrize("success", [Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.ROUTED])
def test_the_rest_follows_a_sample_that_succeeds(stage: FakeStage, success: Outcome) -> None:
    result = redrive(stage, Function(stage, [success] * SIZE))

    assert (result.sent, result.sample_failed, len(result.sample)) == (30, False, SIZE)
    assert stage.sqs.messages(DEAD_LETTERS) == []


@pytest.mark.parametrize("failure", [Outcome.RETRYING, Outcome.DEAD_LETTERED])
def test_the_rest_stays_visible_if_one_fails_again(stage: FakeStage, failure: Outcome) -> None:
    error = {"error": "PermanentError", "detail": "the CRM answered 422"}

    result = redrive(stage, Function(stage, [Outcome.SUCCEEDED, failure], more=error))

    assert (result.sent, result.sample_failed) == (SIZE, True)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 27
    failed = [outcome.line.detail for outcome in result.sample if outcome.line and not outcome.succeeded]
    assert failed == [error["detail"]]


def test_the_rest_stays_if_an_outcome_is_missing_in_time(stage: FakeStage) -> None:
    result = redrive(stage, Function(stage, [Outcome.SUCCEEDED] * (SIZE - 1)), seconds=30)

    assert (result.sent, result.sample_failed) == (SIZE, True)
    assert [outcome.line is None for outcome in result.sample] == [False, False, True]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 27
    assert 30 <= stage.clock() <= 32


def test_the_rest_stays_hidden_during_the_sample(stage: FakeStage) -> None:
    visible: list[int] = []
    function = Function(stage, [Outcome.SUCCEEDED] * SIZE, seconds=500)

    def sleep(seconds: float) -> None:
        function.sleep(seconds)
        visible.append(len(stage.sqs.visible(DEAD_LETTERS)))

    result = redrive(stage, function, seconds=600, sleep=sleep)

    assert result.sent == 30
    assert set(visible) == {0}


def test_lines_before_the_redrive_do_not_count(stage: FakeStage) -> None:
    function = Function(stage, [])
    for number in range(30):
        function.log(Outcome.DEAD_LETTERED, f"earlier-{number}", id=f"task-{number}", timestamp="2026-04-14T11:59:59")

    result = redrive(stage, function, seconds=10)

    assert [outcome.line for outcome in result.sample] == [None] * SIZE


def test_a_deferred_copy_is_matched_by_its_message_id(stage: FakeStage) -> None:
    function = Function(stage, [])
    stage.sqs.after = lambda operation: log_deferral_and_success() if operation == "send_message_batch" else None

    def log_deferral_and_success() -> None:
        if LOG not in stage.logs.groups:
            (sent,) = stage.sqs.messages(QUEUE)
            function.log(Outcome.DEFERRED, sent.id, id="task-0", timestamp="2026-04-14T12:00:01")
            function.log(Outcome.SUCCEEDED, "its copy", id="task-0", timestamp="2026-04-14T12:00:02")

    result = redrive(stage, function, size=1)

    assert (result.sent, result.sample_failed) == (30, False)


def test_a_sample_covers_all_causes(stage: FakeStage) -> None:
    for number in range(100, 103):
        stage.add_dead_letter(number, OTHER_CAUSE)

    result = redrive(stage, Function(stage, [Outcome.RETRYING] * 4), size=4)

    assert [outcome.sent.dead_letter.fingerprint for outcome in result.sample] == [CAUSE, OTHER_CAUSE] * 2


def test_the_rest_stays_if_part_of_the_sample_was_not_sent(stage: FakeStage) -> None:
    stage.sqs.refuse = lambda _, entry: "InternalError" if '"task-0"' in entry.get("MessageBody", "") else None

    result = redrive(stage, Function(stage, [Outcome.SUCCEEDED] * SIZE))

    assert (result.sent, result.sample_unsent, result.sample_failed) == (SIZE - 1, 1, True)
    assert [outcome.succeeded for outcome in result.sample] == [True] * (SIZE - 1)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 28


@pytest.mark.parametrize("there_are", [False, True], ids=["no dead letters", "all refused"])
def test_without_a_sent_sample_no_log_is_read(there_are: bool) -> None:
    stage = FakeStage()
    stage.sqs.refuse = refusing("InternalError", "send_message_batch")
    if there_are:
        stage.add_dead_letter(1)

    def read(**_request: str) -> None:
        pytest.fail("the log was read with an empty filter pattern")

    stage.logs.filter_log_events = read  # type: ignore[method-assign,assignment]  # this one ends the test

    assert redrive(stage, Function(stage, [])).sample_failed is there_are
