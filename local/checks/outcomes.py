"""The outcome lines that the functions log, read back from CloudWatch Logs."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.log_tail import LogTail
from ops.stage.log_lines import Scheduled
from schemas.reasons import Outcome

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """How one delivery to one function ended."""

    service: str
    """The function: its type, or the ingress's name."""

    outcome: Outcome
    id: str = ""
    """Empty where the body could not be read."""

    type: str = ""
    sqs_message_id: str = ""
    company_id: str = ""
    correlation_id: str = ""
    causation_id: str = ""
    attempt: int = 0
    receive_count: int = 1
    """How often SQS delivered the message until then: more than once where a process died or was too slow."""

    delay: int | None = None
    """Seconds until its copy comes, where it is retrying or deferred."""

    follow_ups: tuple[str, ...] = ()
    """The ids of what it put on the bus."""

    scheduled: tuple[Scheduled, ...] = ()
    unscheduled: tuple[str, ...] = ()
    """The keys of what it called off."""

    reason: str = ""
    fingerprint: str = ""
    error: str = ""
    detail: str = ""
    timestamp: str = ""
    """When it was written: UTC by RFC 3339, to the millisecond, so that texts are in order as times are."""

    @property
    def key(self) -> str:
        """What the delivery is accounted by."""
        return self.id or self.sqs_message_id


def parse(line: str) -> OutcomeLine | None:
    """An outcome line; None for whatever else a log holds: the platform's lines, metrics, other log lines."""
    with suppress(ValueError):
        fields = json.loads(line)
        if isinstance(fields, dict) and fields.get("outcome") in set(Outcome):
            return _line(fields)
    return None


def _line(fields: Mapping[str, Any]) -> OutcomeLine:
    known = {name: fields[name] for name in OutcomeLine.__dataclass_fields__ if name in fields}
    return OutcomeLine(
        **{
            **known,
            "outcome": Outcome(fields["outcome"]),
            "follow_ups": tuple(fields.get("follow_ups", ())),
            "scheduled": tuple(Scheduled(each["key"], each["id"]) for each in fields.get("scheduled", ())),
            "unscheduled": tuple(fields.get("unscheduled", ())),
        }
    )


class OutcomeLog:
    """Reads the functions' log groups on and on; what was read is kept."""

    def __init__(self, logs: "CloudWatchLogsClient", log_groups: Mapping[str, str], *, since_ms: int = 0) -> None:
        """Read these groups from a time on, in milliseconds since 1970."""
        self._tail = LogTail(logs, since_ms=since_ms, pattern='{ $.outcome = "*" }')
        self._groups = tuple(log_groups.values())
        self._lines: list[OutcomeLine] = []

    def read(self) -> list[OutcomeLine]:
        """All outcome lines until now."""
        self._lines += [line for event in self._tail.read(self._groups) if (line := parse(event.message))]
        return list(self._lines)
