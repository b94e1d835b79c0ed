"""The log lines and metrics of a batch: one line an outcome, one metrics record a batch.

The lines have the fields of a Powertools Logger line, but for `message`, which would only repeat `outcome`. The metrics
have the form of Powertools Metrics (CloudWatch's embedded metric format). Both are written here: a Logger call costs
ten times the parsing of a message, a metric two.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from lambdas.common.batch.decision import SIMPLY_SUCCEEDED
from lambdas.common.batch.delivery import MILLISECOND, Delivery
from lambdas.common.budget import Context
from schemas.message import AnyMessage
from schemas.names import FAILURE, LATENCY, SKIPPED, metric_namespace
from schemas.reasons import MessageGroup, Outcome, Reason

if TYPE_CHECKING:
    from schemas.event_type import EventType

_LEVELS = {Outcome.RETRYING: "WARNING", Outcome.DEAD_LETTERED: "ERROR"}

_IS_FAILURE = {Outcome.SUCCEEDED: 0, Outcome.ROUTED: 0, Outcome.RETRYING: 1, Outcome.DEAD_LETTERED: 1}
"""Samples of the metric `Failure`: the average is the failure ratio, the sum the failures, the count the attempts.

Those of `Skipped` are 1 for a skip and 0 for each of these, so that a share of skips needs no second metric.
"""

_DONE = (Outcome.SUCCEEDED, Outcome.ROUTED)
"""Outcomes with a sample of the metric `Latency`. This is no set: hashing an enumeration's member runs Python code."""

_UNITS = {FAILURE: "Count", LATENCY: "Milliseconds", SKIPPED: "Count"}

_MOST_SAMPLES = 100
"""The most values of a metric in one record (CloudWatch User Guide, "Specification: Embedded metric format")."""

_json = json.JSONEncoder(separators=(",", ":")).encode


class Telemetry:
    """Reports the outcomes of one batch."""

    def __init__(  # noqa: PLR0913 all that the lines depend on
        self,
        service: str,
        context: Context,
        write: Callable[[str], None],
        now: Callable[[], datetime],
        *,
        stage: str,
        version: str = "",
        event_type: "EventType[Any] | None" = None,
        can_skip: bool = False,
        compares_groups: bool = False,
    ) -> None:
        """Report to one log.

        Args:
            service: the type, or `queue_processor`; it is the metrics' one dimension.
            context: Lambda's context of the invocation.
            write: writes one line.
            now: gives the time.
            stage: the stage's name, for the metrics' namespace.
            version: version of the function's code; empty where it is not known.
            event_type: the type of all messages, which says what their subject is; None at the ingress.
            can_skip: whether to count skips, too: as a third metric, `Skipped`.
            compares_groups: whether a line says that the SQS message group is not the tenant.
        """
        self._service = service
        self._stage = stage
        self._origin = {"service": service, "function_request_id": context.aws_request_id}
        if version:
            self._origin["function_version"] = version
        self._event_type = event_type
        self._subject_start = f"{event_type.subject_kind}/" if event_type else ""
        self._subject_attribute = event_type.subject_attribute if event_type else ""
        self._write = write
        self._now = now
        self._succeeded = self._line_start(Outcome.SUCCEEDED)
        self._failures: list[int] = []
        self._latencies: list[int] = []
        self._skips: list[int] = []
        self._can_skip = can_skip
        self._compares_groups = compares_groups
        self._last_at: datetime | None = None

    def report(self, delivery: Delivery, outcome: Outcome, **more: Any) -> None:
        """Write the log line of a delivery's outcome, and take its metrics.

        Args:
            delivery: the delivery that ended.
            outcome: how it ended.
            **more: further ids and figures, never values of a payload; empty ones are left out.
        """
        message = delivery.message
        if (
            message
            and delivery.is_fresh
            and (delivery.decision is SIMPLY_SUCCEEDED or delivery.decision == (outcome, (), (), None, (), ""))
            and (not self._compares_groups or delivery.received_group == message.payload.company_id)
        ):
            at = delivery.ended_at or self._now()
            self._write_simple_line(outcome, message, delivery, at)
            published_at: datetime | None = message.timestamp
        else:
            at = self._now()
            group = self._group(delivery, outcome)
            fields = {"subject": self._subject(delivery), **delivery.fields(), "message_group": group, **more}
            self._write_line(outcome, at, fields)
            # The latency of a redriven message says when an operator redrove it, not how fast the system is.
            published_at = message.timestamp if message and not delivery.history.redriven else None
        if outcome in _DONE:
            self._sample(0, at, published_at)
        elif outcome in _IS_FAILURE and more.get("reason") is not Reason.UNAVAILABLE:  # which spent no attempt
            self._sample(_IS_FAILURE[outcome], at, None)
        elif outcome is Outcome.SKIPPED and self._can_skip and delivery.is_skipped_by_answer:
            self._last_at = at
            self._skips.append(1)

    def alert_refused(self, fingerprint: str, code: str) -> None:
        """Log that EventBridge refused the alert about a cause."""
        line = {
            "timestamp": self._now().isoformat("T", "milliseconds"),
            "level": "WARNING",
            "message": "alert-refused",
            **self._origin,
            "fingerprint": fingerprint,
            "refused": code,
        }
        self._write(_json(line))

    def flush(self) -> None:
        """Write the metrics of the whole batch, in CloudWatch's embedded metric format."""
        while self._last_at and (self._failures or self._latencies or self._skips):
            self._write(self._metrics(self._last_at))
            del self._failures[:_MOST_SAMPLES], self._latencies[:_MOST_SAMPLES], self._skips[:_MOST_SAMPLES]

    def _subject(self, delivery: Delivery) -> str:
        """The business object that a message is about; of a refused message, the one that it claims."""
        if delivery.message:
            return self._event_type.subject_of(delivery.message.payload) if self._event_type else ""
        return delivery.claims.subject

    def _group(self, delivery: Delivery, outcome: Outcome) -> MessageGroup | None:
        """Name the message group where it is wrong, and on every dead letter's line, which the drill reads."""
        group = delivery.message_group if self._compares_groups else None
        return None if group is MessageGroup.TENANT and outcome is not Outcome.DEAD_LETTERED else group

    def _write_simple_line(self, outcome: Outcome, message: AnyMessage, delivery: Delivery, at: datetime) -> None:
        """Write the line of a record that is simply done, as nearly every record is.

        It is the line that `_write_line` would write, formatted as text: neither the contract's ids and names nor SQS's
        have a character that JSON escapes. A subject may have any: an invoice's number is text.
        """
        start = self._succeeded if outcome is Outcome.SUCCEEDED else self._line_start(outcome)
        fields = message.__dict__  # cheaper than attributes: for each one, the class of the model is searched first
        own_id, chain_id, cause_id = fields["id"], fields["correlation_id"], fields["causation_id"]
        type_name, payload = fields["type"], fields["payload"].__dict__
        subject = ""
        if self._subject_attribute:
            subject = f'"subject":{encode_basestring_ascii(self._subject_start + payload[self._subject_attribute])},'
        chain = f'"causation_id":"{cause_id}",' if cause_id else ""
        if chain_id != own_id:
            chain = f'"correlation_id":"{chain_id}",{chain}'
        self._write(
            f'{{"timestamp":"{at.isoformat("T", "milliseconds")}",{start},{subject}"type":"{type_name}",'
            f'"id":"{own_id}","company_id":"{payload["company_id"]}",{chain}"attempt":{delivery.attempt},'
            f'"sqs_message_id":"{delivery.sqs_message_id}","duration_ms":{delivery.duration_ms}}}'
        )

    def _line_start(self, outcome: Outcome) -> str:
        """Format the fields of a simple line that do not depend on its message."""
        origin = ",".join(f'"{name}":"{value}"' for name, value in self._origin.items())
        return f'"level":"INFO",{origin},"outcome":"{outcome}"'

    def _write_line(self, outcome: Outcome, at: datetime, fields: Mapping[str, Any]) -> None:
        line = {
            "timestamp": at.isoformat("T", "milliseconds"),
            "level": _LEVELS.get(outcome, "INFO"),
            **self._origin,
            "outcome": outcome,
            **{name: value for name, value in fields.items() if value not in ("", None, [], ())},
        }
        self._write(_json(line))

    def _sample(self, failure: int, at: datetime, published_at: datetime | None) -> None:
        """Take one sample of `Failure`, and one of `Latency` where the message's timestamp is given."""
        self._last_at = at
        self._failures.append(failure)
        if self._can_skip:
            self._skips.append(0)
        if published_at is not None:
            self._latencies.append(max(0, (at - published_at) // MILLISECOND))

    def _metrics(self, at: datetime) -> str:
        taken = ((FAILURE, self._failures), (LATENCY, self._latencies), (SKIPPED, self._skips))
        samples = {name: values[:_MOST_SAMPLES] for name, values in taken if values}
        milliseconds = round(at.timestamp() * 1000)
        return (
            f'{{"_aws":{{"Timestamp":{milliseconds},"CloudWatchMetrics":[{_directive(self._stage, *samples)}]}},'
            f'"service":"{self._service}",{_json(samples)[1:]}'
        )


@cache
def _directive(stage: str, *metrics: str) -> str:
    """Return the metrics directive: it tells CloudWatch which members of the line are metrics."""
    return _json(
        {
            "Namespace": metric_namespace(stage),
            "Dimensions": [["service"]],
            "Metrics": [{"Name": name, "Unit": _UNITS[name]} for name in metrics],
        }
    )
