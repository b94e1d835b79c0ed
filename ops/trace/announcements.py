"""Follow-ups, as the lines of the messages that caused them announce them: published, scheduled or cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ops.stage.log_lines import LogLine, in_effect
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import OperatorAction, Outcome


class MessageState(StrEnum):
    """The state of a message, as far as the logs show it."""

    SEEN = "seen"
    """Log lines say what became of the message."""

    PUBLISHED = "published"
    """Another message's line announces the message as put on the bus; it has no line yet."""

    SCHEDULED = "scheduled"
    """Another message's line announces the message as scheduled; it has no line yet."""

    CANCELLED = "cancelled"
    """The message was scheduled, and its schedule was cancelled or replaced by another."""

    UNSEEN = "not in these logs"
    """Other messages name the message as their cause; it has no line."""


_SCHEDULE_STATES: dict[Outcome | OperatorAction, MessageState] = {
    OperatorAction.SCHEDULE_CANCELLED: MessageState.CANCELLED,
    OperatorAction.SCHEDULE_RUN: MessageState.PUBLISHED,
}
"""The state of a scheduled message after an operator's action on its schedule."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A follow-up, as the lines of the message that caused it announce it."""

    by: str
    """The name of the message that announced the follow-up."""

    state: MessageState
    key: str = ""
    """The key of the follow-up's schedule."""

    due: datetime | None = None


def announcements(by_name: Mapping[str, Sequence[LogLine]]) -> dict[str, Announcement]:
    """Return announcements by id. For a schedule's key, the last line decides; a redo that AWS refused has none.

    Args:
        by_name: lines by the names of their messages.
    """
    announced: dict[str, Announcement] = {}
    scheduled: dict[str, str] = {}
    names = {line: name for name, lines in by_name.items() for line in lines}
    in_order = sorted(names, key=order)
    effective = set(in_effect(in_order))
    for line in in_order:
        cancelled = [scheduled.pop(key, "") for key in line.unscheduled]
        cancelled += [scheduled.pop(each.key, "") for each in line.scheduled if scheduled.get(each.key) != each.id]
        for an_id in filter(None, cancelled):
            announced[an_id] = replace(announced[an_id], state=MessageState.CANCELLED)
        if (state := _SCHEDULE_STATES.get(line.what)) and line.id in announced:
            announced[line.id] = replace(announced[line.id], state=state)
        published_anew = [line.new_id] if line.new_id and line in effective else []
        for an_id in (*line.follow_ups, *published_anew):
            by = announced[an_id].by if an_id in announced else names[line]
            announced[an_id] = Announcement(by, MessageState.PUBLISHED)
        for each in line.scheduled:
            scheduled[each.key] = each.id
            by = announced[each.id].by if each.id in announced else names[line]
            announced[each.id] = Announcement(by, MessageState.SCHEDULED, each.key, each.at)
    return announced


def order(line: LogLine) -> tuple[object, ...]:
    """Sort key of lines: time, then further fields, so that lines of one moment have a fixed order."""
    return line.at, line.service != QUEUE_PROCESSOR, line.attempt or 0, line.final, repr(line)
