"""Follow a redrive's sample: read each message's outcome from its function's log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.clock_offset import CLOCK_SKEW
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

_POLL_SECONDS = 2.0

_MAX_PATTERN = 1_024
"""Characters of a filter pattern (CloudWatch Logs, FilterLogEvents)."""

_SUCCESSES = {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.ROUTED}


@dataclass(frozen=True, slots=True)
class RedrivenMessage:
    """A dead letter that was sent back, as a new SQS message."""

    dead_letter: DeadLetter
    sqs_message_id: str
    """The id of the new SQS message."""

    @property
    def name(self) -> str:
        """The message id; where it has none, the new SQS message id."""
        return self.dead_letter.id or self.sqs_message_id


@dataclass(frozen=True, slots=True)
class SampleOutcome:
    """The outcome of one message of the sample."""

    sent: RedrivenMessage
    line: LogLine | None
    """The line of the first delivery that ran; None where there was none in time."""

    @property
    def succeeded(self) -> bool:
        """Whether nothing is left to do; a message that is retrying failed again."""
        return self.line is not None and self.line.what in _SUCCESSES


@dataclass(frozen=True, kw_only=True)
class SampleMonitor:
    """Polls one function's log for the outcomes of a sample."""

    logs: Any
    log_group: str
    seconds: float
    """How long to wait for the outcomes."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def wait(
        self, sent: Sequence[RedrivenMessage], since: datetime, *, meanwhile: Callable[[], None]
    ) -> tuple[SampleOutcome, ...]:
        """Wait until every message has an outcome, one has failed, or the time is over.

        Args:
            sent: the messages of the sample.
            since: a time before they were sent.
            meanwhile: called between two polls.

        Raises:
            AwsError: the log cannot be read.
        """
        deadline = self.now() + timedelta(seconds=self.seconds)
        while True:
            lines = self._lines(sent, since)
            outcomes = tuple(SampleOutcome(each, _first_run(each, lines)) for each in sent)
            failed = any(outcome.line and not outcome.succeeded for outcome in outcomes)
            if failed or all(outcome.line for outcome in outcomes) or self.now() >= deadline:
                return outcomes
            self.sleep(_POLL_SECONDS)
            meanwhile()

    def _lines(self, sent: Iterable[RedrivenMessage], since: datetime) -> list[LogLine]:
        lines = LogGroups(self.logs, self.sleep).lines([self.log_group], since - CLOCK_SKEW, _pattern(sent))
        return sorted(lines, key=lambda line: line.at)


def _pattern(sent: Iterable[RedrivenMessage]) -> str:
    wanted = [
        f'$.{name} = "{value}"'
        for each in sent
        for name, value in (("sqs_message_id", each.sqs_message_id), ("id", each.dead_letter.id))
        if value
    ]
    pattern = "{ " + " || ".join(wanted) + " }"
    return pattern if len(pattern) <= _MAX_PATTERN else '{ $.outcome = "*" }'


def _first_run(sent: RedrivenMessage, lines: Iterable[LogLine]) -> LogLine | None:
    """The first delivery that ran, by the new SQS message id; after a deferral, by the message id that copies keep."""
    deferred = False
    for line in lines:
        if line.sqs_message_id == sent.sqs_message_id or (deferred and line.id and line.id == sent.dead_letter.id):
            if line.what is not Outcome.DEFERRED:
                return line
            deferred = True
    return None


def as_record(outcome: SampleOutcome) -> Mapping[str, str]:
    """The outcome as a JSON record."""
    line = outcome.line
    return {
        "id": outcome.sent.dead_letter.id,
        "sqs_message_id": outcome.sent.sqs_message_id,
        "outcome": line.what if line else "",
        "error": line.error if line else "",
        "detail": line.detail if line else "",
    }
