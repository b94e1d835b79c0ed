"""Subjects as operators type them: a kind of business object and its id, such as `booking/0b7e3c52-…`."""

import re
from typing import NamedTuple

from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR
from schemas.wire import UUID_PATTERN

SERVICES: dict[str, frozenset[str]] = {
    kind: frozenset({each.name for each in CATALOGUE if each.subject_kind == kind} | {QUEUE_PROCESSOR})
    for kind in dict.fromkeys(each.subject_kind for each in CATALOGUE if each.subject)
}
"""The functions whose lines name a subject of each kind. The ingress names the one that a refused message claims."""

_SEPARATOR = "/"
"""Between a subject's kind and its id; no message id has it."""

_MAX_ID = 64
"""Characters of the longest id: an invoice's number, or a `Reference` (`schemas/wire.py`)."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9/_.:-]+")
"""Characters that a filter pattern could read as a part of itself; a wildcard stands for them."""


class Subject(NamedTuple):
    """A business object, by the kind and the id that log lines name."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.id}"

    @property
    def condition(self) -> str:
        """The condition of a CloudWatch Logs filter pattern. It may match other subjects, too: compare each line's."""
        return f'$.subject = "{_NOT_PLAIN.sub("*", str(self))}"'


def subject_in(typed: str) -> Subject | None:
    """Read a subject that was typed; None for a text without a slash, which may be an id.

    Raises:
        OperatorError: there is no such kind of subject, or no id after the kind.
    """
    return subject_of(typed) if _SEPARATOR in typed else None


def subject_of(typed: str) -> Subject:
    """Read a subject that was typed.

    Raises:
        OperatorError: there is no such kind of subject, or no id after the kind.
    """
    kind, separator, an_id = typed.strip().partition(_SEPARATOR)
    if not separator or kind not in SERVICES:
        raise OperatorError(f"{printable(typed)!r} is no subject of messages: give {_kinds()}")
    if not 1 <= len(an_id) <= _MAX_ID:
        raise OperatorError(f"give the {kind}'s id after {kind}/: it has 1 to {_MAX_ID} characters")
    return Subject(kind, an_id.lower() if re.fullmatch(UUID_PATTERN, an_id.lower()) else an_id)


def complete_subject(incomplete: str) -> list[str]:
    """The kinds of subjects that begin with what was typed, each with its slash."""
    return [f"{kind}{_SEPARATOR}" for kind in SERVICES if kind.startswith(incomplete)]


def _kinds() -> str:
    *first, last = (f"{kind}{_SEPARATOR}ID" for kind in SERVICES)
    return f"{', '.join(first)} or {last}"
