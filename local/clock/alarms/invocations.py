"""Invocations, as a function's log tells of them.

The emulator counts those that its Invoke API is asked for, as CloudWatch does, and not those that an event source
mapping makes. Of these only the platform's lines tell (ministack 1.5.33, `_emit_lambda_logs`): each invocation has a
log stream of its own, in which START, what the function said, END and REPORT are written at once when it is over.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from local.log_tail import LogEvent

_END = re.compile("END RequestId: .*")
_PLATFORM = re.compile("(START|END|REPORT) RequestId: .*")

_FAILURE = re.compile(
    r"Traceback \(most recent call last\):"  # what it raised; a function that logs an exception does so as JSON
    r"|Task timed out after \d+\.\d\d seconds"
    r"|Worker process died"  # its process ended: a crash, too little memory
    r"|Worker returned no response"
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One that is over."""

    failed: bool
    """Whether its log says so."""

    silent: bool
    """Whether nothing was said. A function that cannot be imported says nothing, and neither does an empty batch."""


def invocations(events: Iterable[LogEvent]) -> list[Invocation]:
    """The invocations of one function that ended, of the events of its log."""
    streams: defaultdict[str, list[str]] = defaultdict(list)
    found: list[Invocation] = []
    for event in events:
        lines = streams[event.stream]
        if _END.fullmatch(event.message):
            found.append(Invocation(any(map(_FAILURE.fullmatch, lines)), not lines))
            lines.clear()
        elif not _PLATFORM.fullmatch(event.message):
            lines.append(event.message)
    return found
