"""`trace`: find the journey of a message, and of every message that it caused, in the logs.

Logs are searched for the id, then for the correlation id, which every line of a chain has.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.stage import log_groups
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from ops.terminal.errors import OperatorError
from ops.terminal.output import notes, printable, show
from ops.terminal.times import moment
from ops.trace.journey import Node, journeys
from ops.trace.records import records
from ops.trace.tree import text
from schemas.message import ID_PATTERN
from schemas.names import SLACK_NOTIFIER
from schemas.reasons import Outcome
from schemas.ses import SES_EVENT

_MAX_CHAINS = 10
"""Maximum chains to follow: a message belongs to one, unless two producers used one id."""

_MAX_DEAD_LETTERS = 10
"""Maximum dead letters whose alerts are searched for; a chain has few."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceRequest:
    """The id to trace, and how far back to search."""

    an_id: str
    """A message id, an SQS message id or a correlation id."""

    since: str = "24h"


class LogSearch:
    """Searches the logs of a stage."""

    def __init__(self, stage: DeployedStage, *, since: datetime, on_log: Callable[[], object] = lambda: None) -> None:
        """Search from a time on; `on_log` is called for each log that has been read.

        Raises:
            OperatorError: there is no such stage here.
        """
        others = log_groups.of_audit_and_alerts(stage)
        self._notifier = {name: group for name, group in others.items() if name == SLACK_NOTIFIER}
        self.groups = log_groups.of_functions(stage) | {n: g for n, g in others.items() if n not in self._notifier}
        self._reader = LogGroups(stage.client("logs"))
        self._since = since
        self._on_log = on_log

    def lines(self, an_id: str) -> list[LogLine]:
        """Return all lines of the chains that an id belongs to; empty where no line names it.

        Raises:
            AwsError: AWS refuses.
        """
        found = self._chains_of(an_id)
        known = {line.id for line in found}
        reported = [each for line in found if line.type == SES_EVENT.name for each in line.follow_ups]
        for outcome in [each for each in reported if each not in known][:_MAX_CHAINS]:  # in the chain of its mail
            found += self._chains_of(outcome)
        return found + self._alerts(found)

    def _chains_of(self, an_id: str) -> list[LogLine]:
        found = [line for line in self._read(self.groups, an_id) if line.mentions(an_id)]
        chains = dict.fromkeys(line.correlation_id or line.id for line in found)
        for chain in [chain for chain in chains if chain and chain != an_id][:_MAX_CHAINS]:
            found += [line for line in self._read(self.groups, chain) if line.mentions(chain)]
        return found

    def _alerts(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """The notifier's lines about dead letters among some lines."""
        ids = dict.fromkeys(line.id for line in lines if line.what is Outcome.DEAD_LETTERED and line.id)
        alerts = [line for an_id in list(ids)[:_MAX_DEAD_LETTERS] for line in self._read(self._notifier, an_id)]
        return [line for line in alerts if line.id in ids]

    def _read(self, groups: Mapping[str, str], term: str) -> list[LogLine]:
        if not groups or not re.fullmatch(ID_PATTERN, term):
            return []
        return self._reader.lines(groups.values(), self._since, f'"{term}"', self._on_log)


def trace(stage: DeployedStage, request: TraceRequest) -> bool:
    """Show the journey that an id belongs to.

    Raises:
        OperatorError: there is no such stage or id, or AWS refuses.
    """
    now = datetime.now(UTC)
    since = moment(request.since, now)
    with _progress() as on_log:
        roots, logs = find_journeys(stage, request.an_id, since, on_log=on_log)
    if not roots:
        raise OperatorError(not_found(request.an_id, stage.name, since, logs))
    show(text(roots, asked=request.an_id, stage=stage.name, now=now), records(roots))
    return True


def find_journeys(
    stage: DeployedStage, an_id: str, since: datetime, *, on_log: Callable[[], object] = lambda: None
) -> tuple[tuple[Node, ...], int]:
    """Return the trees that contain an id, and the number of logs that were searched.

    Args:
        stage: the stage.
        an_id: a message id, an SQS message id or a correlation id.
        since: the time from which on logs are searched.
        on_log: called for each log that has been read.

    Raises:
        OperatorError: the id is invalid, there is no such stage here, or AWS refuses.
    """
    if not re.fullmatch(ID_PATTERN, an_id):
        raise OperatorError(
            f"{printable(an_id)!r} can be no id: ids have 1 to 128 letters, digits and the characters . _ : and -"
        )
    search = LogSearch(stage, since=since, on_log=on_log)
    trees = journeys(search.lines(an_id))
    matching = [tree for tree in trees if tree.has(an_id)]
    # A producer may give many messages one correlation id: a message's own id shows that message's tree alone, and for
    # a report of SES's, which is a chain of its own, the tree of the mail that it is about.
    reported = {
        each for tree in matching if tree.type == SES_EVENT.name for line in tree.lines for each in line.follow_ups
    }
    shown = tuple(tree for tree in trees if tree in matching or any(map(tree.has, reported)))
    return shown or trees, len(search.groups)


def not_found(an_id: str, stage: str, since: datetime, logs: int) -> str:
    """The message for an id that no log names, with the possible causes."""
    return (
        f"no log of stage {stage} names {an_id}: {logs} logs were searched, from {since:%Y-%m-%d %H:%M:%S} UTC on. "
        "It may be older (give a longer --since), belong to another stage, never have been accepted (check its "
        "producer's response), or still wait in a queue (`taly-async status`)"
    )


@contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    read = 0
    with notes.status("Reading the logs …") as status:

        def on_log() -> None:
            nonlocal read
            read += 1
            status.update(f"Reading the logs: {read} done …")

        yield on_log
