"""Messages that need no redo of their own: repeats of others, and what a message that is redone causes again."""

from collections.abc import Iterable, Mapping
from itertools import chain

from ops.redo.selection import EndedMessage
from ops.stage.log_lines import LogLine
from schemas.reasons import OperatorAction, Outcome

A_REPEAT = "it is the repeat of another one, or was caused by a repeat; give its ID to redo it"

CAUSED_AGAIN = "a message that caused it is redone, and causes it again"

PUBLISHED_BEFORE = "this run has published it already"

Ids = Mapping[str, frozenset[str]]
"""By the id of a message, the ids of what it caused."""


def repeats(lines: Iterable[LogLine]) -> frozenset[str]:
    """Return the ids under which messages were published anew, and the ids of all that these caused."""
    lines = list(lines)
    return _with_caused(_new_ids(lines), _caused(lines))


def caused_again(messages: Iterable[EndedMessage], lines: Iterable[LogLine]) -> frozenset[tuple[str, str]]:
    """Return id and tenant of the messages among these that others of these caused, directly or not.

    An earlier repeat names its original as its cause, but no redo of that one causes it again.
    """
    messages, lines = list(messages), list(lines)
    new_ids = _new_ids(lines)
    found: set[tuple[str, str]] = set()
    for tenant in {each.company_id for each in messages}:
        ids = {each.id for each in messages if each.company_id == tenant and each.id}
        caused = _caused(line for line in lines if line.company_id == tenant and line.id not in new_ids)
        followers = _with_caused(chain.from_iterable(caused.get(each, ()) for each in ids), caused)
        found |= {(each, tenant) for each in ids & followers}
    return frozenset(found)


def _new_ids(lines: Iterable[LogLine]) -> frozenset[str]:
    return frozenset(line.new_id for line in lines if line.what is OperatorAction.REDONE and line.new_id)


def _caused(lines: Iterable[LogLine]) -> Ids:
    caused: dict[str, set[str]] = {}
    for line in lines:
        if isinstance(line.what, Outcome) and line.causation_id and line.id:
            caused.setdefault(line.causation_id, set()).add(line.id)
    return {cause: frozenset(ids) for cause, ids in caused.items()}


def _with_caused(ids: Iterable[str], caused: Ids) -> frozenset[str]:
    """These ids, and those of all that they caused."""
    found: set[str] = set()
    ahead = list(ids)
    while ahead:
        an_id = ahead.pop()
        if an_id not in found:
            found.add(an_id)
            ahead += caused.get(an_id, ())
    return frozenset(found)
