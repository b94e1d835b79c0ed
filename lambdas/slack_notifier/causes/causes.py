"""The causes of dead letters with a memory: which of them get a card in this run, and what is remembered then.

Without a card, one write adds the alerts to the cause, and they are deleted. For a card, a write claims the cause, the
card is posted, and another write adds the alerts and notes what was said: of two notifiers one posts. Alerts of a cause
that another notifier writes at the same time stay in the queue for the next run. A crash repeats a card or counts
alerts twice, and loses none.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from lambdas.common.budget import Context
from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.alerts.digest import Digest, split
from lambdas.slack_notifier.cards.card import Notice
from lambdas.slack_notifier.causes.decision import Decision, decide, decide_by_time
from lambdas.slack_notifier.causes.episodes import merged
from lambdas.slack_notifier.causes.report import CauseReport
from lambdas.slack_notifier.causes.table import CausesTable, TableAwayError
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.outages.backlog import QueueDepths
from lambdas.slack_notifier.runtime import NotifierRuntime
from schemas.causes import Cause

_MAX_MERGES = 5
"""Writes of operators, at most, that may come between a claim and the note of what was said."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A cause that this run posts about."""

    decision: Decision
    written: Cause
    """The item with the claim."""


class Causes:
    """The causes as one run of the notifier sees them."""

    def __init__(self, runtime: NotifierRuntime, context: Context, log: NotifierLog) -> None:
        """Know nothing yet; `take` reads the table."""
        environment = runtime.environment
        self._context = context
        self._log = log
        self._clock = runtime.now
        self._now = self._clock()
        self._table = CausesTable(runtime.client("dynamodb"), environment.causes_table_name, log)
        self._queue_url = environment.dead_letter_queue_url
        self._depths = QueueDepths(runtime.client("sqs"), self._queue_url)
        self._due: list[CauseReport] = []
        self._claims: dict[Key, _Claim] = {}

    def take(self, digest: Digest, *, is_drained: bool, has_time: Callable[[], bool]) -> Sequence[str]:
        """Take out of a digest the causes that are remembered; return the handles of the alerts that need no card.

        What stays in the digest gets a card in each run: drills, and all causes while the table is away.

        Args:
            digest: of this run.
            is_drained: whether the alerts queue was emptied; otherwise no cause counts as over.
            has_time: whether the run has time for further causes; the alerts of the others wait in the queue.
        """
        self._now = self._clock().replace(microsecond=0)
        try:
            remembered, is_complete = self._table.read()
        except TableAwayError:
            return []
        handles: list[str] = []
        with_alerts = {*digest.causes}
        for key, alerts in [*digest.causes.items()]:
            if alerts.is_drill or not (key in remembered or is_complete):
                continue
            del digest.causes[key]
            try:
                if has_time() and self._note_quietly(remembered.get(key), alerts):
                    handles += alerts.handles
            except TableAwayError:
                digest.causes[key] = alerts
        if is_drained:
            self._take_silent(memory for key, memory in remembered.items() if key not in with_alerts)
        return handles

    def ranked(self, digest: Digest) -> tuple[Sequence[CauseReport], Sequence[CauseReport]]:
        """Causes that each get a card, and causes that share one; highest priority first."""
        not_remembered = [CauseReport.of_run(alerts) for alerts in digest.causes.values()]
        due = [report for report in self._due if not report.is_over]
        return split(sorted([*not_remembered, *due], key=lambda report: report.priority, reverse=True))

    def over(self) -> tuple[Sequence[CauseReport], Sequence[CauseReport]]:
        """Causes that are over: those that each get a card, and those that share one."""
        return split(
            sorted((report for report in self._due if report.is_over), key=lambda report: report.cause.last_at)
        )

    def claim(self, reports: Iterable[CauseReport]) -> Sequence[CauseReport]:
        """Claim causes for a card; return those that it may report, the others are left to another notifier.

        If the table does not answer, the card reports the alerts of this run alone.
        """
        return [claimed for report in reports if (claimed := self._claim(report))]

    def said(self, notice: Notice) -> None:
        """Note what a card said about its causes; a notice about something else changes nothing."""
        for key in notice.causes:
            if claim := self._claims.pop(key, None):
                self._note(claim)

    def release(self) -> None:
        """Give up the claims of cards that were not posted, so that the next run posts them."""
        for claim in self._claims.values():
            with suppress(TableAwayError):
                self._table.write(self._next(claim.written))
        self._claims.clear()

    def _note_quietly(self, memory: Cause | None, alerts: AlertCause) -> bool:
        """Note alerts that need no card, and return whether they were; otherwise a card is due, or they wait."""
        if memory and memory.is_claimed(self._now):
            self._log.left(alerts)
            return False
        decision = decide(memory, alerts, self._now)
        if decision.has_card:
            self._due.append(self._report(decision, alerts))
            return False
        if self._table.write(self._next(decision.after)):
            self._log.left(alerts)
            return False
        self._log.quiet(alerts, why=decision.news, total=decision.after.total)
        return True

    def _take_silent(self, remembered: Iterable[Cause]) -> None:
        """Find the causes of which the time alone makes something else."""
        for memory in remembered:
            decision = None if memory.is_claimed(self._now) else decide_by_time(memory, self._now)
            if decision and decision.has_card:
                self._due.append(self._report(decision, None))
            elif decision:
                with suppress(TableAwayError):
                    self._table.write(self._next(decision.after))

    def _report(self, decision: Decision, alerts: AlertCause | None) -> CauseReport:
        return CauseReport.of(decision, alerts, self._queue_url(decision.after.service))

    def _claim(self, report: CauseReport) -> CauseReport | None:
        if report.decision is None:
            return report
        claimed = self._next(_unreported(report.decision))
        until = self._clock() + timedelta(milliseconds=self._context.get_remaining_time_in_millis())
        claimed = replace(claimed, claimed_until=until)
        try:
            lost = self._table.write(claimed)
        except TableAwayError:
            return CauseReport.of_run(report.alerts) if report.alerts else None
        if lost:
            if report.alerts:
                self._log.left(report.alerts)
            return None
        self._claims[report.cause.key] = _Claim(report.decision, claimed)
        waiting = self._depths.everything([report.cause.service])
        return replace(report, waiting=waiting.total if waiting.is_complete else None)

    def _note(self, claim: _Claim) -> None:
        after = claim.decision.after
        said = replace(after, revision=claim.written.revision, said_at=self._now, said_total=after.total)
        said = self._next(said)
        try:
            for _ in range(_MAX_MERGES):
                lost = self._table.write(said)
                if lost is None:
                    return
                if lost.current is None:
                    break
                said = merged(said, lost.current, since=claim.written)
        except TableAwayError:
            pass
        self._log.warn("not remembered in the table of causes", fingerprints=[after.fingerprint])

    def _next(self, cause: Cause) -> Cause:
        """Return the next revision of a cause, which nobody has claimed."""
        return replace(cause, revision=cause.revision + 1, writer=self._context.aws_request_id, claimed_until=None)


def _unreported(decision: Decision) -> Cause:
    """Return what the table has until a card is posted: what it had, or a cause without dead letters yet."""
    if decision.before:
        return decision.before
    return replace(decision.after, total=0, tenants=frozenset(), has_more_tenants=False)
