"""`tail`: show outcomes as they are logged, of all functions or of some."""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.text import Text

from ops.dead_letters.filters import FilterTexts
from ops.stage import log_groups
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import LogGroups, LogTail
from ops.stage.log_lines import LogLine, parse_all
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import notes, printable, show
from ops.terminal.times import moment, span
from ops.trace.mails import detail_style
from ops.trace.subjects import Subject
from ops.trace.tree import MARKS
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome

_POLL_SECONDS = 2.0

_FAILURES = frozenset({Outcome.RETRYING, Outcome.DEAD_LETTERED})
_OUTCOME_WIDTH = max(len(outcome) for outcome in Outcome)


@dataclass(frozen=True, kw_only=True, slots=True)
class TailRequest:
    """Which outcomes to show; all by default."""

    types: tuple[str, ...] = ()
    """Only outcomes of these functions: types, or `queue_processor`."""

    outcomes: frozenset[Outcome] = frozenset()
    failures: bool = False
    """Show `retrying` and `dead_lettered`."""

    tenant: str | None = None
    """Only outcomes of this tenant, as typed; None where the option was left out."""

    subject: Subject | None = None
    """Only outcomes of messages about this business object."""

    since: str = "0s"

    @property
    def wanted(self) -> frozenset[Outcome]:
        """The outcomes to show."""
        return self.outcomes | (_FAILURES if self.failures else frozenset()) or frozenset(Outcome)

    def pattern(self) -> str:
        """The CloudWatch Logs filter pattern, so that only wanted lines cross the network."""
        if self.wanted == frozenset(Outcome):
            outcomes = '$.outcome = "*"'
        else:
            outcomes = " || ".join(f'$.outcome = "{each}"' for each in sorted(self.wanted))
        more = [f'$.company_id = "{self.tenant}"'] if self.tenant else []
        more += [self.subject.condition] if self.subject else []
        return f"{{ {' && '.join((f'({outcomes})', *more))} }}" if more else f"{{ {outcomes} }}"

    def matches(self, line: LogLine) -> bool:
        """Whether to show a line; the emulator ignores filter patterns."""
        return (
            line.what in self.wanted
            and (not self.tenant or self.tenant == line.company_id)
            and (not self.subject or line.subject == str(self.subject))
        )


def tail(
    stage: DeployedStage,
    request: TailRequest,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Show outcomes until Ctrl-C, which is the normal end.

    Raises:
        OperatorError: there is no such stage or type, the tenant is blank or no UUID, or AWS refuses.
    """
    began = now()
    request = replace(request, tenant=FilterTexts(tenant=request.tenant).read(began).tenant)
    since = moment(request.since, began)
    groups = log_groups.of_functions(stage, request.types)
    log = LogTail(LogGroups(stage.client("logs"), sleep), since=since, pattern=request.pattern(), now=now)
    notes.print(Text(f"Outcomes of stage {stage.name}, times in UTC; Ctrl-C ends it.", "dim"), soft_wrap=True)
    seen = False
    try:
        while True:
            try:
                events = log.read(groups)
                _show(parse_all((event.text, event.at_ms) for event in events), request)
                seen = True
            except AwsError as error:
                if not error.throttled and (error.answered or not seen):
                    raise
                notes.print(Text(f"{error}. Trying again.", "yellow"), soft_wrap=True)
            sleep(_POLL_SECONDS)
    except StoppedError as stopped:
        if stopped.code != 128 + signal.SIGINT:
            raise
        return True


def _show(lines: list[LogLine], request: TailRequest) -> None:
    shown = [line for line in sorted(lines, key=lambda line: line.at) if request.matches(line)]
    show(map(compact, shown), map(record, shown))
    sys.stdout.flush()  # the reader of a pipe waits for these lines


def compact(line: LogLine) -> Text:
    """Format a line for a terminal."""
    mark, colour = MARKS[line.what]
    text = Text.assemble(
        (f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03} ", "dim"),
        (f"{mark} {line.what:<{_OUTCOME_WIDTH}} ", colour),
        printable(line.service),
        *([f" ({printable(line.type)})"] if line.service == QUEUE_PROCESSOR and line.type else []),
        (f" {printable(line.key)}", "dim"),
    )
    parts = [
        (f"from {line.source}" if line.source else "", ""),
        (f"attempt {line.attempt}" if line.attempt and line.service != QUEUE_PROCESSOR else "", ""),
        (span(timedelta(milliseconds=line.duration_ms)) if line.duration_ms else "", "dim"),
        (f"{line.reason} {line.fingerprint}".strip(), "red"),
        (": ".join(filter(None, (line.error, line.detail))), detail_style(line.service, line.error)),
        (f"again in {span(timedelta(seconds=line.delay))}" if line.delay else "", "yellow"),
    ]
    for part, style in parts:
        if part:
            text.append(" · ", "dim")
            text.append(printable(part), style)
    return text


def record(line: LogLine) -> dict[str, Any]:
    """A line as a JSON record; empty fields are left out."""
    fields = {
        "at": line.at.isoformat(timespec="milliseconds"),
        "service": line.service,
        "outcome": str(line.what),
        "id": line.id,
        "type": line.type,
        "subject": line.subject,
        "source": line.source,
        "company_id": line.company_id,
        "correlation_id": line.correlation_id,
        "causation_id": line.causation_id,
        "sqs_message_id": line.sqs_message_id,
        "attempt": line.attempt,
        "duration_ms": line.duration_ms,
        "delay": line.delay,
        "reason": line.reason,
        "fingerprint": line.fingerprint,
        "error": line.error,
        "detail": line.detail,
        "frame": line.frame,
    }
    return {name: value for name, value in fields.items() if value not in ("", None)}
