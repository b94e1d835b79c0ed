"""The audit log: a JSON line in a separate log group for each operator's action, written before the action.

Lines hold ids and codes, never a payload.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from publishing.batches import batches
from schemas.names import AUDIT, resource_name

_MAX_EVENTS = 10_000
_MAX_BYTES = 1_048_576
_EVENT_OVERHEAD_BYTES = 26
"""CloudWatch Logs, PutLogEvents: limits of a call, its events in order of time; each counts its UTF-8 bytes plus 26."""

_MAX_STREAM_NAME = 512

_STREAM_EXISTS = "ResourceAlreadyExistsException"


class AuditError(OperatorError):
    """The audit log could not be written, so the action was not carried out."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The audit log of one operator and one service."""

    logs: Any
    log_group: str
    stream: str
    service: str
    """The service that the actions are about."""

    who: str
    """The ARN of the operator's credentials."""

    now: Callable[[], datetime]

    def write(self, message: str, about: Iterable[Mapping[str, str]], **more: str) -> None:
        """Write a line for each message that an action is about.

        Args:
            message: the action about to be taken, such as `redriven`.
            about: the ids and codes of each message; one without any for an action on the service itself.
            **more: further fields of each line; never values of a payload.

        Raises:
            AuditError: not all lines were written.
        """
        now = self.now()
        lines = [json.dumps({**self._line(message, now), **each, **more}) for each in about]
        for batch in batches(lines, _MAX_EVENTS, size=_bytes, limit=_MAX_BYTES):
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

    def _line(self, message: str, now: datetime) -> dict[str, str]:
        return {
            "message": message,
            "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "who": self.who,
            "service": self.service,
        }


_NOT_WRITTEN = "the audit log could not be written, so nothing more is done"


def open_audit(stage: DeployedStage, service: str, *, now: Callable[[], datetime]) -> Audit:
    """Open a stage's audit log for actions on a service, in a stream of this operator and day.

    Raises:
        OperatorError: STS does not identify the credentials.
        AuditError: the stage has no audit log, or it cannot be written to.
    """
    log_group = resource_name(stage.name, AUDIT)
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
    """A name such as `2026-04-14/assumed-role/Admin/ada`: CloudWatch Logs allows no colon and no asterisk."""
    operator = re.sub("[:*]", "-", who.split(":", 5)[-1])
    return f"{now.astimezone(UTC):%Y-%m-%d}/{operator}"[:_MAX_STREAM_NAME]


def _bytes(line: str) -> int:
    return len(line.encode()) + _EVENT_OVERHEAD_BYTES
