"""`outcomes`: count the outcomes of deliveries, by type and other dimensions."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

from ops.cost.prices import INSIGHTS_BYTE
from ops.dead_letters.filters import FilterTexts
from ops.outcomes.counts import counted_fields, dimensions, rows
from ops.outcomes.sources import FoundLines, Search, count_lines
from ops.outcomes.view import records, text
from ops.stage import log_groups
from ops.stage.deployed import DeployedStage
from ops.terminal.output import counted, notes, show, size


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomesRequest:
    """Outcomes to count, as typed."""

    by: str = "type,outcome"
    types: tuple[str, ...] = ()
    """Types, or `queue_processor`; none: all."""

    tenant: str | None = None
    since: str = "24h"
    until: str | None = None


def outcomes(
    stage: DeployedStage,
    request: OutcomesRequest,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Show how many deliveries had which outcome.

    Raises:
        OperatorError: an option is invalid, there is no such stage or type, or AWS refuses.
    """
    by = dimensions(request.by)
    began = now()
    filters = FilterTexts(tenant=request.tenant, since=request.since, until=request.until or "0s").read(began)
    since, until = filters.since or began, filters.until or began
    groups = tuple(log_groups.of_functions(stage, request.types).values())
    search = Search(groups=groups, since=since, until=until, tenant=filters.tenant)
    with notes.status("Counting the outcomes in the logs …") as status:
        found = count_lines(
            stage,
            search,
            counted_fields(by),
            progress=lambda scanned: status.update(f"Counting the outcomes in the logs: {size(scanned)} read …"),
            sleep=sleep,
        )
    counts = rows(found.counts, by)
    heading = f"Outcomes of stage {stage.name}, {since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC"
    show(text(counts, by, heading), records(counts, by))
    _note(found, len(groups))
    return True


def _note(found: FoundLines, groups: int) -> None:
    """Print what counting cost, and whether something is missing."""
    read = f"Read {counted(groups, 'log')}"
    if found.scanned_bytes is not None:
        dollars = found.scanned_bytes * INSIGHTS_BYTE
        read += f": CloudWatch scanned {size(found.scanned_bytes)}, for ${dollars:.4f} at the price of us-east-1"
    notes.print(Text(f"{read}.", "dim"), soft_wrap=True)
    if found.is_cut:
        notes.print(
            Text(
                "There are more groups of values than CloudWatch returns, and the smallest are missing: give a --type, "
                "a --tenant or a shorter time.",
                "yellow",
            ),
            soft_wrap=True,
        )
