"""Check that a deployed stage lost no message: read queues and schedules, then logs, then compare.

Queues and schedules are read first: a message that leaves them meanwhile has a line in the logs that are read later.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ops.conserve.accounts import Accounts, Moments, OpenMessage
from ops.conserve.queues import Candidates, compare, read_counts
from ops.conserve.reconciliation import ScheduledIds, Violation
from ops.conserve.scan import Scan, read_scan
from ops.conserve.spool import Spool
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import search
from ops.schedules.schedules import ScheduleGroup
from ops.stage import log_groups
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import Event, LogGroups
from ops.stage.log_lines import parse
from ops.stage.services import HOLDING_QUEUES
from ops.terminal.progress import progress
from schemas.names import AUDIT
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
        """Whether nothing was lost or done twice."""
        return not self.lost and not self.accounts.doubled


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
    """Log groups of the functions and of operators' actions, by service."""

    def __post_init__(self) -> None:
        """Find the log groups.

        Raises:
            OperatorError: there is no such stage here, or AWS refuses.
        """
        others = log_groups.of_audit_and_alerts(self.stage)
        audit = {AUDIT: others[AUDIT]} if others else {}
        object.__setattr__(self, "groups", log_groups.of_functions(self.stage) | audit)

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
            self._read(spool)
            accounts = self._accounts(spool, names, Moments(until=self.until, counted_at=counted_at, grace=self.grace))
        accounts.open = self._without_schedule(accounts, schedules, counted_at)
        held = {name: max(0, count.total - accounts.delayed[name]) for name, count in counts.items()}
        candidates = [each for each in compare(accounts.open, held) if each.lost]
        dead, unread = self._dead_letters(candidates)
        if dead:
            accounts.ended += sum(each.count for each in accounts.open if each.finding.id in dead)
            accounts.open = [each for each in accounts.open if each.finding.id not in dead]
            candidates = [each for each in compare(accounts.open, held) if each.lost]
        return Conservation(
            stage=self.stage.name,
            since=self.since,
            until=self.until,
            accounts=accounts,
            candidates=tuple(candidates),
            unread=unread,
        )

    def _read(self, spool: Spool) -> None:
        audit = self.groups.get(AUDIT, "")

        def take(event: Event) -> None:
            new_id = _new_id(event.text) if event.group == audit else ""
            for line in parse(event.text, event.at_ms):
                if line.key:
                    spool.add(line, new_id)

        with progress("Read logs", len(self.groups)) as show:
            read = 0

            def done() -> None:
                nonlocal read
                read += 1
                show(read)

            LogGroups(self.stage.client("logs"), self.sleep).stream(
                dict.fromkeys(self.groups.values(), self.since), _PATTERN, take, done
            )

    def _accounts(self, spool: Spool, names: frozenset[str], at: Moments) -> Accounts:
        in_time = [line for line in spool.schedule_changes if line.at <= at.until]
        ids = {each.id for line in in_time for each in line.scheduled}
        scheduled = ScheduledIds.of(spool.schedule_changes, {})
        keys = {an_id: key for key, an_id in scheduled.latest.items() if an_id in ids}
        pending = frozenset(an_id for an_id, key in keys.items() if schedule_name(key) in names)
        split = spool.split(dict.fromkeys(scheduled.superseded & ids, "") | keys)
        accounts = Accounts()
        for part, scheduled_here in zip(spool.parts(), split, strict=True):
            accounts.add(part, scheduled_here, pending, at)
        return accounts

    def _without_schedule(
        self, accounts: Accounts, schedules: ScheduleGroup, counted_at: datetime
    ) -> list[OpenMessage]:
        """Leave out messages whose schedule was set while others were listed, or was run while logs were read."""
        missed = [each for each in accounts.open if each.finding.violation is Violation.UNSCHEDULED]
        if not missed:
            return accounts.open
        names = {each.finding.id: schedule_name(each.finding.detail) for each in missed}
        pending = {an_id for an_id, name in names.items() if name in schedules.names(name)}
        accounts.scheduled += len(pending)
        left = names.keys() - pending
        begun = self._logged_since(counted_at, left) if left else set()
        accounts.under_way += len(begun)
        return [each for each in accounts.open if each.finding.id not in pending | begun]

    def _logged_since(self, counted_at: datetime, ids: Iterable[str]) -> set[str]:
        """Those of some messages that have a line by now: their schedules ran just before they were listed."""
        self.sleep(_LATE.total_seconds())
        wanted, found = set(ids), set[str]()

        def take(event: Event) -> None:
            found.update(line.id for line in parse(event.text, event.at_ms) if line.id in wanted)

        LogGroups(self.stage.client("logs"), self.sleep).stream(
            dict.fromkeys(self.groups.values(), counted_at - self.grace), _PATTERN, take
        )
        return found

    def _dead_letters(self, candidates: Iterable[Candidates]) -> tuple[set[str], str]:
        """Those candidates that SQS itself moved to a dead-letter queue, which no line says; or why nobody knows."""
        ids = {message.finding.id for each in candidates for message in each.messages}
        if not ids:
            return set(), ""
        services = dict.fromkeys(queue for each in candidates for queue in each.queues)
        try:
            found = search(self.stage, [*services, *HOLDING_QUEUES], lambda dead_letter: _key(dead_letter) in ids)
        except AwsError as error:
            if not error.denied:
                raise
            return set(), f"Dead-letter queues were not searched for them: {error}"
        return {_key(each.dead_letter) for each in found}, ""


def _key(dead_letter: DeadLetter) -> str:
    return dead_letter.id or dead_letter.sqs_message_id


def _new_id(text: str) -> str:
    """The id under which an operator published a message again, by a line of the audit log; else empty."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    redone = isinstance(fields, dict) and fields.get("message") == OperatorAction.REDONE
    new_id = fields.get("new_id") if redone else ""
    return new_id if isinstance(new_id, str) else ""
