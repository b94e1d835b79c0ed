"""Follow new messages: wait until each has an outcome in the log of its type's function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.redo.anew import NewMessage
from ops.stage.clock_offset import CLOCK_SKEW
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from schemas.names import log_group_name
from schemas.reasons import Outcome

_POLL_SECONDS = 2.0

_MAX_PATTERN = 1_024
"""Characters of a filter pattern (CloudWatch Logs, FilterLogEvents)."""

_SUCCESSES = {Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE}


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """The outcome of one new message."""

    message: NewMessage
    line: LogLine | None
    """The line of the first delivery that ran; None where there was none in time."""

    @property
    def succeeded(self) -> bool:
        """Whether nothing is left to do."""
        return self.line is not None and self.line.what in _SUCCESSES

    def record(self) -> Mapping[str, str]:
        """The outcome as a JSON record."""
        line = self.line
        return {
            "id": self.message.old.id,
            "new_id": self.message.id,
            "outcome": line.what if line else "",
            "error": line.error if line else "",
            "detail": line.detail if line else "",
        }


@dataclass(frozen=True, kw_only=True)
class NewMessageMonitor:
    """Polls the functions' logs for the outcomes of new messages."""

    logs: Any
    stage: str
    seconds: float
    """How long to wait for the outcomes."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def wait(
        self, sent: Sequence[NewMessage], since: datetime, *, meanwhile: Callable[[], None]
    ) -> tuple[NewOutcome, ...]:
        """Wait until every message has an outcome, one has failed, or the time is over.

        Args:
            sent: the new messages.
            since: a time before they were published.
            meanwhile: called between two polls.

        Raises:
            AwsError: a log cannot be read.
        """
        deadline = self.now() + timedelta(seconds=self.seconds)
        while True:
            lines = self._lines(sent, since)
            outcomes = tuple(NewOutcome(each, lines.get(each.id)) for each in sent)
            failed = any(outcome.line and not outcome.succeeded for outcome in outcomes)
            if failed or all(outcome.line for outcome in outcomes) or self.now() >= deadline:
                return outcomes
            self.sleep(_POLL_SECONDS)
            meanwhile()

    def _lines(self, sent: Sequence[NewMessage], since: datetime) -> dict[str, LogLine]:
        """The first line of each message that says more than that it waits, by id."""
        groups = dict.fromkeys(log_group_name(self.stage, each.entry.type) for each in sent)
        pattern = "{ " + " || ".join(f'$.id = "{each.id}"' for each in sent) + " }"
        if len(pattern) > _MAX_PATTERN:
            pattern = '{ $.outcome = "*" }'
        found = LogGroups(self.logs, self.sleep).lines(groups, since - CLOCK_SKEW, pattern)
        first: dict[str, LogLine] = {}
        for line in sorted(found, key=lambda line: line.at):
            if isinstance(line.what, Outcome) and line.what is not Outcome.DEFERRED:
                first.setdefault(line.id, line)
        return first
