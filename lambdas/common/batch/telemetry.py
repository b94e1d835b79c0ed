"""What a function says of its work: a log line for each outcome, and the metrics of a whole batch.

The lines have the fields of a Powertools Logger line and the metrics the form of Powertools' (CloudWatch's embedded
metric format), and both are written here: a Logger call costs ten times the parsing of the message, and a metric two.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from lambdas.common.batch.delivery import MILLISECOND, Delivery
from lambdas.common.budget import Context
from schemas.message import AnyMessage
from schemas.names import FAILURE, LATENCY, METRIC_NAMESPACE
from schemas.reasons import Outcome

_LEVELS = {Outcome.RETRYING: "WARNING", Outcome.DEAD_LETTERED: "ERROR"}

_IS_FAILURE = {Outcome.SUCCEEDED: 0, Outcome.ROUTED: 0, Outcome.RETRYING: 1, Outcome.DEAD_LETTERED: 1}
"""Samples of the metric `Failure`: its average is the failure ratio, its sum the failures, its count the attempts."""

_DONE = (Outcome.SUCCEEDED, Outcome.ROUTED)
"""Whose latency is a sample of the metric `Latency`. To ask a set would hash an enumeration's member, in Python."""

_UNITS = {FAILURE: "Count", LATENCY: "Milliseconds"}

_MOST_SAMPLES = 100
"""Values of a metric in one record (CloudWatch User Guide, "Specification: Embedded metric format")."""

_LATEST = "$LATEST"

_json = json.JSONEncoder(separators=(",", ":")).encode


class Telemetry:
    """Writes the outcomes of one batch."""

    def __init__(self, service: str, context: Context, write: Callable[[str], None]) -> None:
        """Observe a batch.

        Args:
            service: whose it is, and the metrics' one dimension: the type, or the ingress's function.
            context: of the invocation.
            write: takes one line.
        """
        self._service = service
        self._origin = {"service": service, "function_request_id": context.aws_request_id}
        if context.function_version != _LATEST:
            self._origin["function_version"] = context.function_version
        self._write = write
        self._succeeded = self._beginning(Outcome.SUCCEEDED)
        self._failures: list[int] = []
        self._latencies: list[int] = []
        self._last_at: datetime | None = None

    def ordinary(self, outcome: Outcome, message: AnyMessage, delivery: Delivery, *, at: datetime) -> None:
        """Say that a message is done, of which there is nothing to tell but ids and figures.

        It is the line that nearly every delivery has, the same that `outcome` would write, put together as text:
        neither the contract's ids and names nor SQS's have a character that JSON escapes.

        Args:
            outcome: the end, one in which nothing failed.
            message: whose it is.
            delivery: that ended.
            at: now.
        """
        said = self._succeeded if outcome is Outcome.SUCCEEDED else self._beginning(outcome)
        cause = f'"causation_id":"{message.causation_id}",' if message.causation_id else ""
        self._write(
            f'{{"timestamp":"{at.isoformat("T", "milliseconds")}",{said},"type":"{message.type}","id":"{message.id}",'
            f'"company_id":"{message.payload.company_id}","correlation_id":"{message.correlation_id}",{cause}'
            f'"attempt":{delivery.attempt},"sqs_message_id":"{delivery.record.sqs_message_id}",'
            f'"duration_ms":{delivery.duration_ms}}}'
        )
        if outcome in _DONE:
            self._sample(0, at, message.timestamp)

    def outcome(self, outcome: Outcome, *, at: datetime, since: datetime | None = None, **fields: Any) -> None:
        """Say how one delivery ended.

        Args:
            outcome: the end.
            at: now.
            since: from when its latency counts, the message's timestamp; None where it says nothing.
            **fields: ids and figures; empty ones are left out. Never a payload's values.
        """
        line = {
            "timestamp": at.isoformat("T", "milliseconds"),
            "level": _LEVELS.get(outcome, "INFO"),
            "message": outcome,
            **self._origin,
            "outcome": outcome,
            **{name: value for name, value in fields.items() if value not in ("", None, [], ())},
        }
        self._write(_json(line))
        if outcome in _IS_FAILURE:
            self._sample(_IS_FAILURE[outcome], at, since if outcome in _DONE else None)

    def untold(self, fingerprint: str, code: str, *, at: datetime) -> None:
        """Say that EventBridge did not take the alert about dead letters of a cause."""
        line = {
            "timestamp": at.isoformat("T", "milliseconds"),
            "level": "WARNING",
            "message": "untold",
            **self._origin,
            "fingerprint": fingerprint,
            "refused": code,
        }
        self._write(_json(line))

    def flush(self) -> None:
        """Write the metrics of the whole batch, in CloudWatch's embedded metric format."""
        while self._last_at and (self._failures or self._latencies):
            self._write(self._metrics(self._failures[:_MOST_SAMPLES], self._latencies[:_MOST_SAMPLES], self._last_at))
            del self._failures[:_MOST_SAMPLES], self._latencies[:_MOST_SAMPLES]

    def _beginning(self, outcome: Outcome) -> str:
        """Of an ordinary line, after its time."""
        whose = ",".join(f'"{name}":"{value}"' for name, value in self._origin.items())
        return f'"level":"INFO","message":"{outcome}",{whose},"outcome":"{outcome}"'

    def _sample(self, failure: int, at: datetime, since: datetime | None) -> None:
        self._last_at = at
        self._failures.append(failure)
        if since is not None:
            self._latencies.append(max(0, (at - since) // MILLISECOND))

    def _metrics(self, failures: list[int], latencies: list[int], at: datetime) -> str:
        samples = {name: values for name, values in ((FAILURE, failures), (LATENCY, latencies)) if values}
        milliseconds = round(at.timestamp() * 1000)
        return (
            f'{{"_aws":{{"Timestamp":{milliseconds},"CloudWatchMetrics":[{_directive(*samples)}]}},'
            f'"service":"{self._service}",{_json(samples)[1:]}'
        )


@cache
def _directive(*metrics: str) -> str:
    """What tells CloudWatch which members of a line are metrics; it is the same for every batch."""
    return _json(
        {
            "Namespace": METRIC_NAMESPACE,
            "Dimensions": [["service"]],
            "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in metrics],
        }
    )
