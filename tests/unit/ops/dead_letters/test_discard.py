"""`discard` deletes only what is in a file, and only with a comment and a confirmation."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.dead_letters.discard import Discard, DiscardRequest, DiscardResult, discard
from ops.dead_letters.export import write
from ops.dead_letters.filters import Filters
from ops.dead_letters.search import search
from tests.fakes.service import refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OTHER_CAUSE, FakeStage
from tests.unit.ops.dead_letters.commands import Run
from tests.unit.ops.dead_letters.interruptions import KilledError, kill_at, unreachable

COMMENT = ("--comment", "fixed by hand")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStage:
    monkeypatch.chdir(tmp_path)
    return FakeStage()


def exported(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def test_deleted_ones_are_in_a_file_and_the_audit_log_others_stay(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, OTHER_CAUSE)

    result = run("discard", "activity.record", "--cause", CAUSE, *COMMENT, "--yes")

    (record,) = exported(Path("discarded"))
    (line,) = stage.logs.lines()
    assert result.exit_code == 0
    assert result.stdout == "✓ 1 dead letter of activity.record in stage dev deleted\n"
    assert "discarded/dev-activity.record-" in result.stderr
    assert json.loads(record["body"])["id"] == "task-1"
    assert (line["message"], line["id"], line["why"]) == ("discarded", "task-1", "fixed by hand")
    assert [json.loads(each.body)["id"] for each in stage.sqs.visible(DEAD_LETTERS)] == ["task-2"]
    assert Path("discarded/.gitignore").read_text() == "*\n"


def test_another_type_is_not_discarded_by_endpoint(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    result = run("discard", "activity.record", "--endpoint", "ep_1", *COMMENT, "--yes")

    assert result.exit_code == 1
    assert "webhook.deliver alone, and activity.record has none for an endpoint" in result.stderr
    assert stage.sqs.calls == []


def test_json_is_one_object(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    stage.add_dead_letter(1)

    result = run("discard", "activity.record", "--all", *COMMENT, "--yes", "--json", "--export", str(tmp_path / "mine"))

    assert json.loads(result.stdout) == {
        "stage": "dev",
        "type": "activity.record",
        "export": str(tmp_path / "mine"),
        "finished": True,
        "deleted": 1,
        "not_deleted": {},
        "exported": [{"type": "activity.record", "source": "", "count": 1}],
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*COMMENT, "--yes"], "that would be all of them"),
        ([*COMMENT, "--yes", "--all", "--cause", CAUSE], "contradict each other"),
        ([*COMMENT, "--all"], "there is no terminal to ask on"),
        (["--comment", " ", "--all", "--yes"], "say why"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_ambiguous_options_are_refused_before_any_call(
    stage: FakeStage, run: Run, arguments: list[str], sentence: str
) -> None:
    stage.add_dead_letter(1)

    result = run("discard", "activity.record", *arguments)

    assert result.exit_code == 1
    assert sentence in result.output
    assert stage.sqs.calls == []
    assert not Path("discarded").exists()


def test_a_no_deletes_nothing_and_nothing_is_hidden_meanwhile(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    asked: list[tuple[str, int]] = []

    def no(question: str) -> bool:
        asked.append((question, len(stage.sqs.visible(DEAD_LETTERS))))
        return False

    request = DiscardRequest(stage=stage.deployed, service="activity.record", filters=Filters(), comment="fixed")

    assert not discard(request, ask=no)

    assert asked == [("Delete 1 dead letter of activity.record in stage dev for good?", 1)]
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1
    assert stage.logs.lines() == []


def test_dead_letters_that_arrive_after_the_export_stay(stage: FakeStage) -> None:
    stage.add_dead_letter(1)

    def yes(_question: str) -> bool:
        stage.add_dead_letter(2)
        return True

    request = DiscardRequest(stage=stage.deployed, service="activity.record", filters=Filters(), comment="fixed")

    assert discard(request, ask=yes)

    assert stage.ids(DEAD_LETTERS) == ["task-2"]


def test_those_that_are_gone_or_refused_by_sqs_are_listed(stage: FakeStage) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2)
    stage.sqs.refuse = refusing("InternalError", "delete_message_batch")
    result = DiscardResult()

    Discard(stage.dead_letter_queue, audit=stage.audit).run({"sqs-1", "sqs-7"}, "fixed", result)

    assert result.deleted == 0
    assert result.not_deleted == {
        "sqs-1": "SQS did not delete it: InternalError",
        "sqs-7": "it is no longer visible: somebody else has received or deleted it",
    }
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 2


def test_nothing_to_discard_leaves_no_file(run: Run) -> None:
    result = run("discard", "activity.record", "--all", *COMMENT, "--yes")

    assert result.exit_code == 0
    assert result.stdout == "Nothing to discard: no dead letters of activity.record in stage dev\n"
    assert not Path("discarded").exists()


def test_without_an_export_nothing_is_deleted(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    stage.add_dead_letter(1)
    (tmp_path / "there").touch()

    result = run("discard", "activity.record", "--all", *COMMENT, "--yes", "--export", str(tmp_path / "there"))

    assert result.exit_code == 1
    assert "is there already" in result.output
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_each_is_in_the_queue_or_export_and_audit(after: bool, tmp_path: Path) -> None:
    for calls in range(1, 40):
        stage = FakeStage()
        for number in range(25):
            stage.add_dead_letter(number, CAUSE if number % 2 else OTHER_CAUSE)
        folder = tmp_path / str(calls)
        folder.mkdir()
        hooks = kill_at(calls, after=after)
        stage.sqs.before, stage.sqs.after = stage.logs.before, stage.logs.after = hooks
        finished = False
        try:
            found = search(stage.deployed, ["activity.record"], Filters(fingerprint=CAUSE))
            write(folder / "dead-letters.jsonl", found)
            ids = {each.dead_letter.sqs_message_id for each in found}
            Discard(stage.dead_letter_queue, audit=stage.audit).run(ids, "fixed", DiscardResult())
            finished = True
        except KilledError:
            pass

        remaining = set(stage.ids(DEAD_LETTERS))
        gone = {f"task-{number}" for number in range(25)} - remaining
        assert gone <= {record["id"] for record in exported(folder)}
        assert gone <= {line["id"] for line in stage.logs.lines()}
        assert {f"task-{number}" for number in range(0, 25, 2)} <= remaining
        if finished:
            assert len(gone) == 12
            return
    pytest.fail("it never finished")


def unreachable_after_ten(stage: FakeStage) -> None:
    """SQS deletes one batch, and cannot be reached afterwards."""
    for number in range(15):
        stage.add_dead_letter(number)
    stage.sqs.before = lambda operation: (
        unreachable(operation)
        if operation == "delete_message_batch" and len(stage.sqs.messages(DEAD_LETTERS)) < 15
        else None
    )


def test_an_unfinished_discard_says_how_many_were_deleted(stage: FakeStage, run: Run) -> None:
    unreachable_after_ten(stage)

    result = run("discard", "activity.record", "--all", *COMMENT, "--yes")

    assert result.exit_code == 1
    assert result.stdout == "✗ Not finished: 10 dead letters of activity.record in stage dev deleted\n"
    assert "AWS cannot be reached" in result.stderr


def test_json_of_an_unfinished_discard_says_so(stage: FakeStage, run: Run) -> None:
    unreachable_after_ten(stage)

    record = json.loads(run("discard", "activity.record", "--all", *COMMENT, "--yes", "--json").stdout)

    assert (record["finished"], record["deleted"]) == (False, 10)
