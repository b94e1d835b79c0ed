"""A few go first: the rest follows if they do well, and stays if one of them fails again."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.redrive import Redrive, RedriveResult, Sample
from ops.dead_letters.redrive.sample import SampleMonitor
from schemas.reasons import Outcome
from tests.fakes.service import refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, FakeStage

SIZE = 3
LOG = "log of activity.record"


@dataclass
class Function:
    """Runs what is in the queue some seconds after it is there, to these outcomes one after the other."""

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
        stage.bury(number)
    return stage


def redrive(stage: FakeStage, function: Function, *, seconds: float = 60, size: int = SIZE) -> RedriveResult:
    outcomes = SampleMonitor(logs=stage.logs, log_group=LOG, seconds=seconds, now=stage.clock.now, sleep=function.sleep)
    run = Redrive(stage.sqs, letters=stage.letters, queue_url=QUEUE, as_it_came=False, audit=stage.audit)
    tally = RedriveResult()
    run.run(Filters(), tally, sample=Sample(size=size, outcomes=outcomes))
    return tally


@pytest.mark.parametrize("well", [Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.ROUTED])
def test_the_rest_follows_where_they_do_well(stage: FakeStage, well: Outcome) -> None:
    tally = redrive(stage, Function(stage, [well] * SIZE))

    assert (tally.sent, tally.sample_failed, len(tally.sample)) == (30, False, SIZE)
    assert stage.sqs.messages(DEAD_LETTERS) == []


@pytest.mark.parametrize("badly", [Outcome.RETRYING, Outcome.DEAD_LETTERED])
def test_the_rest_stays_and_is_visible_where_one_fails_again(stage: FakeStage, badly: Outcome) -> None:
    said = {"error": "PermanentError", "detail": "the CRM answered 422"}

    tally = redrive(stage, Function(stage, [Outcome.SUCCEEDED, badly], more=said))

    assert (tally.sent, tally.sample_failed) == (SIZE, True)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 27
    assert [verdict.line.detail for verdict in tally.sample if verdict.line and not verdict.well] == [said["detail"]]


def test_the_rest_stays_where_nothing_is_heard_in_time(stage: FakeStage) -> None:
    tally = redrive(stage, Function(stage, [Outcome.SUCCEEDED] * (SIZE - 1)), seconds=30)

    assert (tally.sent, tally.sample_failed) == (SIZE, True)
    assert [verdict.line is None for verdict in tally.sample] == [False, False, True]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 27
    assert 30 <= stage.clock() <= 32


def test_the_rest_stays_hidden_for_as_long_as_it_is_waited_for(stage: FakeStage) -> None:
    visible: list[int] = []
    function = Function(stage, [Outcome.SUCCEEDED] * SIZE, seconds=500)

    def sleep(seconds: float) -> None:
        function.sleep(seconds)
        visible.append(len(stage.sqs.visible(DEAD_LETTERS)))

    outcomes = SampleMonitor(logs=stage.logs, log_group=LOG, seconds=600, now=stage.clock.now, sleep=sleep)
    run = Redrive(stage.sqs, letters=stage.letters, queue_url=QUEUE, as_it_came=False, audit=stage.audit)
    tally = RedriveResult()
    run.run(Filters(), tally, sample=Sample(size=SIZE, outcomes=outcomes))

    assert tally.sent == 30
    assert set(visible) == {0}


def test_lines_of_before_the_redrive_do_not_count(stage: FakeStage) -> None:
    function = Function(stage, [])
    for number in range(30):
        function.log(Outcome.DEAD_LETTERED, f"earlier-{number}", id=f"task-{number}", timestamp="2026-04-14T11:59:59")

    tally = redrive(stage, function, seconds=10)

    assert [verdict.line for verdict in tally.sample] == [None] * SIZE


def test_a_deferred_copy_is_followed_by_its_message_id(stage: FakeStage) -> None:
    function = Function(stage, [])
    stage.sqs.after = lambda operation: came_to_an_end() if operation == "send_message_batch" else None

    def came_to_an_end() -> None:
        if LOG not in stage.logs.groups:
            (sent,) = stage.sqs.messages(QUEUE)
            function.log(Outcome.DEFERRED, sent.id, id="task-0", timestamp="2026-04-14T12:00:01")
            function.log(Outcome.SUCCEEDED, "its copy", id="task-0", timestamp="2026-04-14T12:00:02")

    tally = redrive(stage, function, size=1)

    assert (tally.sent, tally.sample_failed) == (30, False)


def test_a_sample_is_of_as_many_causes_as_there_are(stage: FakeStage) -> None:
    for number in range(100, 103):
        stage.bury(number, OTHER_CAUSE)

    tally = redrive(stage, Function(stage, [Outcome.RETRYING] * 4), size=4)

    assert [verdict.sent.letter.fingerprint for verdict in tally.sample] == [CAUSE, OTHER_CAUSE] * 2


def test_the_rest_stays_where_not_all_of_the_sample_could_be_sent(stage: FakeStage) -> None:
    stage.sqs.refuse = lambda _, entry: "InternalError" if '"task-0"' in entry.get("MessageBody", "") else None

    tally = redrive(stage, Function(stage, [Outcome.SUCCEEDED] * SIZE))

    assert (tally.sent, tally.sample_unsent, tally.sample_failed) == (SIZE - 1, 1, True)
    assert [verdict.well for verdict in tally.sample] == [True] * (SIZE - 1)
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 28


@pytest.mark.parametrize("there_are", [False, True], ids=["no letters", "all refused"])
def test_where_nothing_was_sent_nothing_is_watched(there_are: bool) -> None:
    stage = FakeStage()
    stage.sqs.refuse = refusing("InternalError", "send_message_batch")
    if there_are:
        stage.bury(1)

    def read(**_request: str) -> None:
        pytest.fail("the log was read, with an empty question")

    stage.logs.filter_log_events = read  # type: ignore[method-assign,assignment]  # this one ends the test

    assert redrive(stage, Function(stage, [])).sample_failed is there_are
