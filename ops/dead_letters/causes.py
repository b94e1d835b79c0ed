"""Dead letters by what they died of, for people and for pipes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

from rich.text import Text

from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.search import Found
from ops.stage.services import UNROUTED
from ops.terminal.output import printable

MOVED_BY_SQS = "moved by SQS, without a word: its function could not start, or died of it"

_NO_RULE = "no rule takes it: its type is not deployed here, or it was put on the bus as another one"
"""Of what lies in `unrouted`."""

_LONGEST = 200
"""Characters of an error that are shown."""

NEVER = datetime.min.replace(tzinfo=UTC)
"""When letters died of which no time is known: before all others."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Letters of one service that died of the same."""

    found: tuple[Found, ...]
    """The oldest first."""

    @property
    def service(self) -> str:
        """Whose they are."""
        return self.found[0].service

    @property
    def error(self) -> str:
        """Of the last of them."""
        return self.found[-1].letter.error

    def record(self) -> dict[str, Any]:
        """For pipes."""
        last = self.found[-1].letter
        return {
            "type": self.service,
            "reason": last.reason,
            "fingerprint": last.fingerprint,
            "count": len(self.found),
            "tenants": len(self.tenants),
            "first": as_text(self.found[0].letter.died_at),
            "last": as_text(last.died_at),
            "error": self.error,
        }

    @property
    def tenants(self) -> set[str]:
        """Whose messages they are, as far as they say."""
        return {each.letter.company_id for each in self.found} - {""}


def causes(found: Iterable[Found]) -> list[Cause]:
    """Grouped, in the order of services, the most frequent cause first."""
    found = list(found)
    groups: dict[str, dict[tuple[str, str], list[Found]]] = {each.service: {} for each in found}
    for each in sorted(found, key=lambda one: one.letter.died_at or NEVER):
        groups[each.service].setdefault((each.letter.reason, each.letter.fingerprint), []).append(each)
    return [
        Cause(tuple(group))
        for of_service in groups.values()
        for group in sorted(of_service.values(), key=len, reverse=True)
    ]


def unsaid(service: str) -> str:
    """Why a letter lies there that does not say it itself, by whose it is."""
    return _NO_RULE if service == UNROUTED else MOVED_BY_SQS


def cause_lines(found: Iterable[Found]) -> Iterator[Text]:
    """The causes as text: each service's name, then two lines a cause, which may be wide."""
    service = ""
    for cause in causes(found):
        if cause.service != service:
            service = cause.service
            yield Text(service, "bold")
        yield _headline(cause.record())
        yield Text(f"    {said(cause.error) or unsaid(cause.service)}")


def said(error: str) -> str:
    """An error in one line that may be shown."""
    return shorten(printable(error), _LONGEST, placeholder=" …")


def _headline(record: Mapping[str, Any]) -> Text:
    count, tenants = record["count"], record["tenants"]
    of = f" of {tenants:,} {'tenant' if tenants == 1 else 'tenants'}" if tenants else ""
    return Text.assemble(
        "  ",
        (f"{record['fingerprint'] or '-':<12}", "cyan"),
        f"  {record['reason'] or 'no reason'}  ",
        (f"{count:,}", "bold"),
        f"{of}  {_span(record['first'], record['last'])}",
    )


def _span(first: str, last: str) -> str:
    return first or "at an unknown time" if first == last else f"{first} to {last}"
