"""What a function says of its work: a log line for each outcome, and one metrics record a batch.

The line has the fields of a Powertools Logger line and is written without it: a Logger call costs
as much as ten times the parsing of the message.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from schemas.names import FAILURE, LATENCY, METRIC_NAMESPACE
from schemas.reasons import Outcome

_LEVELS = {Outcome.RETRYING: "WARNING", Outcome.DEAD_LETTERED: "ERROR"}

_IS_FAILURE = {Outcome.SUCCEEDED: 0, Outcome.ROUTED: 0, Outcome.RETRYING: 1, Outcome.DEAD_LETTERED: 1}
"""Samples of the metric `Failure`: its average is the failure ratio, its sum the failures, its count the attempts."""


class Observer:
    """Writes the outcomes of one batch."""

    def __init__(self, service: str, origin: dict[str, str], write: Callable[[str], None]) -> None:
        """Observe a batch.

        Args:
            service: the metrics' one dimension: the type, or the ingress's function.
            origin: what every line carries: function name, version and request id.
            write: takes one line.
        """
        self._prefix = {"service": service, **origin}
        self._metrics = AmazonCloudWatchEMFProvider(namespace=METRIC_NAMESPACE, service=service)
        self._write = write

    def outcome(self, outcome: Outcome, *, at: datetime, age_ms: int | None = None, **fields: Any) -> None:  # noqa: ANN401 JSON
        """Say how one delivery ended.

        Args:
            outcome: the end.
            at: now.
            age_ms: from the message's timestamp to its success.
            **fields: ids and figures; empty ones are left out. Never a payload's values.
        """
        line = {
            "level": _LEVELS.get(outcome, "INFO"),
            "message": outcome,
            "timestamp": at.isoformat(timespec="milliseconds"),
            **self._prefix,
            "outcome": outcome,
            **{name: value for name, value in fields.items() if value not in ("", None, [], ())},
        }
        self._write(json.dumps(line, separators=(",", ":")))
        if outcome in _IS_FAILURE:
            self._metrics.add_metric(FAILURE, MetricUnit.Count, _IS_FAILURE[outcome])
            if age_ms is not None:
                self._metrics.add_metric(LATENCY, MetricUnit.Milliseconds, age_ms)

    def untold(self, fingerprint: str, code: str, *, at: datetime) -> None:
        """Say that EventBridge did not take the alert about dead letters of a cause."""
        line = {
            "level": "WARNING",
            "message": "untold",
            "timestamp": at.isoformat(timespec="milliseconds"),
            **self._prefix,
            "fingerprint": fingerprint,
            "refused": code,
        }
        self._write(json.dumps(line, separators=(",", ":")))

    def flush(self) -> None:
        """Write the metrics of the whole batch, in CloudWatch's embedded metric format."""
        if self._metrics.metric_set:  # the provider writes by itself what is over 100 samples
            self._write(json.dumps(self._metrics.serialize_metric_set(), separators=(",", ":")))
