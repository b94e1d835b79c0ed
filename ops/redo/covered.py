"""What messages cause, and so which of them need no redo of their own: repeats, and what is caused again."""

from collections.abc import Iterable, Mapping
from itertools import chain

from ops.redo.selection import EndedMessage
from ops.stage.log_lines import LogLine
from schemas.reasons import OperatorAction, Outcome

A_REPEAT = "it is the repeat of another one, or was caused by a repeat; give its ID to redo it"

CAUSED_AGAIN = "a message that caused it is redone, and causes it again"

PUBLISHED_BEFORE = "this run has published it already"

IdOfTenant = tuple[str, str]
"""A message's id and tenant: tenants may share an id."""


def id_of(message: EndedMessage) -> IdOfTenant:
    """Return a message's id and tenant."""
    return message.id, message.company_id


def repeats(lines: Iterable[LogLine]) -> set[IdOfTenant]:
    """Return the messages that were published anew, and all that these caused."""
    lines = list(lines)
    return with_caused(_published_anew(lines), _caused(lines))


def caused_again(messages: Iterable[EndedMessage], lines: Iterable[LogLine]) -> set[IdOfTenant]:
    """Return the messages among these that others of these caused, directly or not."""
    ids = {id_of(each) for each in messages}
    caused = caused_at_first(lines)
    return ids & with_caused(chain.from_iterable(caused.get(each, ()) for each in ids), caused)


def caused_at_first(lines: Iterable[LogLine]) -> Mapping[IdOfTenant, set[IdOfTenant]]:
    """Return what each message caused, without repeats: these name the original, which does not cause them again."""
    lines = list(lines)
    anew = _published_anew(lines)
    return _caused(line for line in lines if (line.id, line.company_id) not in anew)


def with_caused(ids: Iterable[IdOfTenant], caused: Mapping[IdOfTenant, set[IdOfTenant]]) -> set[IdOfTenant]:
    """Return these messages, and all that they caused, directly or not."""
    found: set[IdOfTenant] = set()
    ahead = list(ids)
    while ahead:
        an_id = ahead.pop()
        if an_id not in found:
            found.add(an_id)
            ahead += caused.get(an_id, ())
    return found


def _published_anew(lines: Iterable[LogLine]) -> set[IdOfTenant]:
    return {(line.new_id, line.company_id) for line in lines if line.what is OperatorAction.REDONE}


def _caused(lines: Iterable[LogLine]) -> Mapping[IdOfTenant, set[IdOfTenant]]:
    caused: dict[IdOfTenant, set[IdOfTenant]] = {}
    for line in lines:
        if isinstance(line.what, Outcome) and line.causation_id:
            caused.setdefault((line.causation_id, line.company_id), set()).add((line.id, line.company_id))
    return caused
