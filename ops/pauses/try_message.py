"""`try`: run the next message of a paused service through its function, as its event source mapping would.

The function gets Lambda's SQS event with one record. If it does not report the message as failed, the message is
deleted. Otherwise the message stays in the queue, and is visible again after the queue's visibility timeout.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ops.pauses.pauses import StagePauses, read_pauses
from ops.stage.audit_log import open_audit
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.clock_offset import CLOCK_SKEW
from ops.stage.deployed import DeployedStage
from ops.stage.endpoint import RUNS
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine, parse_all
from ops.stage.services import SERVICES, require_name, service
from ops.status.health import Queue
from ops.status.status import count
from ops.terminal.errors import OperatorError
from schemas.claims import claims
from schemas.names import queue_name, resource_name
from schemas.reasons import OperatorAction, Outcome

_WAIT_SECONDS = 5
"""Long polling. A short poll asks only some of SQS's servers, and may miss messages."""

Now = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class TryResult:
    """The run of one message."""

    sqs_message_id: str
    id: str
    """The message's id; empty where the body names none."""

    line: LogLine | None
    """The function's line about the message; None where the log has none (yet)."""

    function_error: str = ""
    """The class of the error that ended the function; empty where it answered."""

    was_deleted: bool = False
    """Whether the message has left the queue. A retry is a new message, which the function has sent."""

    not_deleted: str = ""
    """Why the message could not be deleted, though the function is done with it."""

    @property
    def succeeded(self) -> bool:
        """Whether the message is done, so that those behind it can be expected to run as well."""
        done = {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.ROUTED}
        return self.was_deleted and self.line is not None and self.line.what in done


def try_next(stage: DeployedStage, name: str, *, now: Now = _utc_now) -> TryResult | Queue:
    """Run the next message of a paused type, or of the ingress, through its function; wait until it has ended.

    Returns the numbers of the queue's messages if none can be received.

    Args:
        stage: the stage.
        name: the type, or `queue_processor`.
        now: the time in UTC.

    Raises:
        OperatorError: there is no such type, it is not paused, the audit log cannot be written, or AWS refuses.
    """
    require_name(name, SERVICES)
    found = read_pauses(stage)
    if name not in found.by_service:
        raise OperatorError(
            f"{name} is not paused: its function takes the messages itself. `taly-async pause` holds them"
        )
    sqs, url = stage.client("sqs"), service(name, stage).queue_url
    message = _receive(sqs, url)
    if message is None:
        with aws_failures_as_sentences():
            return count(sqs, url)
    ids = _ids(message)
    began = now()
    try:
        open_audit(stage, name, now=now).write(OperatorAction.TRIED, [ids])
        answer = _invoke(stage, name, _event(message, _queue_arn(found, stage, name)))
    except AwsError as error:
        if error.answered:  # else the function may be running
            _release(sqs, url, message)
        raise
    except OperatorError:
        _release(sqs, url, message)
        raise
    return _settle(stage, name, message, answer, began)


def _receive(sqs: Any, url: str) -> Mapping[str, Any] | None:
    """Receive one message, for as long as the queue hides it from its function: that fits the function's run."""
    with aws_failures_as_sentences():
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
    messages: Sequence[Mapping[str, Any]] = answer.get("Messages", ())
    return messages[0] if messages else None


def _ids(message: Mapping[str, Any]) -> dict[str, str]:
    stated = claims(message["Body"])
    return {"id": stated.id, "sqs_message_id": message["MessageId"], "company_id": stated.company_id}


def _queue_arn(found: StagePauses, stage: DeployedStage, name: str) -> str:
    _, partition, _, region, account, _ = found.mappings[name].arn.split(":", 5)
    return f"arn:{partition}:sqs:{region}:{account}:{queue_name(stage.name, name)}"


def _event(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """Return Lambda's event for a received message (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    attributes = message.get("MessageAttributes", {})
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(each) for name, each in attributes.items()},
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if md5 := message.get("MD5OfMessageAttributes"):
        record["md5OfMessageAttributes"] = md5
    return {"Records": [record]}


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an attribute as Lambda passes it: with both lists, which SQS does not fill, and bytes in base64."""
    found = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        found["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        found["binaryValue"] = b64encode(value["BinaryValue"]).decode()
    return found


def _invoke(stage: DeployedStage, name: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    with aws_failures_as_sentences():
        answer = stage.client(RUNS).invoke(
            FunctionName=resource_name(stage.name, name),
            InvocationType="RequestResponse",
            LogType="Tail",
            Payload=json.dumps(event, ensure_ascii=False).encode(),
        )
        return {**answer, "Payload": answer["Payload"].read()}


def _release(sqs: Any, url: str, message: Mapping[str, Any]) -> None:
    """Let others see a message that was not run; if that fails, it is visible again after the visibility timeout."""
    with suppress(AwsError), aws_failures_as_sentences():
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _settle(
    stage: DeployedStage, name: str, message: Mapping[str, Any], answer: Mapping[str, Any], began: datetime
) -> TryResult:
    ids = _ids(message)
    result = _json(answer["Payload"])
    error = not_deleted = ""
    if answer.get("FunctionError"):
        error = str(result.get("errorType") or answer["FunctionError"]) if isinstance(result, dict) else "Unhandled"
    is_done = not error and not _is_reported(result)
    if is_done:
        try:
            with aws_failures_as_sentences():
                sqs = stage.client("sqs")
                sqs.delete_message(QueueUrl=service(name, stage).queue_url, ReceiptHandle=message["ReceiptHandle"])
        except AwsError as refusal:
            not_deleted = str(refusal)
    return TryResult(
        sqs_message_id=message["MessageId"],
        id=ids["id"],
        line=None if error else _line(stage, name, message["MessageId"], answer.get("LogResult", ""), began),
        function_error=error,
        was_deleted=is_done and not not_deleted,
        not_deleted=not_deleted,
    )


def _is_reported(result: object) -> bool:
    """Whether a function reports its one message as failed.

    Lambda takes an answer of another form, or with another message's id, for a failure of the whole batch (Lambda
    Developer Guide, "Implementing partial batch responses": success and failure conditions).
    """
    if result is None:
        return False
    return not isinstance(result, dict) or bool(result.get("batchItemFailures"))


def _line(stage: DeployedStage, name: str, sqs_message_id: str, tail: str, began: datetime) -> LogLine | None:
    """Find the function's line about the message: in the end of its log, else in the log group."""
    lines = parse_all((text, int(began.timestamp() * 1000)) for text in _decoded(tail).splitlines())
    if not (found := _about(lines, sqs_message_id)):
        groups = LogGroups(stage.client("logs"))
        log_group = service(name, stage).log_group
        found = _about(groups.lines([log_group], began - CLOCK_SKEW, f'"{sqs_message_id}"'), sqs_message_id)
    return found


def _about(lines: list[LogLine], sqs_message_id: str) -> LogLine | None:
    return next((line for line in reversed(lines) if line.sqs_message_id == sqs_message_id), None)


def _decoded(tail: str) -> str:
    try:
        return b64decode(tail).decode(errors="replace")
    except NotBase64Error:
        return ""


def _json(payload: bytes) -> object:
    try:
        return json.loads(payload) if payload else None
    except ValueError:
        return payload.decode(errors="replace")
