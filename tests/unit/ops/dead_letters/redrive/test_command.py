"""`redrive`: its output as text and as JSON."""

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.reasons import Outcome
from tests.fakes.service import failing, refusing
from tests.fakes.stage import CAUSE, DEAD_LETTERS, OF_ALL_TYPES, OTHER_CAUSE, QUEUE, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run, running
from tests.unit.ops.dead_letters.interruptions import unreachable

OTHER_COMPANY = "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"


@pytest.fixture
def webhooks() -> FakeStage:
    """A stage with letters of two endpoints of a tenant, and of one with the same id of another tenant."""
    stage = FakeStage(services=OF_ALL_TYPES)
    url = stage.dead_letters_url("webhook.deliver")
    for number, (name, company, endpoint) in enumerate(
        [("here", COMPANY, "ep_1"), ("another-endpoint", COMPANY, "ep_2"), ("another-tenant", OTHER_COMPANY, "ep_1")]
    ):
        payload = {"companyId": company, "endpointId": endpoint}
        body = {"id": name, "type": "webhook.deliver", "attempts": 1, "payload": payload}
        stage.add_dead_letter(number, body=json.dumps(body), reason="unavailable", url=url)
    return stage


@pytest.fixture
def run_webhooks(webhooks: FakeStage, monkeypatch: pytest.MonkeyPatch) -> Run:
    return running(webhooks, monkeypatch)


def log_outcome(stage: FakeStage, sqs_message_id: str, outcome: Outcome) -> None:
    line = {"message": outcome, "outcome": outcome, "sqs_message_id": sqs_message_id}
    error = {"error": "PermanentError", "detail": "[red]422\x1b[2J"} if outcome is Outcome.DEAD_LETTERED else {}
    stage.log("activity.record", datetime.now(UTC), **line, **error)


def test_dead_letters_of_a_cause_are_redriven(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.add_dead_letter(2, OTHER_CAUSE)

    result = run("redrive", "activity.record", "--cause", CAUSE)

    assert result.exit_code == 0
    assert result.stdout == "✓ 1 of 1 chosen dead letters of activity.record in stage dev redriven\n"
    assert stage.ids(QUEUE) == ["task-1"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [([], "that would be all of them: give a filter"), (["--all", "--cause", CAUSE], "contradict each other")],
)
def test_without_a_filter_a_redrive_needs_all(stage: FakeStage, run: Run, arguments: list[str], sentence: str) -> None:
    stage.add_dead_letter(1)

    result = run("redrive", "activity.record", *arguments)

    assert result.exit_code == 1
    assert sentence in result.stderr
    assert stage.sqs.calls == []


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_another_type_is_not_redriven_by_endpoint(stage: FakeStage, run: Run, dry_run: tuple[str, ...]) -> None:
    stage.add_dead_letter(1)

    result = run("redrive", "activity.record", "--endpoint", "ep_1", *dry_run)

    assert result.exit_code == 1
    assert "webhook.deliver alone, and activity.record has none for an endpoint" in result.stderr
    assert stage.sqs.calls == []


def test_webhooks_to_an_endpoint_of_a_tenant_are_redriven(run_webhooks: Run, webhooks: FakeStage) -> None:
    result = run_webhooks("redrive", "webhook.deliver", "--endpoint", "ep_1", "--tenant", COMPANY)

    assert result.exit_code == 0, result.output
    assert result.stdout == "✓ 1 of 1 chosen dead letters of webhook.deliver in stage dev redriven\n"
    assert webhooks.ids(webhooks.queue_url("webhook.deliver")) == ["here"]
    assert webhooks.ids(webhooks.dead_letters_url("webhook.deliver")) == ["another-endpoint", "another-tenant"]


def test_a_dry_run_counts_and_changes_nothing(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)

    result = run("redrive", "activity.record", "--dry-run")

    assert result.stdout.startswith("1 dead letter of activity.record in stage dev would be redriven\n")
    assert CAUSE in result.stdout
    assert (stage.sqs.messages(QUEUE), stage.logs.lines()) == ([], [])
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 1


def test_a_failed_sample_stops_the_redrive_and_says_why(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.add_dead_letter(number)
    log_outcome(stage, "sqs-6", Outcome.DEAD_LETTERED)

    result = run("redrive", "activity.record", "--all", "--sample", "1")

    assert result.exit_code == 1
    assert r"✗ task-0: dead_lettered  PermanentError: [red]422\x1b[2J" in result.stdout
    assert "Stopped: the sample did not succeed. 4 stay in the dead-letter queue." in result.stdout
    assert len(stage.sqs.visible(DEAD_LETTERS)) == 4


def test_the_rest_follows_a_sample_that_succeeds(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.add_dead_letter(number)
    log_outcome(stage, "sqs-6", Outcome.SUCCEEDED)

    result = run("redrive", "activity.record", "--all", "--sample", "1", "--json")

    record = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (record["chosen"], record["sent"], record["stopped"]) == (5, 5, False)
    assert [each["outcome"] for each in record["sample"]] == ["succeeded"]


def test_an_unwritable_audit_log_is_an_error(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")

    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == 1
    assert "the audit log could not be written, so nothing more is done" in result.output
    assert stage.sqs.messages(QUEUE) == []


def test_an_unknown_type_is_an_error(run: Run) -> None:
    result = run("redrive", "[red]\x1b", "--all")

    assert result.exit_code == 1
    assert r"there is no type [red]\x1b." in result.output


def test_an_unsent_sample_stops_the_redrive(stage: FakeStage, run: Run) -> None:
    for number in range(5):
        stage.add_dead_letter(number)
    stage.sqs.refuse = refusing("InternalError", "send_message_batch")

    result = run("redrive", "activity.record", "--all", "--sample", "2")

    assert result.exit_code == 1
    assert "Stopped: 2 messages of the sample could not be sent. 5 stay in the dead-letter queue." in result.stdout


def press_ctrl_c(_operation: str) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(("end", "code"), [(unreachable, 1), (press_ctrl_c, 130)], ids=["AWS is away", "Ctrl-C"])
@pytest.mark.parametrize(
    ("at", "done"),
    [
        ("receive_message", "no dead letters of activity.record in stage dev redriven"),
        ("send_message_batch", "10 of 15 dead letters of activity.record in stage dev redriven"),
    ],
)
def test_an_unfinished_redrive_says_how_many_were_redriven(  # noqa: PLR0913, PLR0917 fixtures, and two tables
    stage: FakeStage, run: Run, end: Callable[[str], None], code: int, at: str, done: str
) -> None:
    for number in range(15):
        stage.add_dead_letter(number)
    first = at == "receive_message"
    stage.sqs.before = lambda operation: (
        end(operation) if operation == at and (first or stage.sqs.messages(QUEUE)) else None
    )

    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == code
    assert result.stdout.startswith(f"✗ Not finished: {done}\n")
    assert ("up to 5 more may have been sent: their call got no answer" in result.stdout) is not first
    assert "✓" not in result.output


def test_json_of_an_unfinished_redrive_says_so(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.sqs.before = lambda operation: unreachable(operation) if operation == "receive_message" else None

    result = run("redrive", "activity.record", "--all", "--json")

    assert json.loads(result.stdout)["finished"] is False
    assert "AWS cannot be reached" in result.stderr


def test_json_says_why_a_message_was_not_deleted_as_for_a_discard(stage: FakeStage, run: Run, tmp_path: Path) -> None:
    stage.add_dead_letter(1)
    stage.sqs.refuse = refusing("InternalError", "delete_message_batch")
    discarding = "discard", "activity.record", "--comment", "fixed", "--yes", "--export", str(tmp_path / "exported")

    records = [
        json.loads(run(*words, "--all", "--json").stdout) for words in (discarding, ("redrive", "activity.record"))
    ]

    assert [record["not_deleted"] for record in records] == [{"sqs-1": "SQS did not delete it: InternalError"}] * 2


def test_an_empty_queue_says_so(run: Run) -> None:
    result = run("redrive", "activity.record", "--all")

    assert result.exit_code == 0
    assert result.stdout == "No dead letters of activity.record in stage dev are visible\n"


def test_messages_in_flight_are_counted_where_none_are_visible(stage: FakeStage, run: Run) -> None:
    stage.add_dead_letter(1)
    stage.sqs.receive(stage.sqs.messages(DEAD_LETTERS)[0], seconds=60)

    text = run("redrive", "activity.record", "--all").stdout
    record = json.loads(run("redrive", "activity.record", "--all", "--json").stdout)

    assert text.endswith("are visible: 1 in flight, received by others\n")
    assert (record["finished"], record["chosen"], record["in_flight"]) == (True, 0, 1)
