"""What becomes of messages that were sent back, by the lines that their function writes of each delivery."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.log_groups import CLOCK_SKEW, LogGroups
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

_EVERY = 2.0
"""Seconds between two looks."""

_LONGEST_PATTERN = 1_024
"""Characters: CloudWatch Logs, FilterLogEvents."""

_WELL = {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.ROUTED}


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that is on its queue again, as a message of its own."""

    letter: DeadLetter
    sqs_message_id: str
    """The new one."""

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.letter.id or self.sqs_message_id


@dataclass(frozen=True, slots=True)
class SampleOutcome:
    """What became of one."""

    sent: Sent
    line: LogLine | None
    """Of its first delivery that ran; None where there was none in time."""

    @property
    def well(self) -> bool:
        """Whether its work is done; one that is retrying failed again."""
        return self.line is not None and self.line.what in _WELL


@dataclass(frozen=True, kw_only=True)
class SampleMonitor:
    """Watches one function."""

    logs: Any
    log_group: str
    seconds: float
    """Until it is given up."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def watch(
        self, sent: Sequence[Sent], since: datetime, *, meanwhile: Callable[[], None]
    ) -> tuple[SampleOutcome, ...]:
        """Wait until each has come to an outcome, one has failed, or the time is over.

        Args:
            sent: what to watch.
            since: a moment before they were sent.
            meanwhile: is called between two looks.

        Raises:
            AwsError: the log cannot be read.
        """
        deadline = self.now() + timedelta(seconds=self.seconds)
        while True:
            lines = self._lines(sent, since)
            verdicts = tuple(SampleOutcome(each, _first_run(each, lines)) for each in sent)
            failed = any(verdict.line and not verdict.well for verdict in verdicts)
            if failed or all(verdict.line for verdict in verdicts) or self.now() >= deadline:
                return verdicts
            self.sleep(_EVERY)
            meanwhile()

    def _lines(self, sent: Iterable[Sent], since: datetime) -> list[LogLine]:
        lines = LogGroups(self.logs, self.sleep).lines([self.log_group], since - CLOCK_SKEW, _pattern(sent))
        return sorted(lines, key=lambda line: line.at)


def _pattern(sent: Iterable[Sent]) -> str:
    wanted = [
        f'$.{name} = "{value}"'
        for each in sent
        for name, value in (("sqs_message_id", each.sqs_message_id), ("id", each.letter.id))
        if value
    ]
    pattern = "{ " + " || ".join(wanted) + " }"
    return pattern if len(pattern) <= _LONGEST_PATTERN else '{ $.outcome = "*" }'


def _first_run(sent: Sent, lines: Iterable[LogLine]) -> LogLine | None:
    """By the new SQS message id, so that no line of before counts; a deferred copy has the same message id."""
    deferred = False
    for line in lines:
        if line.sqs_message_id == sent.sqs_message_id or (deferred and line.id and line.id == sent.letter.id):
            if line.what is not Outcome.DEFERRED:
                return line
            deferred = True
    return None


def as_record(verdict: SampleOutcome) -> Mapping[str, str]:
    """For pipes."""
    line = verdict.line
    return {
        "id": verdict.sent.letter.id,
        "sqs_message_id": verdict.sent.sqs_message_id,
        "outcome": line.what if line else "",
        "error": line.error if line else "",
        "detail": line.detail if line else "",
    }
