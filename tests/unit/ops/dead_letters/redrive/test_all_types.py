"""`redrive` without a type: what a redrive helps is sent back from all queues, as if it were one; the rest is named."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.all_types import redrive_all_types
from ops.dead_letters.redrive.report import RedriveRequest
from schemas.reasons import Outcome
from tests.fakes.service import failing
from tests.fakes.stage import INGRESS, OF_ALL_TYPES, OTHER_CAUSE, FakeStage
from tests.messages import COMPANY
from tests.unit.ops.dead_letters.commands import Run

ALL = ("redrive", "--all")


@pytest.fixture
def stage() -> FakeStage:
    """A stage with dead letters for every remedy."""
    stage = FakeStage(services=OF_ALL_TYPES)
    add(stage, 1, "activity.record")
    add(stage, 2, "activity.record")
    add(stage, 3, "email.send", reason="attempts_exhausted")
    add(stage, 4, "email.send", remedy="mend")
    add(stage, 5, "user.invited", remedy="discard")
    add(stage, 6, "webhook.deliver", reason="unavailable", errorClass="NotDeliveredError")
    stage.sqs.put(stage.queue_url("unrouted"), body(7, "booking.archived"), {})
    stage.sqs.put(stage.queue_url("unrouted"), body(8, "booking.created"), {})
    return stage


def body(number: int, type_name: str) -> str:
    fields = {"id": f"task-{number}", "type": type_name, "source": "taly.backend", "attempts": 3}
    return json.dumps(fields | {"payload": {"companyId": COMPANY}})


def add(stage: FakeStage, number: int, service: str, **history: Any) -> None:
    stage.add_dead_letter(number, body=body(number, service), url=stage.dead_letters_url(service), **history)


def log_outcomes(stage: FakeStage, outcome: Outcome, *services: str) -> None:
    """Give the next SQS messages an outcome in the logs of these services."""
    for service in services:
        for number in range(9, 16):
            line = {"message": outcome, "outcome": outcome, "sqs_message_id": f"sqs-{number}"}
            stage.log(service, datetime.now(UTC), **line)


def sent(stage: FakeStage) -> list[str]:
    return sorted(
        each
        for service in ("activity.record", "email.send", "user.invited", "webhook.deliver")
        for each in stage.ids(stage.queue_url(service))
    )


def test_what_a_redrive_helps_is_sent_and_the_rest_named(stage: FakeStage, run: Run) -> None:
    result = run(*ALL)

    assert result.exit_code == 0, result.output
    assert sent(stage) == ["task-1", "task-2", "task-3"]
    assert stage.ids(INGRESS) == ["task-8"]
    assert result.stdout.splitlines() == [
        "✓ 4 of 4 dead letters of 3 types in stage dev redriven",
        "  1 of 1 of email.send",
        "  2 of 2 of activity.record",
        "  1 of 1 of unrouted",
        "Left: 4 dead letters, which need something else:",
        "  1 of user.invited: the sender's (taly.backend)",
        "  1 of email.send: an operator's",
        "  1 of webhook.deliver: a customer's",
        "  1 of unrouted: the sender's (taly.backend)",
        "Next steps: taly-async dead-letters list --stage dev. With a TYPE, redrive sends them too.",
    ]
    assert {line["service"] for line in stage.logs.lines()} == {"activity.record", "email.send", "unrouted"}


def test_a_dry_run_names_causes_and_the_rest_and_sends_nothing(stage: FakeStage, run: Run) -> None:
    result = run(*ALL, "--dry-run")

    assert result.stdout.startswith("4 dead letters of 3 types in stage dev would be redriven\n")
    assert "  1 of email.send: an operator's\n" in result.stdout
    assert (sent(stage), stage.logs.lines()) == ([], [])


def test_a_filter_chooses_over_all_types(stage: FakeStage, run: Run) -> None:
    add(stage, 9, "report.generate", cause=OTHER_CAUSE)

    result = run("redrive", "--cause", OTHER_CAUSE)

    assert result.stdout.startswith("✓ 1 of 1 dead letter of 1 type in stage dev redriven\n")
    assert stage.ids(stage.queue_url("report.generate")) == ["task-9"]
    assert sent(stage) == []


def test_another_remedy_can_be_asked_for(stage: FakeStage, run: Run) -> None:
    assert run("redrive", "--remedy", "mend").exit_code == 0

    assert sent(stage) == ["task-4"]


def test_without_a_filter_or_all_nothing_is_sent(stage: FakeStage, run: Run) -> None:
    result = run("redrive")

    assert result.exit_code == 1
    assert "that would be all of them: give a filter" in result.stderr
    assert stage.sqs.calls == []


def test_the_rest_follows_once_the_sample_of_all_types_succeeds(stage: FakeStage, run: Run) -> None:
    log_outcomes(stage, Outcome.SUCCEEDED, "activity.record", "email.send", "queue_processor")

    record = json.loads(run(*ALL, "--sample", "3", "--json").stdout)

    sizes = {(each["type"], len(each["sample"])) for each in record["runs"]}
    assert sizes == {("activity.record", 1), ("email.send", 1), ("unrouted", 1), ("activity.record", 0)}
    assert (record["chosen"], record["sent"], record["stopped"], record["finished"]) == (4, 4, False, True)


def test_a_failed_sample_of_one_type_stops_all_types(stage: FakeStage, run: Run) -> None:
    log_outcomes(stage, Outcome.SUCCEEDED, "email.send")
    log_outcomes(stage, Outcome.RETRYING, "activity.record")

    result = run(*ALL, "--sample", "3")

    assert result.exit_code == 1
    assert sent(stage) == ["task-1", "task-3"]
    assert "✗ task-1: retrying" in result.stdout
    assert "  Stopped: the sample did not succeed. 2 stay in their dead-letter queues.\n" in result.stdout
    assert result.stdout.startswith("✗ 2 of 4 dead letters")


def test_a_sample_that_somebody_else_received_stops_all_types(stage: FakeStage, run: Run) -> None:
    log_outcomes(stage, Outcome.SUCCEEDED, "activity.record", "email.send", "queue_processor")
    (first, _) = stage.sqs.messages(stage.dead_letters_url("email.send"))

    def receive(operation: str) -> None:
        if operation == "create_log_stream":  # after the search, before the sample is leased
            stage.sqs.receive(first, 600)

    stage.logs.before = receive

    result = run(*ALL, "--sample", "1")

    assert (result.exit_code, sent(stage)) == (1, [])
    assert "Stopped: somebody else has received or deleted the sample. 4 stay" in result.stdout


def test_the_rate_holds_over_all_types(stage: FakeStage) -> None:
    pauses: list[float] = []
    request = RedriveRequest(stage=stage.deployed, service="", filters=Filters(), rate=1)

    assert redrive_all_types(request, clock=lambda: sum(pauses), sleep=pauses.append)

    assert pauses == [1, 1, 1], "four messages"


def test_an_aws_failure_in_the_middle_says_what_was_sent(stage: FakeStage, run: Run) -> None:
    calls = {"send_message_batch": 0}

    def break_off(operation: str) -> None:
        if operation in calls:
            calls[operation] += 1
            if calls[operation] == 2:
                stage.sqs.fail = failing("AccessDeniedException", "send_message_batch")

    stage.sqs.before = break_off

    result = run(*ALL)

    assert result.exit_code == 1
    assert result.stdout.startswith("✗ Not finished: 1 of 4 dead letters of 3 types in stage dev redriven\n")
    assert "AccessDenied" in result.stderr
    assert sent(stage) == ["task-3"]


def test_nothing_that_a_redrive_helps_is_no_failure(run: Run, stage: FakeStage) -> None:
    run(*ALL)

    result = run(*ALL)

    assert (result.exit_code, len(sent(stage))) == (0, 3)
    assert result.stdout.startswith("Nothing to redrive: a redrive helps no such dead letter in stage dev\n")
