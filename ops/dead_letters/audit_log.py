"""Who did what to which message: JSON lines in a log group of their own, written before it is done.

Ids and codes alone; nothing of a payload.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from publishing.batches import batches
from schemas.names import MonitoringOutput

_MOST_EVENTS = 10_000
_MOST_BYTES = 1_048_576
_BYTES_AN_EVENT = 26
"""CloudWatch Logs, PutLogEvents: so many a call, each counting its UTF-8 bytes and 26, in the order of their times."""

_LONGEST_STREAM_NAME = 512

_STREAM_EXISTS = "ResourceAlreadyExistsException"


class AuditError(OperatorError):
    """What was to be done could not be written down first, so it was not done."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """One operator's lines of one command."""

    logs: Any
    log_group: str
    stream: str
    service: str
    """Whose letters they are."""

    who: str
    """The ARN of whose credentials these are."""

    now: Callable[[], datetime]

    def write(self, message: str, letters: Sequence[DeadLetter], **more: str) -> None:
        """Write a line for each letter.

        Args:
            message: what is about to happen to them, such as `redriven`.
            letters: the letters.
            **more: what else each line says; no payload's values.

        Raises:
            AuditError: not all lines are written.
        """
        now = self.now()
        lines = [json.dumps(self._line(message, each, now) | more) for each in letters]
        for batch in batches(lines, _MOST_EVENTS, size=_bytes, limit=_MOST_BYTES):
            try:
                with aws_failures_as_sentences():
                    answer = self.logs.put_log_events(
                        logGroupName=self.log_group,
                        logStreamName=self.stream,
                        logEvents=[{"timestamp": int(now.timestamp() * 1000), "message": line} for line in batch],
                    )
            except AwsError as error:
                raise AuditError(f"{_NOT_WRITTEN}: {error}") from None
            if answer.get("rejectedLogEventsInfo"):
                raise AuditError(f"{_NOT_WRITTEN}: CloudWatch Logs refused their time. Is this machine's clock right?")

    def _line(self, message: str, letter: DeadLetter, now: datetime) -> dict[str, str]:
        return {
            "message": message,
            "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "who": self.who,
            "service": self.service,
            "id": letter.id,
            "sqs_message_id": letter.sqs_message_id,
            "company_id": letter.company_id,
            "fingerprint": letter.fingerprint,
            "reason": letter.reason,
        }


_NOT_WRITTEN = "the audit log could not be written, so nothing more is sent, deleted or shown"


def open_audit(stage: DeployedStage, service: str, *, now: Callable[[], datetime]) -> Audit:
    """The stage's audit log of a service's letters, with a stream for this operator's day.

    Raises:
        OperatorError: the stage has none, or whose credentials these are cannot be told.
        AuditError: it cannot be written to.
    """
    log_group = stage.output("Monitoring", MonitoringOutput.AUDIT_LOG_GROUP_NAME)
    with aws_failures_as_sentences():
        who = stage.client("sts").get_caller_identity()["Arn"]
    stream = _stream_name(now(), who)
    logs = stage.client("logs")
    try:
        with aws_failures_as_sentences():
            _create(logs, log_group, stream)
    except AwsError as error:
        raise AuditError(f"{_NOT_WRITTEN}: {error}") from None
    return Audit(logs=logs, log_group=log_group, stream=stream, service=service, who=who, now=now)


def _create(logs: Any, log_group: str, stream: str) -> None:
    try:
        logs.create_log_stream(logGroupName=log_group, logStreamName=stream)
    except ClientError as error:
        if error.response["Error"]["Code"] != _STREAM_EXISTS:
            raise


def _stream_name(now: datetime, who: str) -> str:
    """`2026-04-14/assumed-role/Admin/ada`: a name may have no colon and no asterisk."""
    operator = re.sub("[:*]", "-", who.split(":", 5)[-1])
    return f"{now.astimezone(UTC):%Y-%m-%d}/{operator}"[:_LONGEST_STREAM_NAME]


def _bytes(line: str) -> int:
    return len(line.encode()) + _BYTES_AN_EVENT
