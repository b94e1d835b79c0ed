"""`try`: one message through a paused function, with Lambda's event, and what happens to the message."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lambdas.activity_record.handler import handler
from ops.pauses import commands as pauses
from ops.pauses.actions import Pauser
from ops.pauses.try_message import TryResult, try_next
from ops.stage.audit_log import AuditError
from ops.stage.aws_errors import AwsError
from ops.stage.endpoint import RUN_SECONDS
from ops.status.health import Queue
from ops.terminal.command import CommandLine
from ops.terminal.errors import OperatorError
from schemas.catalogue import CATALOGUE
from schemas.names import log_group_name, resource_name
from stacks.messaging.ingress import TIMEOUT
from tests.fakes.function import FakeContext, FunctionHarness
from tests.fakes.service import failing, refusing
from tests.fakes.stage import QUEUE, SERVICE, FakeStage
from tests.messages import COMPANY

FUNCTION = resource_name("dev", SERVICE)
BODY = json.dumps({"id": "task-1", "type": SERVICE, "payload": {"companyId": COMPANY, "summary": "Ada was here"}})


@pytest.fixture
def stage() -> FakeStage:
    stage = FakeStage()
    Pauser(stage=stage.deployed, now=stage.clock.now).pause(SERVICE, comment="why")
    stage.logs.batches.clear()
    return stage


def put(stage: FakeStage, body: str = BODY, **attributes: Any) -> str:
    return stage.sqs.put(QUEUE, body, attributes, COMPANY)


def tried(stage: FakeStage) -> TryResult:
    result = try_next(stage.deployed, SERVICE, now=stage.clock.now)
    assert isinstance(result, TryResult)
    return result


def answering(stage: FakeStage, outcome: str = "succeeded", answer: Any = None, **fields: Any) -> list[dict[str, Any]]:
    """Let the function end in this way; return the events that it got."""
    events: list[dict[str, Any]] = []

    def function(event: dict[str, Any]) -> tuple[Any, list[str]]:
        events.append(event)
        line = {"outcome": outcome, "sqs_message_id": event["Records"][0]["messageId"], "duration_ms": 12, **fields}
        return {"batchItemFailures": []} if answer is None else answer, ["START", json.dumps(line), "END"]

    stage.functions.functions[FUNCTION] = function
    return events


def run_try(stage: FakeStage, monkeypatch: pytest.MonkeyPatch, *options: str) -> Result:
    monkeypatch.setattr("ops.stage.deployed.deployed", lambda *_, **__: stage.deployed)
    app = CommandLine(help="Try.")
    app.add(pauses.try_message, name="try")
    app.add(pauses.pauses)
    return CliRunner().invoke(app, ["try", SERVICE, "--stage", "dev", *options])


def test_the_function_gets_the_event_that_lambda_makes(stage: FakeStage) -> None:
    events = answering(stage)
    message_id = put(
        stage,
        history={"DataType": "String", "StringValue": "{}"},
        raw={"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    )

    tried(stage)

    ((record,),) = (event["Records"] for event in events)
    assert record == {
        "messageId": message_id,
        "receiptHandle": f"{message_id}#1",
        "body": BODY,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1776168000000",
            "MessageGroupId": COMPANY,
        },
        "messageAttributes": {
            "history": {"stringValue": "{}", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
            "raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
        },
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:taly-async-dev-activity-record",
        "awsRegion": "eu-central-1",
    }


def test_a_message_that_is_done_is_deleted(stage: FakeStage) -> None:
    answering(stage)
    put(stage)
    put(stage)

    result = tried(stage)

    assert result.succeeded
    assert result.line
    assert (result.line.what, result.line.duration_ms) == ("succeeded", 12)
    assert [each.id for each in stage.sqs.messages(QUEUE)] == ["sqs-2"]


def test_the_audit_log_says_which_message_was_tried(stage: FakeStage) -> None:
    answering(stage)
    put(stage)
    seen: list[str] = []
    stage.functions.before = lambda name: seen.extend([name] if name == "invoke" and not stage.logs.lines() else [])

    tried(stage)

    (line,) = stage.logs.lines()
    assert seen == []
    assert (line["message"], line["service"], line["id"], line["sqs_message_id"]) == (
        "tried",
        SERVICE,
        "task-1",
        "sqs-1",
    )
    assert "Ada" not in str(line)


@pytest.mark.parametrize("outcome", ["retrying", "deferred", "dead_lettered"])
def test_a_message_that_failed_has_left_the_queue_but_not_succeeded(stage: FakeStage, outcome: str) -> None:
    answering(stage, outcome, reason="permanent", error="PermanentError")
    put(stage)

    result = tried(stage)

    assert (result.was_deleted, result.succeeded) == (True, False)


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "sqs-1"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": "another"}]},
        "no JSON object",
        [],
    ],
    ids=str,
)
def test_a_message_that_is_reported_stays(stage: FakeStage, answer: Any) -> None:
    answering(stage, answer=answer)
    put(stage)

    assert not tried(stage).was_deleted
    assert [each.id for each in stage.sqs.messages(QUEUE)] == ["sqs-1"]


@pytest.mark.parametrize("answer", [{}, {"batchItemFailures": []}, {"batchItemFailures": None}], ids=str)
def test_an_answer_that_reports_nothing_is_a_success(stage: FakeStage, answer: Any) -> None:
    answering(stage, answer=answer)
    put(stage)

    assert tried(stage).was_deleted


def test_a_function_that_ends_with_an_error_keeps_the_message(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_event: dict[str, Any]) -> tuple[Any, list[str]]:
        raise MemoryError("Ada was here")

    stage.functions.functions[FUNCTION] = fails
    put(stage)

    result = run_try(stage, monkeypatch)

    assert result.exit_code == 1
    assert "the function ended with MemoryError" in result.output
    assert "To see all of it: taly-async trace task-1 --stage dev" in result.output
    assert "it stays in its queue" in result.output
    assert "Ada" not in result.output
    assert len(stage.sqs.messages(QUEUE)) == 1


def test_a_refused_call_lets_the_message_be_seen_at_once(stage: FakeStage) -> None:
    answering(stage)
    stage.functions.fail = failing("TooManyRequestsException", "invoke")
    put(stage)

    with pytest.raises(AwsError, match="AWS throttles Invoke"):
        tried(stage)

    assert len(stage.sqs.visible(QUEUE)) == 1


def test_nothing_runs_if_the_audit_log_refuses(stage: FakeStage) -> None:
    events = answering(stage)
    stage.logs.fail = failing("AccessDeniedException", "put_log_events")
    put(stage)

    with pytest.raises(AuditError):
        tried(stage)

    assert events == []
    assert len(stage.sqs.visible(QUEUE)) == 1


def test_a_message_that_cannot_be_deleted_is_said_to_run_again(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(stage)
    stage.sqs.refuse = refusing("InternalError", "delete_message_batch")
    put(stage)

    result = run_try(stage, monkeypatch)

    assert result.exit_code == 1
    assert "it could not be deleted, so it will run again" in result.output


def test_an_empty_queue_says_what_waits_for_its_time(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.sqs.put(QUEUE, BODY, delay=600)
    stage.sqs.put(QUEUE, BODY)
    stage.sqs.receive(stage.sqs.visible(QUEUE)[0], 60)

    assert try_next(stage.deployed, SERVICE) == Queue(visible=0, delayed=1, in_flight=1)
    result = run_try(stage, monkeypatch)
    assert result.exit_code == 1
    assert "1 delayed until their time, 1 hidden because somebody received them" in result.output


def test_an_empty_queue_says_that_there_is_nothing_to_try(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_try(stage, monkeypatch)

    assert result.exit_code == 1
    assert f"no message waits in the queue of {SERVICE}: there is nothing to try" in result.output


def test_a_type_that_runs_is_not_tried(stage: FakeStage) -> None:
    Pauser(stage=stage.deployed).resume(SERVICE)
    put(stage)

    with pytest.raises(OperatorError, match=f"{SERVICE} is not paused"):
        tried(stage)

    assert len(stage.sqs.visible(QUEUE)) == 1


def test_a_line_that_the_tail_lacks_is_read_from_the_log(stage: FakeStage) -> None:
    def long_log(_event: Mapping[str, Any]) -> tuple[Any, list[str]]:
        stage.log(SERVICE, stage.clock.now(), outcome="skipped", sqs_message_id="sqs-1")
        return None, ["x" * 5_000]

    stage.functions.functions[FUNCTION] = long_log
    put(stage)

    result = tried(stage)

    assert result.line
    assert result.line.what == "skipped"
    assert result.line.service == SERVICE
    assert log_group_name("dev", SERVICE) in stage.logs.groups


def test_a_dead_letter_is_said_in_the_words_of_trace(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(stage, "dead_lettered", reason="permanent", error="PermanentError")
    put(stage)

    assert "task-1: dead-lettered in 12 ms: permanent: PermanentError" in run_try(stage, monkeypatch).output


def test_json_has_the_outcome(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(stage, "dead_lettered", reason="permanent", error="PermanentError", detail="the CRM answered 422")
    put(stage)

    record = json.loads(run_try(stage, monkeypatch, "--json").stdout)

    assert (record["outcome"], record["reason"], record["deleted"]) == ("dead_lettered", "permanent", True)


def test_a_real_function_takes_the_event(stage: FakeStage) -> None:
    harness = FunctionHarness()

    def function(event: dict[str, Any]) -> tuple[Any, list[str]]:
        harness.log.clear()
        answer = handler.process(event, FakeContext(), harness.runtime())  # type: ignore[arg-type]  # from JSON
        return answer, harness.log

    stage.functions.functions[FUNCTION] = function
    put(stage, "no message at all")

    result = tried(stage)

    assert result.line
    assert (result.line.what, result.line.reason) == ("dead_lettered", "invalid_json")
    assert result.was_deleted


def test_the_client_waits_longer_than_any_function_runs() -> None:
    assert max(TIMEOUT, *(each.timeout for each in CATALOGUE)) < RUN_SECONDS
