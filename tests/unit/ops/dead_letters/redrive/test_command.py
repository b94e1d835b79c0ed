"""`redrive`: what is told of it, for people and for pipes."""

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from schemas.reasons import Outcome
from tests.fakes.service import failing, refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, QUEUE, FakeStage
from tests.unit.ops.dead_letters.commands import Run, running
from tests.unit.ops.dead_letters.deaths import unreachable


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def run(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    return running(stage, monkeypatch)


def will_end(stage: FakeStage, sqs_message_id: str, outcome: Outcome) -> None:
    line = {"message": outcome, "outcome": outcome, "sqs_message_id": sqs_message_id}
    said = {"error": "PermanentError", "detail": "[red]422\x1b[2J"} if outcome is Outcome.DEAD_LETTERED else {}
    stage.log("activity.record", datetime.now(UTC), **line, **said)


def test_letters_of_a_cause_are_sent_back(stage: FakeStage, run: Run) -> None:
    stage.bury(1)
    stage.bury(2, OTHER_CAUSE)

    result = run("redrive", "activity.record", "--cause", CAUSE)

    assert result.exit_code == 0
    assert result.stdout == ("✓ 1 of 1 chosen dead letters of activity.record in stage dev were sent back\n")
    assert stage.ids(QUEUE) == ["task-1"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [([], "that would be all of them: give a filter"), (["--all", "--cause", CAUSE], "contradict each other")],
)
def test_all_are_redriven_only_where_that_is_said(
    stage: FakeStage, run: Run, arguments: list[str], sentence: str
) -> None:
    stage.bury(1)

    result = run("redrive", "activity.record", *arguments)

    assert result.exit_code == 1
    assert sentence in result.stderr
    assert stage.sqs.calls == []


def test_a_dry_run_counts_and_changes_nothing(stage: FakeStage, run: Run) -> None:
    stage.bury(1)

    result = run("redrive", "activity.record", "--dry-run")

    assert result.stdout.startswith("1 dead letters of activity.record in stage dev would be sent back\n")
    assert CAUSE in result.stdout
    assert (stage.sqs.messages(QUEUE), stage.logs.lines()) == ([], [])
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1


def test_a_sample_that_fails_stops_it_and_says_why(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.bury(number)
    will_end(stage, "sqs-6", Outcome.DEAD_LETTERED)

    result = run("redrive", "activity.record", "--all", "--sample", "1")

    assert result.exit_code == 1
    assert r"✗ task-0: dead_lettered  PermanentError: [red]422\x1b[2J" in result.stdout
    assert "Stopped: the sample did not do well. 4 were left where they were." in result.stdout
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 4


def test_a_sample_that_does_well_is_followed_by_the_rest(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.bury(number)
    will_end(stage, "sqs-6", Outcome.SUCCEEDED)

    result = run("redrive", "activity.record", "--all", "--sample", "1", "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["chosen"], told["sent"], told["stopped"]) == (5, 5, False)
    assert [each["outcome"] for each in told["sample"]] == ["succeeded"]


def test_what_cannot_be_written_down_is_a_sentence(stage: FakeStage, run: Run) -> None:
    stage.bury(1)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == 1
    assert "the audit log could not be written, so nothing more is sent, deleted or shown" in result.output
    assert stage.sqs.messages(QUEUE) == []


def test_an_unknown_type_is_a_sentence(run: Run) -> None:
    result = run("redrive", "[red]\x1b", "--all")

    assert result.exit_code == 1
    assert r"there is no type [red]\x1b." in result.output


def test_a_sample_that_could_not_be_sent_stops_it_and_says_so(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.bury(number)
    stage.sqs.refuse = refusing("InternalError", "send_message_batch")

    result = run("redrive", "activity.record", "--all", "--sample", "2")

    assert result.exit_code == 1
    assert "Stopped: 2 of the sample could not be sent. 5 were left where they were." in result.stdout


def press_ctrl_c(_operation: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(("end", "code"), [(unreachable, 1), (press_ctrl_c, 130)], ids=["AWS is away", "Ctrl-C"])
@pytest.mark.parametrize(
    ("at", "done"),
    [
        ("receive_message", "no dead letters of activity.record in stage dev were sent back"),
        ("send_message_batch", "10 of 15 dead letters of activity.record in stage dev were sent back"),
    ],
)
def test_what_did_not_finish_is_told_with_what_was_done_and_no_tick(  # noqa: PLR0913, PLR0917 fixtures, and two tables
    stage: FakeStage, run: Run, end: Callable[[str], None], code: int, at: str, done: str
) -> None:
    for number in range(15):
        stage.bury(number)
    first = at == "receive_message"
    stage.sqs.before = lambda operation: (
        end(operation) if operation == at and (first or stage.sqs.messages(QUEUE)) else None
    )

    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == code
    assert result.stdout.startswith(f"✗ Not finished: {done}\n")
    assert "✓" not in result.output


def test_for_pipes_what_did_not_finish_says_so_and_nothing_else_is_there(stage: FakeStage, run: Run) -> None:
    stage.bury(1)
    stage.sqs.before = lambda operation: unreachable(operation) if operation == "receive_message" else None

    result = run("redrive", "activity.record", "--all", "--json")

    assert json.loads(result.stdout)["finished"] is False
    assert "AWS cannot be reached" in result.stderr


def test_where_nothing_is_to_be_seen_that_is_said(run: Run) -> None:
    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == 0
    assert result.stdout == "No dead letters of activity.record in stage dev are to be seen\n"


def test_what_others_hold_is_told_where_nothing_is_to_be_seen(stage: FakeStage, run: Run) -> None:
    stage.bury(1)
    stage.sqs.receive(stage.sqs.messages(DEAD_LETTERS)[0], seconds=60)

    text = run("redrive", "activity.record", "--all").stdout
    told = json.loads(run("redrive", "activity.record", "--all", "--json").stdout)

    assert text.endswith("are to be seen: others hold 1 at the moment\n")
    assert (told["finished"], told["chosen"], told["held_by_others"]) == (True, 0, 1)
