"""Account for the messages of one part: how many were accepted, ended and wait, and which have no end.

A line of the ingress accepts a message, a follow-up is accepted by the line that announces it, and everything else by
the first line of its function. A redrive accepts a dead letter once more.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Announced, Finding, Violation, reconcile, succeeded
from ops.conserve.spool import Announcement, Part
from ops.stage.log_lines import LogLine
from ops.stage.services import HOLDING_QUEUES, SERVICES
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The moments that decide who is accused."""

    until: datetime
    """What was accepted later does not count."""

    counted_at: datetime
    """When queues were counted, before the logs were read."""

    grace: timedelta
    """How long a message may take for its next step."""


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message without an end, whose next step is overdue: it waits in a queue, or is lost."""

    finding: Finding
    count: int
    """How many messages with this key have no end."""

    queues: frozenset[str]
    """The services in whose queue it can be."""

    last_at: datetime
    """The time of the last line about it."""


@dataclass
class Accounts:
    """Numbers of messages, and those without an end; parts add up."""

    accepted: int = 0
    ended: int = 0
    scheduled: int = 0
    """Messages whose schedules are pending."""

    under_way: int = 0
    """Messages whose next step is not overdue."""

    delayed: Counter[str] = field(default_factory=Counter)
    """By service: messages under way that were in its queue when queues were counted."""

    open: list[OpenMessage] = field(default_factory=list)
    doubled: list[Finding] = field(default_factory=list)

    def add(
        self,
        part: Part,
        scheduled: Mapping[str, str],
        pending: frozenset[str],
        at: Moments,
        due: Mapping[str, datetime],
    ) -> None:
        """Add the messages of a part.

        Args:
            part: all lines about the part's messages.
            scheduled: schedule keys by the ids of the part's messages that were ever scheduled; empty for those that
                were replaced or cancelled.
            pending: ids whose schedules are pending.
            at: the moments that decide.
            due: when schedules were to send their messages, by id.
        """
        outcomes = [line for line in part.lines if isinstance(line.what, Outcome)]
        actions = _actions(part.lines, outcomes)
        published = frozenset(each.id for each in part.announcements if each.at <= at.until)
        superseded = {an_id for an_id, key in scheduled.items() if not key}
        announced = Announced(
            published=published,
            scheduled=scheduled,
            waiting=frozenset(an_id for an_id in scheduled if an_id in pending) | (superseded - published),
        )
        accepted = _accepted(outcomes, actions, at.until).elements()
        result = reconcile(accepted, outcomes, _in_dead_letter_queues(actions), announced)
        seen = {line.id for line in outcomes}
        waiting = sum(number for key, number in result.final.items() if key.id in pending and key.id not in seen)
        self.accepted += result.expected.total()
        self.scheduled += waiting
        self.ended += result.final.total() - waiting
        if result.findings:
            evidence, missing = _Evidence(part, actions, due), result.expected - result.final
            for finding in result.findings:
                self._add_open(finding, missing[finding.key], evidence, at)
        self.doubled += [
            Finding(key, Violation.DOUBLED, f"{times} times by its log")
            for key, times in sorted(succeeded(line for line in outcomes if line.at <= at.until).items())
            if times > 1
        ]

    def take_out(self, found: Counter[MessageKey]) -> int:
        """Remove the open messages that were found elsewhere, and return how many they were.

        Args:
            found: how many were found, by key. A message that no line describes is known by its id alone.
        """
        by_id: Counter[str] = Counter()
        for key, number in found.items():
            by_id[key.id] += number
        before = sum(each.count for each in self.open)
        counts = [
            each.count - (found[each.finding.key] if each.finding.key.type else by_id[each.finding.id])
            for each in self.open
        ]
        self.open = [replace(each, count=count) for each, count in zip(self.open, counts, strict=True) if count > 0]
        return before - sum(each.count for each in self.open)

    def _add_open(self, finding: Finding, count: int, evidence: "_Evidence", at: Moments) -> None:
        last_at, due, queues = evidence.of(finding.key)
        if due > at.counted_at - at.grace:
            self.under_way += count
            if last_at <= at.counted_at < due:
                self.delayed.update(dict.fromkeys(queues, count) if len(queues) == 1 else {})
            return
        self.open.append(OpenMessage(finding, count, queues, last_at))


def _actions(lines: Iterable[LogLine], outcomes: Iterable[LogLine]) -> list[tuple[LogLine, MessageKey]]:
    """Operators' actions with the keys of their messages: an audit line names the service instead of a type."""
    known: defaultdict[str, dict[MessageKey, None]] = defaultdict(dict)
    for line in outcomes:
        known[line.key][MessageKey.of_line(line)] = None
    found = []
    for line in sorted(lines, key=lambda line: line.at):
        if isinstance(line.what, OperatorAction):
            own = MessageKey(line.type or line.service, line.company_id, line.key)
            keys = known[line.key]
            of_tenant = [key for key in keys if key.company_id == line.company_id]
            found.append((line, own if own in keys else next(iter(of_tenant or keys), own)))
    return found


def _in_dead_letter_queues(actions: Iterable[tuple[LogLine, MessageKey]]) -> list[MessageKey]:
    """The keys of messages that actions prove to be dead letters, although no line may say how they became it.

    A renewal proves it until the next redrive.
    """
    discarded: list[MessageKey] = []
    renewed: set[MessageKey] = set()
    for line, key in actions:
        if line.what is OperatorAction.RENEWED:
            renewed.add(key)
        elif line.what in {OperatorAction.REDRIVEN, OperatorAction.DISCARDED}:
            renewed.discard(key)
            discarded += [key] if line.what is OperatorAction.DISCARDED else []
    return [*discarded, *renewed]


def _accepted(
    outcomes: Sequence[LogLine], actions: Iterable[tuple[LogLine, MessageKey]], until: datetime
) -> Counter[MessageKey]:
    """The number of accepted messages, by key."""
    in_time = [line for line in outcomes if line.at <= until]
    routed = {(MessageKey.of_line(line), line.sqs_message_id) for line in in_time if line.what is Outcome.ROUTED}
    accepted = Counter(key for key, _ in routed) | Counter({MessageKey.of_line(line) for line in in_time})
    again, anew = _redriven(outcomes, [each for each in actions if each[0].at <= until])
    return (accepted | again) + anew


def _redriven(
    outcomes: Iterable[LogLine], actions: Iterable[tuple[LogLine, MessageKey]]
) -> tuple[Counter[MessageKey], Counter[MessageKey]]:
    """The number of redrives, by key: of dead letters that no line ended, and of those that the lines ended.

    No line ends what SQS itself moved, or what was dead-lettered before the range. Redriven twice, it is still one
    message: SQS moved it again, or did not take it.

    A message without an id is left out: its copy has another SQS message id, and so another key.
    """
    events = [(line.at, MessageKey.of_line(line), False) for line in outcomes if line.what is Outcome.DEAD_LETTERED]
    events += [(line.at, key, True) for line, key in actions if line.what is OperatorAction.REDRIVEN and line.id]
    dead: Counter[MessageKey] = Counter()
    earlier: Counter[MessageKey] = Counter()
    anew: Counter[MessageKey] = Counter()
    for _, key, is_redrive in sorted(events):
        if not is_redrive:
            dead[key] += 1
        elif dead[key]:
            dead[key] -= 1
            anew[key] += 1
        else:
            earlier[key] = 1
    return earlier, anew


class _Evidence:
    """The last step of each message without an end, as far as lines show it."""

    def __init__(self, part: Part, actions: Iterable[tuple[LogLine, MessageKey]], due: Mapping[str, datetime]) -> None:
        self._due = due
        self._announcements: defaultdict[str, list[Announcement]] = defaultdict(list)
        for each in part.announcements:
            self._announcements[each.id].append(each)
        self._lines: defaultdict[MessageKey, list[LogLine]] = defaultdict(list)
        for line in part.lines:
            if isinstance(line.what, Outcome):
                self._lines[MessageKey.of_line(line)].append(line)
        for line, key in actions:
            if line.what is OperatorAction.REDRIVEN:
                self._lines[key].append(line)

    def of(self, key: MessageKey) -> tuple[datetime, datetime, frozenset[str]]:
        """When the last step was, when the next one was due, and the services in whose queue the message can be."""
        lines, announcements = self._lines.get(key, ()), self._announcements.get(key.id, ())
        sent_at = self._due.get(key.id, _LONG_AGO)
        last_at = max([each.at for each in (*lines, *announcements)], default=sent_at)
        due = max(map(_due, lines), default=last_at)
        queues = {_queue(line) for line in lines if not line.final} & _SERVICES
        queues = queues or {name for each in announcements for name in each.types} & _SERVICES
        return last_at, max(due, last_at), frozenset(queues or {QUEUE_PROCESSOR})


_SERVICES = frozenset(SERVICES)

_LONGEST_DELAY = timedelta(minutes=15)
"""SQS, SendMessage: DelaySeconds."""

_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _due(line: LogLine) -> datetime:
    """When the copy of a retrying or deferred message is delivered; a log may hold any number."""
    return line.at + min(timedelta(seconds=max(0, line.delay or 0)), _LONGEST_DELAY)


def _queue(line: LogLine) -> str:
    """The service in whose queue a message is after a line that is not its last."""
    if line.what is Outcome.ROUTED:
        return line.type
    return QUEUE_PROCESSOR if line.service in HOLDING_QUEUES else line.service
