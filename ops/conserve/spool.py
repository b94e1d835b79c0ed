"""Log lines by message, in temporary files: millions of lines are reconciled in parts that fit into memory.

Log groups are read one after the other, so the line that ends a message may come long before the one that announces
it. A part holds everything about its messages, because messages are assigned to parts by id.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, Self

from ops.stage.log_lines import LogLine
from schemas.catalogue import BY_NAME
from schemas.reasons import OperatorAction, Outcome
from schemas.schedule_names import schedule_name

_PARTS = 64
"""One part in memory at a time: of ten million lines, 160,000."""

_YEARS = range(2000, 9000)

_IN_MEMORY = 256 * 1024
"""Bytes of a part that are kept in memory before a file is made."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message that a log line announces as put on the bus."""

    id: str
    at: datetime
    types: frozenset[str]
    """The types that the message can have: the line names its id alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """All that is known about some messages."""

    lines: list[LogLine]
    """Outcomes and operators' actions."""

    announcements: list[Announcement]


class Spool:
    """Takes log lines in any order from several threads, and returns them by message."""

    def __init__(self, parts: int = _PARTS) -> None:
        """Create empty parts; their files are deleted when the spool's `with` statement ends."""
        self._open = ExitStack()
        self._files = [
            self._open.enter_context(SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8"))  # noqa: SIM115 the stack closes it
            for _ in range(parts)
        ]
        self._lock = Lock()
        self.lines = 0
        """The number of lines taken."""

        self.schedule_changes: list[LogLine] = []
        """What was scheduled or cancelled, without anything else of the lines: a key's changes belong together."""

        self.cancelled: set[str] = set()
        """Ids of messages whose schedules an operator cancelled."""

        self.refused: Counter[str] = Counter()
        """How often AWS refused what operators redrove, by id, or published again, by new id."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, line: LogLine) -> None:
        """Take a line.

        What no function of ours wrote is left out: lines of another age, schedules under impossible keys, and the
        follow-ups of operators' actions.
        """
        if line.at.year not in _YEARS:
            return
        records = [(line.key, _of_line(line))]
        if line.follow_ups and isinstance(line.what, Outcome):
            emits = sorted(each.name for each in BY_NAME[line.service].emits) if line.service in BY_NAME else []
            records += [(each, _announcement(each, line.at, emits)) for each in line.follow_ups]
        if line.what is OperatorAction.REDONE and line.new_id:
            records.append((line.new_id, _announcement(line.new_id, line.at, [line.service])))
        with self._lock:
            self.lines += 1
            for key, record in records:
                self._files[self.part_of(key)].write(record)
            scheduled = tuple(each for each in line.scheduled if _is_key(each.key))
            unscheduled = tuple(filter(_is_key, line.unscheduled))
            if scheduled or unscheduled:
                self.schedule_changes.append(
                    LogLine(at=line.at, what=line.what, scheduled=scheduled, unscheduled=unscheduled)
                )

    def part_of(self, an_id: str) -> int:
        """The number of the part with everything about a message."""
        return hash(an_id) % len(self._files)

    def split(self, ids: Mapping[str, str]) -> list[dict[str, str]]:
        """Distribute values by id among the parts."""
        split: list[dict[str, str]] = [{} for _ in self._files]
        for an_id, value in ids.items():
            split[self.part_of(an_id)][an_id] = value
        return split

    def parts(self) -> Iterator[Part]:
        """Read the parts, one after the other."""
        for file in self._files:
            file.seek(0)
            yield _without_refused(_part(file), Counter(self.refused))


def _without_refused(part: Part, refused: Counter[str]) -> Part:
    """Leave out as many redrives and announcements as AWS refused; the same may be sent later."""

    def is_refused(an_id: str) -> bool:
        refused[an_id] -= 1
        return refused[an_id] >= 0

    return Part(
        [each for each in part.lines if each.what is not OperatorAction.REDRIVEN or not is_refused(each.id)],
        [each for each in part.announcements if not is_refused(each.id)],
    )


def _is_key(key: str) -> bool:
    try:
        schedule_name(key)
    except ValueError:
        return False
    return True


def _of_line(line: LogLine) -> str:
    at_ms = round(line.at.timestamp() * 1000)
    return _record(
        (
            *(at_ms, line.what, line.service, line.id, line.type, line.sqs_message_id),
            *(line.company_id, line.causation_id, line.delay),
        )
    )


def _announcement(an_id: str, at: datetime, types: list[str]) -> str:
    return _record((round(at.timestamp() * 1000), an_id, types))


def _record(values: tuple[Any, ...]) -> str:
    return json.dumps(values, separators=(",", ":")) + "\n"


def _part(records: Iterable[str]) -> Part:
    part = Part([], [])
    for record in records:
        at_ms, *values = json.loads(record)
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        match values:
            case [an_id, types]:
                part.announcements.append(Announcement(an_id, at, frozenset(types)))
            case [what, service, an_id, type_name, sqs_message_id, company_id, causation_id, delay]:
                part.lines.append(
                    LogLine(
                        at=at,
                        what=Outcome(what) if what in _OUTCOMES else OperatorAction(what),
                        service=service,
                        id=an_id,
                        type=type_name,
                        sqs_message_id=sqs_message_id,
                        company_id=company_id,
                        causation_id=causation_id,
                        delay=delay,
                    )
                )
    return part


_OUTCOMES = frozenset(Outcome)
