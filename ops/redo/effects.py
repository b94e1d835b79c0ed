"""What customers and money would see of a redo: second mails and texts, and types that charge a customer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ops.redo.covered import caused_at_first, id_of, with_caused
from ops.redo.selection import EndedMessage
from ops.stage.log_lines import LogLine
from ops.terminal.output import counted
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER

EFFECTS = (EMAIL_SEND, SMS_SEND, WEBHOOK_DELIVER, ACTIVITY_RECORD)
"""Types whose jobs people outside the stage notice."""


def with_follow_ups(names: Iterable[str]) -> tuple[str, ...]:
    """Return types and all that they cause, directly or not, by `emits` and `schedules`; in the catalogue's order."""
    found: set[str] = set()
    ahead: list[EventType[Any]] = [BY_NAME[name] for name in names if name in BY_NAME]
    while ahead:
        event_type = ahead.pop()
        if event_type.name not in found:
            found.add(event_type.name)
            ahead += [*event_type.emits, *event_type.schedules]
    return tuple(name for name in BY_NAME if name in found)


def charging(name: str) -> tuple[str, ...]:
    """Return the types that charge a customer among a type and all that it causes."""
    return tuple(each for each in with_follow_ups([name]) if BY_NAME[each].moves_money)


def repeated(messages: Iterable[EndedMessage], lines: Iterable[LogLine]) -> Counter[str]:
    """Count the jobs that succeeded among messages and all that they caused, by type: they would be done twice.

    What an earlier redo has repeated counts once, as the first time.

    Args:
        messages: the messages to redo.
        lines: log lines of them and of what they caused, found by the cause that each line names.
    """
    lines = list(lines)
    done = {(line.id, line.company_id): line.type or line.service for line in lines if line.what is Outcome.SUCCEEDED}
    again = with_caused(map(id_of, messages), caused_at_first(lines))
    return Counter(done[each] for each in again if each in done)


def effect_sentences(again: Mapping[str, int]) -> Sequence[str]:
    """Say who gets something a second time."""
    mails, texts, webhooks, activities = (again.get(each.name, 0) for each in EFFECTS)
    return [
        f"- {_people(mails)} a second mail, {_people(texts)} a second text (counted from the logs of the first time).",
        f"- {counted(webhooks, 'webhook')} and {_activities(activities)} are sent a second time.",
        *(
            f"- {counted(number, 'job')} of {name} charged a customer the first time."
            for name, number in again.items()
            if name in BY_NAME and BY_NAME[name].moves_money
        ),
    ]


def _people(number: int) -> str:
    return "1 person gets" if number == 1 else (f"{number:,} people get" if number else "nobody gets")


def _activities(number: int) -> str:
    return "1 activity" if number == 1 else f"{number:,} activities"
