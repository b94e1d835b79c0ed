"""`conserve`: what the scan costs, then the numbers, then the messages that are lost or were done twice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ops.conserve.conserve import Check, Conservation
from ops.conserve.queues import Candidates
from ops.conserve.reconciliation import Finding
from ops.conserve.scan import Scan
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.times import duration, minute, moment, span
from schemas.pauses import QUEUE_RETENTION

_SHOWN = 100
"""Messages of a group that a terminal shows; `--json` has all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConserveRequest:
    """The range of time to check, as typed."""

    since: str = "24h"
    until: str = ""
    grace: str = "10m"


def conserve(
    stage: DeployedStage, request: ConserveRequest, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> bool:
    """Show whether the stage lost a message or did something twice; return whether it did neither.

    Args:
        stage: the stage.
        request: the range.
        now: returns the time.

    Raises:
        OperatorError: there is no such stage or range, or AWS refuses.
    """
    since, until = _range(request, now())
    grace = duration(request.grace)
    if grace > QUEUE_RETENTION:
        raise OperatorError(f"a grace of {request.grace} is longer than a queue keeps a message: give 7d at most")
    check = Check(stage=stage, since=since, until=until, grace=grace, now=now)
    scan = check.scan()
    notes.print(Text(scan.sentence(), "dim"), soft_wrap=True)
    result = check.run()
    show(text(result, check.grace), records(result, scan))
    return result.holds


def _range(request: ConserveRequest, now: datetime) -> tuple[datetime, datetime]:
    since = moment(request.since, now)
    until = moment(request.until, now) if request.until else now
    if since >= until:
        raise OperatorError(f"the range ends before it begins: {minute(since)} is not before {minute(until)}")
    return since, until


def text(result: Conservation, grace: timedelta) -> Iterator[RenderableType]:
    """The result for a terminal."""
    accounts = result.accounts
    waiting = {
        "scheduled": accounts.scheduled,
        f"with a next step due less than {span(grace)} ago": accounts.under_way,
        "in queues": result.in_queues,
    }
    parts = ", ".join(f"{number:,} {where}" for where, number in waiting.items() if number)
    table = Table(
        title=f"Messages of stage {result.stage}", title_justify="left", box=None, pad_edge=False, show_header=False
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    table.add_row("accepted", f"{accounts.accepted:,}", f"{minute(result.since)} to {minute(result.until)}")
    table.add_row("ended", f"{accounts.ended:,}", "done, skipped, a duplicate or dead-lettered")
    table.add_row("waiting", f"{sum(waiting.values()):,}", parts)
    table.add_row("lost", f"{result.lost:,}", "")
    table.add_row("doubled", f"{len(accounts.doubled):,}", "")
    yield table
    for name in result.absent:
        yield Text.assemble(
            ("✗ ", "red"),
            f"the log of {name} does not exist: what became of its messages is not known. Deploy the stage again",
        )
    if not accounts.accepted:
        yield Text("No log names a message that was accepted in this range, so nothing is proved.", "yellow")
    elif result.holds:
        yield Text.assemble(("✓ ", "green"), "nothing was lost, and no job succeeded twice")
    for each in result.candidates:
        yield from _candidates(each, result.stage)
    if result.unread:
        yield printable(result.unread)
    if accounts.doubled:
        yield Text.assemble(("✗ ", "red"), f"{counted(len(accounts.doubled), 'job')} succeeded more than once")
        yield from _findings(accounts.doubled)


def _candidates(candidates: Candidates, stage: str) -> Iterator[RenderableType]:
    held = counted(candidates.held, "message")
    queues = ", ".join(candidates.queues)
    if candidates.lost == candidates.count:
        named = f"{counted(candidates.count, 'message')} lost"
    else:
        named = f"{candidates.lost:,} of these {candidates.count:,} messages lost"
    yield Text.assemble(("✗ ", "red"), printable(f"{named}: no end in the logs, and {held} in the queues of {queues}"))
    yield from _findings([each.finding for each in candidates.messages])
    yield printable(
        f"  taly-async trace {candidates.messages[0].finding.id} --stage {stage} shows what happened before"
    )


def _findings(findings: list[Finding]) -> Iterator[str]:
    for finding in findings[:_SHOWN]:
        yield printable(f"  {finding.sentence()}")
    if len(findings) > _SHOWN:
        yield f"  and {len(findings) - _SHOWN:,} more: --json names all"


def records(result: Conservation, scan: Scan) -> Iterator[Mapping[str, Any]]:
    """The result as JSON: the numbers, then each message that is or may be lost, then each job done twice."""
    accounts = result.accounts
    yield {
        "stage": result.stage,
        "since": result.since.isoformat(),
        "until": result.until.isoformat(),
        "bytes": scan.bytes,
        "accepted": accounts.accepted,
        "ended": accounts.ended,
        "scheduled": accounts.scheduled,
        "under_way": accounts.under_way,
        "in_queues": result.in_queues,
        "lost": result.lost,
        "doubled": len(accounts.doubled),
        **({"unread": result.unread} if result.unread else {}),
        **({"absent_logs": list(result.absent)} if result.absent else {}),
    }
    for each in result.candidates:
        for message in each.messages:
            yield {
                **_record(message.finding),
                "last_at": message.last_at.isoformat(),
                "queues": list(each.queues),
                "held": each.held,
                "candidates": each.count,
                "lost": each.lost,
            }
    yield from map(_record, accounts.doubled)


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "violation": finding.violation.name.lower(),
        "id": finding.id,
        "type": finding.key.type,
        "company_id": finding.key.company_id,
        "detail": finding.detail,
    }
