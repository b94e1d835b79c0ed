"""Check that a deployed stage lost no message: read queues and schedules, then logs, then compare.

Queues and schedules are read first: a message that leaves them meanwhile has a line in the logs that are read later.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from ops.conserve.accounts import Accounts, Moments
from ops.conserve.message_key import MessageKey
from ops.conserve.queues import Candidates, compare, read_counts
from ops.conserve.reconciliation import ScheduledIds, Violation
from ops.conserve.scan import Scan, read_scan
from ops.conserve.spool import Spool
from ops.dead_letters.search import search
from ops.schedules.schedules import ScheduleGroup
from ops.stage import log_groups
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import Event, LogGroups
from ops.stage.log_lines import parse
from ops.stage.services import HOLDING_QUEUES
from ops.terminal.progress import progress
from schemas.names import SLACK_NOTIFIER
from schemas.reasons import OperatorAction
from schemas.schedule_names import schedule_name

_PATTERN = '{ ($.outcome = "*") || ($.message = "*") }'
"""Outcomes, and operators' actions in the audit log."""

_LATE = timedelta(seconds=20)
"""How much later than others CloudWatch Logs receives the lines of one function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """The result of a check."""

    stage: str
    since: datetime
    until: datetime
    accounts: Accounts
    candidates: tuple[Candidates, ...]
    """Messages without an end whose queues hold fewer messages; the others wait."""

    unread: str = ""
    """Why dead-letter queues could not be searched, as a sentence."""

    absent: tuple[str, ...] = ()
    """The services whose logs do not exist: what became of their messages is not known."""

    @property
    def lost(self) -> int:
        """How many messages must be lost."""
        return sum(each.lost for each in self.candidates)

    @property
    def in_queues(self) -> int:
        """How many messages without an end wait in queues, as far as counts say."""
        return sum(each.count for each in self.accounts.open) - self.lost

    @property
    def holds(self) -> bool:
        """Whether all logs show that nothing was lost or done twice."""
        return not self.lost and not self.accounts.doubled and not self.absent


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check of a stage's messages in a range of time."""

    stage: DeployedStage
    since: datetime
    until: datetime
    grace: timedelta
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    groups: Mapping[str, str] = field(init=False)
    """Log groups of the functions, of operators' actions and of renewals, by service."""

    def __post_init__(self) -> None:
        """Find the log groups.

        Raises:
            OperatorError: there is no such stage here, or AWS refuses.
        """
        others = log_groups.of_audit_and_alerts(self.stage)
        actions = {name: group for name, group in others.items() if name != SLACK_NOTIFIER}
        object.__setattr__(self, "groups", log_groups.of_functions(self.stage) | actions)

    def scan(self) -> Scan:
        """Return what reading the logs costs.

        Raises:
            AwsError: AWS refuses or does not answer.
        """
        clients = self.stage.client("cloudwatch"), self.stage.client("logs")
        return read_scan(*clients, self.groups.values(), self.since, self.now())

    def run(self) -> Conservation:
        """Read everything, and compare.

        Raises:
            OperatorError: AWS refuses or does not answer.
        """
        counted_at = self.now()
        counts = read_counts(self.stage)
        schedules = ScheduleGroup.of(self.stage)
        names = frozenset(schedules.names())
        with Spool() as spool:
            absent = self._read(spool)
            accounts = self._accounts(spool, names, Moments(until=self.until, counted_at=counted_at, grace=self.grace))
        accounts.scheduled += accounts.take_out(_still_scheduled(accounts, schedules))
        held = {name: max(0, count.total - accounts.delayed[name]) for name, count in counts.items()}
        unread = ""
        if candidates := _lost(accounts, held):
            accounts.under_way += accounts.take_out(self._logged_since(counted_at, _ids(candidates)))
            dead, unread = self._dead_letters(_lost(accounts, held), counts.keys())
            accounts.ended += accounts.take_out(dead)
            candidates = _lost(accounts, held)
        return Conservation(
            stage=self.stage.name,
            since=self.since,
            until=self.until,
            accounts=accounts,
            candidates=candidates,
            unread=unread,
            absent=absent,
        )

    def _read(self, spool: Spool) -> tuple[str, ...]:
        """Read all logs into the spool, and return the services whose logs do not exist."""

        def take(event: Event) -> None:
            for line in parse(event.text, event.at_ms):
                match line.what:
                    case OperatorAction.SCHEDULE_CANCELLED:
                        spool.cancelled.add(line.id)
                    case OperatorAction.REDRIVE_REFUSED | OperatorAction.REDO_REFUSED:
                        spool.refused[line.new_id or line.id] += 1
                if line.key:
                    spool.add(line)

        with progress("Read logs", len(self.groups)) as show:
            read = 0

            def done() -> None:
                nonlocal read
                read += 1
                show(read)

            groups = LogGroups(self.stage.client("logs"), self.sleep)
            groups.stream(dict.fromkeys(self.groups.values(), self.since), _PATTERN, take, done)
        return tuple(name for name, group in self.groups.items() if group in groups.absent)

    def _accounts(self, spool: Spool, names: frozenset[str], at: Moments) -> Accounts:
        in_time = [line for line in spool.schedule_changes if line.at <= at.until]
        ids = {each.id for line in in_time for each in line.scheduled}
        scheduled = ScheduledIds.of(spool.schedule_changes, {})
        keys = {an_id: key for key, an_id in scheduled.latest.items() if an_id in ids}
        pending = frozenset(an_id for an_id, key in keys.items() if schedule_name(key) in names)
        ended = (scheduled.superseded & ids) | (spool.cancelled & keys.keys())
        split = spool.split(keys | dict.fromkeys(ended, ""))
        soon = at.counted_at + at.grace  # a schedule that is gone long before its time was deleted
        due = {each.id: each.at for line in in_time for each in line.scheduled if each.at and each.at < soon}
        accounts = Accounts()
        for part, scheduled_here in zip(spool.parts(), split, strict=True):
            accounts.add(part, scheduled_here, pending, at, due)
        return accounts

    def _logged_since(self, counted_at: datetime, ids: Collection[str]) -> Counter[MessageKey]:
        """Those of some messages whose next step was logged while, or shortly before, queues were counted.

        Their line was not there when their log was read: CloudWatch Logs receives it some seconds later.
        """
        self.sleep(min(_LATE, self.grace).total_seconds())
        lock = Lock()
        found: Counter[MessageKey] = Counter()

        def take(event: Event) -> None:
            lines = [line for line in parse(event.text, event.at_ms) if line.key in ids]
            with lock:
                found.update(MessageKey(line.type or line.service, line.company_id, line.key) for line in lines)

        since = max(self.since, counted_at - self.grace)
        LogGroups(self.stage.client("logs"), self.sleep).stream(
            dict.fromkeys(self.groups.values(), since), _PATTERN, take
        )
        return found

    def _dead_letters(
        self, candidates: Iterable[Candidates], deployed: Collection[str]
    ) -> tuple[Counter[MessageKey], str]:
        """How many candidates SQS itself moved to a dead-letter queue, which no line says; or why nobody knows."""
        ids = _ids(candidates)
        if not ids:
            return Counter(), ""
        services = dict.fromkeys(queue for each in candidates for queue in each.queues if queue in deployed)
        try:
            wanted = [*services, *HOLDING_QUEUES]
            found = search(self.stage, wanted, lambda each: MessageKey.of_dead_letter(each).id in ids)
        except AwsError as error:
            if not error.denied:
                raise
            return Counter(), f"Dead-letter queues were not searched for them: {error}"
        return Counter(MessageKey.of_dead_letter(each.dead_letter) for each in found), ""


def _lost(accounts: Accounts, held: Mapping[str, int]) -> tuple[Candidates, ...]:
    """The open messages whose queues hold too few."""
    return tuple(each for each in compare(accounts.open, held) if each.lost)


def _ids(candidates: Iterable[Candidates]) -> frozenset[str]:
    return frozenset(message.finding.id for each in candidates for message in each.messages)


def _still_scheduled(accounts: Accounts, schedules: ScheduleGroup) -> Counter[MessageKey]:
    """Open messages whose schedules were set while others were listed, or that the emulator did not list."""
    missed = [each for each in accounts.open if each.finding.violation is Violation.UNSCHEDULED]
    found: Counter[MessageKey] = Counter()
    for each in missed:
        name = schedule_name(each.finding.detail)
        if name in schedules.names(name):
            found[each.finding.key] = each.count
    return found
