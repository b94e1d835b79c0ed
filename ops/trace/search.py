"""`trace`: the journey of a message and of everything it caused, from the logs.

Logs are searched for the id, then for the id of the chain, which every line of a chain has.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CHAINS = 10
"""Chains that are followed: a message is of one, unless two producers gave two messages one id."""

_MOST_LETTERS = 10
"""Dead letters of which it is looked up who was told: a card names more, and a chain has few."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceRequest:
    """What is asked for."""

    an_id: str
    """Of a message, of SQS's, or of a chain."""

    since: str = "24h"


class Search:
    """Looks through the logs of a stage."""

    def __init__(self, stage: DeployedStage, *, since: datetime, done: Callable[[], object] = lambda: None) -> None:
        """Search from a time on; `done` is told of each log that is read.

        Raises:
            OperatorError: there is no such stage here.
        """
        people = log_groups.of_audit_and_alerts(stage)
        self._notifier = {name: group for name, group in people.items() if name == SLACK_NOTIFIER}
        self.groups = log_groups.of_functions(stage) | {n: g for n, g in people.items() if n not in self._notifier}
        self._reader = LogGroups(stage.client("logs"))
        self._since = since
        self._done = done

    def lines(self, an_id: str) -> list[LogLine]:
        """All that is said of the chains that an id belongs to; empty where it is unknown.

        Raises:
            AwsError: AWS refuses.
        """
        found = [line for line in self._about(an_id) if line.mentions(an_id)]
        chains = dict.fromkeys(line.correlation_id or line.id for line in found)
        for chain in [chain for chain in chains if chain and chain != an_id][:_MOST_CHAINS]:
            found += [line for line in self._about(chain) if line.mentions(chain)]
        return found + self._told(found)

    def _about(self, an_id: str) -> list[LogLine]:
        return self._read(self.groups, an_id)

    def _told(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """That people were told of what was given up."""
        letters = dict.fromkeys(line.id for line in lines if line.what is Outcome.DEAD_LETTERED and line.id)
        told = [line for letter in list(letters)[:_MOST_LETTERS] for line in self._read(self._notifier, letter)]
        return [line for line in told if line.id in letters]

    def _read(self, groups: Mapping[str, str], term: str) -> list[LogLine]:
        if not groups or not re.fullmatch(ID_PATTERN, term):
            return []
        return self._reader.lines(groups.values(), self._since, f'"{term}"', self._done)


def trace(stage: DeployedStage, request: TraceRequest) -> bool:
    """Show the journey that an id belongs to.

    Raises:
        OperatorError: there is no such stage or id, or AWS refuses.
    """
    now = datetime.now(UTC)
    since = moment(request.since, now)
    with _progress() as done:
        roots, logs = found(stage, request.an_id, since, done=done)
    if not roots:
        raise OperatorError(unknown(request.an_id, stage.name, since, logs))
    show(text(roots, asked=request.an_id, stage=stage.name, now=now), records(roots))
    return True


def found(
    stage: DeployedStage, an_id: str, since: datetime, *, done: Callable[[], object] = lambda: None
) -> tuple[tuple[Node, ...], int]:
    """The trees that an id is in, and how many logs were looked through; `done` is told of each log that is read.

    Raises:
        OperatorError: it can be no id, there is no such stage here, or AWS refuses.
    """
    if not re.fullmatch(ID_PATTERN, an_id):
        raise OperatorError(
            f"{printable(an_id)!r} can be no id: ids have 1 to 128 letters, digits and the characters . _ : and -"
        )
    search = Search(stage, since=since, done=done)
    trees = journeys(search.lines(an_id))
    holding = tuple(tree for tree in trees if tree.has(an_id))
    # A producer may give many messages one chain: whoever asks for one of them is shown that one's tree alone.
    return holding or trees, len(search.groups)


def unknown(an_id: str, stage: str, since: datetime, logs: int) -> str:
    """What may be the matter with an id of which nothing is said."""
    return (
        f"no log of stage {stage} says anything of {an_id}: {logs} logs were looked through, "
        f"from {since:%Y-%m-%d %H:%M:%S} UTC on. It may be older (give a longer --since), of another stage, never have "
        "been accepted (what did its producer get for an answer?), or still wait in a queue (`taly-async status`)"
    )


@contextmanager
def _progress() -> "Iterator[Callable[[], None]]":
    read = 0
    with notes.status("Read the logs …") as status:

        def done() -> None:
            nonlocal read
            read += 1
            status.update(f"Read the logs: {read} …")

        yield done
