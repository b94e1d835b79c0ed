"""Dead letters grouped by cause, as text and as JSON records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

from rich.text import Text

from ops.causes.table import KnownCauses
from ops.causes.texts import state_in_words
from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.remedies import remedy_of, turn
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from ops.terminal.output import counted, printable
from schemas.causes import Cause

MOVED_BY_SQS = "moved by SQS itself, no reason recorded: its function could not start, or crashed"

_NO_RULE = "no rule matches it: its type is not deployed here, or it was published under another detail type"
"""Why a message is in the `unrouted` queue."""

_MAX_CLAIMS = 3

_MAX_ERROR = 200
"""Maximum characters of an error that are shown."""

UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)
"""Sorts dead letters without a known time before all others."""


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """The dead letters of one service that failed for the same cause."""

    found: tuple[FoundDeadLetter, ...]
    """Oldest first."""

    @property
    def service(self) -> str:
        """The service in whose queue the dead letters are."""
        return self.found[0].service

    @property
    def key(self) -> tuple[str, str]:
        """Service and fingerprint; the fingerprint is empty where SQS itself moved the dead letters."""
        return self.service, self.found[-1].dead_letter.fingerprint

    @property
    def error(self) -> str:
        """The error of the newest dead letter."""
        return self.found[-1].dead_letter.error

    def record(self) -> dict[str, Any]:
        """The cause as a JSON record."""
        last = self.found[-1].dead_letter
        return {
            "type": self.service,
            "message_types": sorted({each.dead_letter.type for each in self.found} - {""}),
            "sources": sorted({each.dead_letter.source for each in self.found} - {""}),
            "reason": last.reason,
            "remedy": remedy_of(last),
            "fingerprint": last.fingerprint,
            "count": len(self.found),
            "tenants": len(self.tenants),
            "first": as_text(self.found[0].dead_letter.dead_lettered_at),
            "last": as_text(last.dead_lettered_at),
            "error": self.error,
        }

    @property
    def claimed(self) -> str:
        """What messages that no function accepted say they are, the first three of them; else empty."""
        distinct = sorted({each.claimed for each in self.found} - {""})
        others = f" and {len(distinct) - _MAX_CLAIMS:,} more" if len(distinct) > _MAX_CLAIMS else ""
        return ", ".join(distinct[:_MAX_CLAIMS]) + others

    @property
    def tenants(self) -> set[str]:
        """The tenants that the messages name."""
        return {each.dead_letter.company_id for each in self.found} - {""}


def causes(found: Iterable[FoundDeadLetter]) -> list[CauseGroup]:
    """Group dead letters by service and cause, each service's most frequent cause first.

    One cause with two remedies, as after a deploy that corrects a remedy, counts as two.
    """
    found = list(found)
    groups: dict[str, dict[tuple[str, ...], list[FoundDeadLetter]]] = {each.service: {} for each in found}
    for each in sorted(found, key=lambda one: one.dead_letter.dead_lettered_at or UNKNOWN_TIME):
        dead_letter = each.dead_letter
        key = (dead_letter.reason, dead_letter.fingerprint, remedy_of(dead_letter))
        groups[each.service].setdefault(key, []).append(each)
    return [
        CauseGroup(tuple(group))
        for service_causes in groups.values()
        for group in sorted(service_causes.values(), key=len, reverse=True)
    ]


def presumed_error(service: str) -> str:
    """Why a dead letter without a recorded error is in a service's queue."""
    return _NO_RULE if service == UNROUTED else MOVED_BY_SQS


def cause_lines(found: Iterable[FoundDeadLetter], known: KnownCauses | None = None) -> Iterator[Text]:
    """The causes as text: each service's name, then two lines for each of its causes.

    Args:
        found: the dead letters.
        known: the causes, to say who takes care of them; None where that is not asked for.
    """
    service = ""
    for cause in causes(found):
        if cause.service != service:
            service = cause.service
            yield Text(service, "bold")
        yield _headline(cause, (known or {}).get(cause.key))
        yield Text(f"    {one_line(cause.error) or presumed_error(cause.service)}")


def one_line(error: str) -> str:
    """Shorten an error to one printable line."""
    return shorten(printable(error), _MAX_ERROR, placeholder=" …")


def _headline(cause: CauseGroup, known: Cause | None) -> Text:
    record = cause.record()
    tenants = f", {counted(record['tenants'], 'tenant')}" if record["tenants"] else ""
    return Text.assemble(
        "  ",
        (f"{record['fingerprint'] or '-':<12}", "cyan"),
        f"  {state_in_words(known)}" if known else "",
        f"  {record['reason'] or 'no reason'}  ",
        f"{turn(cause.found[-1])}  ",
        f"{cause.claimed}  " if cause.claimed else "",
        (counted(record["count"], "message"), "bold"),
        f"{tenants}  {_span(record['first'], record['last'])}",
    )


def _span(first: str, last: str) -> str:
    return first or "at an unknown time" if first == last else f"{first} to {last}"
