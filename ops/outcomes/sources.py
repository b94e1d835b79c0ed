"""Where outcomes are counted: by CloudWatch Logs Insights on AWS, line by line on stage `local`."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.outcomes.counts import LineCount
from ops.stage.deployed import LOCAL, DeployedStage
from ops.stage.insights import MAX_ROWS, Insights
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

OUTCOME_LINES = '"outcome"'
"""Filter pattern of all outcome lines; unlike one of JSON fields, the emulator obeys it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Outcome lines to count."""

    groups: tuple[str, ...]
    """Names of the log groups."""

    since: datetime
    until: datetime
    """Exclusive; on AWS to the second."""

    tenant: str = ""
    """A UUID; empty: all tenants."""


@dataclass(frozen=True, slots=True)
class FoundLines:
    """Counted outcome lines, and what counting them took."""

    counts: tuple[LineCount, ...]
    scanned_bytes: int | None = None
    """Bytes for which AWS charges; None where lines were read one by one."""

    is_cut: bool = False
    """Whether some are missing, because CloudWatch returns no more rows."""


def count_lines(
    stage: DeployedStage,
    search: Search,
    fields: Sequence[str],
    *,
    progress: Callable[[int], object] = lambda _bytes: None,
    sleep: Callable[[float], object] = time.sleep,
) -> FoundLines:
    """Count outcome lines by the values of some fields.

    Args:
        stage: the stage.
        search: the lines.
        fields: names of fields of log lines.
        progress: called with the bytes scanned so far.
        sleep: waits for some seconds.

    Raises:
        OperatorError: CloudWatch ended the query without a result.
        AwsError: AWS refuses or does not answer.
    """
    logs = stage.client("logs")
    if stage.name == LOCAL:
        lines = LogGroups(logs).lines(search.groups, search.since, OUTCOME_LINES)
        return FoundLines(counted(lines, search, fields))
    text = query(fields, search.tenant)
    found = Insights(logs, sleep).run(text, search.groups, since=search.since, until=search.until, progress=progress)
    return FoundLines(tuple(LineCount(row, int(row["lines"])) for row in found.rows), found.scanned_bytes, found.is_cut)


def query(fields: Sequence[str], tenant: str = "") -> str:
    """Return the query that counts outcome lines, the largest groups first.

    Args:
        fields: names of fields of log lines.
        tenant: a UUID, which cannot end the text that it stands in; empty: all tenants.
    """
    outcomes = ", ".join(f'"{each}"' for each in Outcome)
    of_tenant = f' and company_id = "{tenant}"' if tenant else ""
    return (
        f"filter outcome in [{outcomes}]{of_tenant}\n"
        f"| stats count(*) as lines by {', '.join(fields)}\n"
        f"| sort lines desc\n"
        f"| limit {MAX_ROWS}"
    )


def counted(lines: Iterable[LogLine], search: Search, fields: Sequence[str]) -> tuple[LineCount, ...]:
    """Count log lines as the query counts them."""
    found = Counter(
        tuple(_value(line, field) for field in fields)
        for line in lines
        if isinstance(line.what, Outcome)
        and search.since <= line.at < search.until
        and search.tenant in {"", line.company_id}
    )
    return tuple(LineCount(dict(zip(fields, values, strict=True)), lines) for values, lines in found.items())


def _value(line: LogLine, field: str) -> str:
    value: Any = line.what if field == "outcome" else getattr(line, field)
    return str(value)
