"""What to send to the team of a source whose messages are discarded: types, counts, errors and a command for the ids.

The text holds no personal data: errors are redacted where they are raised, and the ids stay in the exported file.
"""

import json
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ops.dead_letters.causes import CauseGroup, causes, one_line, presumed_error
from ops.dead_letters.remedies import remedy_of
from ops.dead_letters.search import FoundDeadLetter
from ops.terminal.output import counted, printable
from schemas.advice import sender
from schemas.message import UNKNOWN_SOURCE
from schemas.reasons import Remedy


def sender_notices(found: Iterable[FoundDeadLetter], *, stage: str, file: Path) -> Iterator[str]:
    """Yield a text for each sender whose turn it is.

    Args:
        found: the dead letters to discard.
        stage: the stage's name.
        file: the export that has their ids.
    """
    by_source: dict[str, list[FoundDeadLetter]] = {}
    for each in found:
        if remedy_of(each.dead_letter) is Remedy.DISCARD:
            by_source.setdefault(_named(each), []).append(each)
    for source, its in sorted(by_source.items()):
        yield "\n".join(_lines(source, its, stage, file))


def senders(found: Iterable[FoundDeadLetter]) -> list[dict[str, Any]]:
    """Count dead letters by type and sender, as JSON records."""
    counts: dict[tuple[str, str], int] = {}
    for each in found:
        key = each.service, _named(each)
        counts[key] = counts.get(key, 0) + 1
    return [{"type": name, "source": source, "count": count} for (name, source), count in counts.items()]


def _lines(source: str, found: list[FoundDeadLetter], stage: str, file: Path) -> Iterator[str]:
    is_its = f".source == {json.dumps(source)}" if source else f'(.source == "" or .source == "{UNKNOWN_SOURCE}")'
    ids = shlex.quote(f'select(.remedy == "{Remedy.DISCARD}" and {is_its}) | .id')
    yield f"Text for the sender ({sender(source)}). Ids: jq -r {ids} {shlex.quote(printable(str(file)))}"
    messages = counted(len(found), "message")
    yield f"  {messages} could not be processed in stage {stage}. Please correct them and publish them anew:"
    yield from map(_cause_line, causes(found))


def _named(found: FoundDeadLetter) -> str:
    """The source that a dead letter names; empty where it names none."""
    source = found.dead_letter.source
    return "" if source == UNKNOWN_SOURCE else source


def _cause_line(cause: CauseGroup) -> str:
    record = cause.record()
    types = ", ".join(record["message_types"]) or "an unreadable type"
    error = one_line(cause.error) or presumed_error(cause.service)
    when = f"{record['first']} to {record['last']}" if record["first"] != record["last"] else record["first"]
    return f"  - {record['count']:,} of {types}, {when}: {error}"
