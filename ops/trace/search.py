"""`trace`: find the journey of a message, and of every message that it caused, in the logs.

Logs are searched for the id, then for the correlation id, which every line of a chain has. For a subject, such as a
booking, the lines that name it give the chains.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text
from rich.tree import Tree

from ops.stage import log_groups
from ops.stage.deployed import DeployedStage
from ops.stage.log_groups import LogGroups
from ops.stage.log_lines import LogLine
from ops.terminal.errors import OperatorError
from ops.terminal.output import counted, notes, printable, show
from ops.terminal.times import moment
from ops.trace.journey import Node, journeys
from ops.trace.notifications import support_lines
from ops.trace.records import records
from ops.trace.subjects import SERVICES, Subject, subject_in
from ops.trace.tree import text
from schemas.message import ID_PATTERN
from schemas.names import SLACK_NOTIFIER
from schemas.reasons import Outcome
from schemas.ses import SES_EVENT

_MAX_CHAINS = 10
"""Maximum chains to follow: a message belongs to one, unless two producers used one id."""

_MAX_CHAINS_OF_SUBJECT = 20
"""Maximum chains of a subject to follow, the latest ones: an endpoint has one for each webhook."""

_MAX_DEAD_LETTERS = 10
"""Maximum dead letters whose alerts and redrives are searched for; a chain has few."""

_MAX_PATTERN = 1_024
"""Characters of a filter pattern (CloudWatch Logs, FilterLogEvents)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceRequest:
    """The id or subject to trace, and how far back to search."""

    asked: str
    """A message id, an SQS message id, a correlation id, or a subject such as `booking/0b7e3c52-…`."""

    since: str = "24h"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundJourneys:
    """The trees that contain an id or a subject."""

    asked: str
    """The id or the subject, as log lines name it."""

    roots: tuple[Node, ...]
    logs: int
    """The number of logs that were searched."""

    older: int = 0
    """The number of the subject's earlier chains, which were not read."""


class LogSearch:
    """Searches the logs of a stage."""

    def __init__(self, stage: DeployedStage, *, since: datetime, on_log: Callable[[], object] = lambda: None) -> None:
        """Search from a time on; `on_log` is called for each log that has been read.

        Raises:
            OperatorError: there is no such stage here.
        """
        others = log_groups.of_audit_and_alerts(stage)
        self._alerts_and_actions = others
        self.groups = log_groups.of_functions(stage) | {n: g for n, g in others.items() if n != SLACK_NOTIFIER}
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
        return found + self._about_dead_letters(found)

    def lines_about(self, subject: Subject) -> tuple[list[LogLine], int]:
        """Return all lines of a subject's latest chains, and the number of its earlier chains.

        Raises:
            AwsError: AWS refuses.
        """
        groups = [self.groups[name] for name in self.groups if name in SERVICES[subject.kind]]
        found = self._matching(groups, f"{{ {subject.condition} }}")
        found = sorted((line for line in found if line.subject == str(subject)), key=lambda line: line.at, reverse=True)
        chains = [chain for chain in dict.fromkeys(line.correlation_id for line in found) if chain]
        latest = chains[:_MAX_CHAINS_OF_SUBJECT]
        for pattern in _chain_patterns(latest):
            lines = self._matching(self.groups.values(), pattern)
            found += [line for line in lines if line.correlation_id in latest or line.id in latest]
        older = set(chains) - set(latest)
        found = [line for line in found if line.correlation_id not in older]
        return found + self._about_dead_letters(found), len(older)

    def _chains_of(self, an_id: str) -> list[LogLine]:
        found = [line for line in self._read(self.groups, an_id) if line.mentions(an_id)]
        chains = dict.fromkeys(line.correlation_id or line.id for line in found)
        for chain in [chain for chain in chains if chain and chain != an_id][:_MAX_CHAINS]:
            found += [line for line in self._read(self.groups, chain) if line.mentions(chain)]
        return found

    def _about_dead_letters(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """The alerts about dead letters among some lines, and operators' actions on them, which name no chain."""
        ids = dict.fromkeys(line.id for line in lines if line.what is Outcome.DEAD_LETTERED and line.id)
        groups = self._alerts_and_actions
        about = [line for an_id in list(ids)[:_MAX_DEAD_LETTERS] for line in self._read(groups, an_id)]
        return [line for line in about if line.id in ids]

    def _read(self, groups: Mapping[str, str], term: str) -> list[LogLine]:
        if not groups or not re.fullmatch(ID_PATTERN, term):
            return []
        return self._matching(groups.values(), f'"{term}"')

    def _matching(self, groups: Iterable[str], pattern: str) -> list[LogLine]:
        return self._reader.lines(groups, self._since, pattern, self._on_log)


def _chain_patterns(chains: Sequence[str]) -> Iterator[str]:
    """Yield filter patterns that match the lines of these chains: the first message's lines name its id alone."""
    conditions = ""
    for chain in filter(re.compile(ID_PATTERN).fullmatch, chains):
        more = f'$.correlation_id = "{chain}" || $.id = "{chain}"'
        if conditions and len(f"{{ {conditions} || {more} }}") > _MAX_PATTERN:
            yield f"{{ {conditions} }}"
            conditions = ""
        conditions += f" || {more}" if conditions else more
    if conditions:
        yield f"{{ {conditions} }}"


def trace(stage: DeployedStage, request: TraceRequest) -> bool:
    """Show the journey that an id belongs to, or the journeys of a subject.

    Raises:
        OperatorError: there is no such stage, id or subject, or AWS refuses.
    """
    now = datetime.now(UTC)
    since = moment(request.since, now)
    with _progress() as on_log:
        found = find_journeys(stage, request.asked, since, on_log=on_log)
    if not found.roots:
        raise OperatorError(not_found(request.asked, stage.name, since, found.logs))
    if found.older:
        notes.print(Text(f"{counted(found.older, 'earlier chain')} of {printable(request.asked)} not shown", "yellow"))
    show(_lines(found, stage.name, now), records(found.roots, now))
    return True


def _lines(found: FoundJourneys, stage: str, now: datetime) -> Iterator[Tree | Text]:
    yield from support_lines(found.roots, now)
    yield from text(found.roots, asked=found.asked, stage=stage, now=now)


def find_journeys(
    stage: DeployedStage, asked: str, since: datetime, *, on_log: Callable[[], object] = lambda: None
) -> FoundJourneys:
    """Find the trees that contain an id or a subject.

    Args:
        stage: the stage.
        asked: a message id, an SQS message id, a correlation id, or a subject such as `booking/0b7e3c52-…`.
        since: the time from which on logs are searched.
        on_log: called for each log that has been read.

    Raises:
        OperatorError: the id or the subject is invalid, there is no such stage here, or AWS refuses.
    """
    subject = subject_in(asked)
    if not subject and not re.fullmatch(ID_PATTERN, asked):
        raise OperatorError(
            f"{printable(asked)!r} can be no id: ids have 1 to 128 letters, digits and the characters . _ : and -"
        )
    search = LogSearch(stage, since=since, on_log=on_log)
    if subject:
        lines, older = search.lines_about(subject)
        roots = tuple(tree for tree in journeys(lines) if tree.has(str(subject)))
        logs = len(SERVICES[subject.kind] & search.groups.keys())
        return FoundJourneys(asked=str(subject), roots=roots, logs=logs, older=older)
    trees = journeys(search.lines(asked))
    matching = [tree for tree in trees if tree.has(asked)]
    # A producer may give many messages one correlation id: a message's own id shows that message's tree alone, and for
    # a report of SES's, which is a chain of its own, the tree of the mail that it is about.
    reported = {
        each for tree in matching if tree.type == SES_EVENT.name for line in tree.lines for each in line.follow_ups
    }
    shown = tuple(tree for tree in trees if tree in matching or any(map(tree.has, reported)))
    return FoundJourneys(asked=asked, roots=shown or trees, logs=len(search.groups))


def not_found(asked: str, stage: str, since: datetime, logs: int) -> str:
    """The message for an id or a subject that no log names, with the possible causes."""
    return (
        f"no log of stage {stage} names {printable(asked)}: {logs} logs were searched, from "
        f"{since:%Y-%m-%d %H:%M:%S} UTC on. It may be older (give a longer --since), belong to another stage, "
        "never have been accepted (check its producer's response), or still wait in a queue (`taly-async status`)"
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
