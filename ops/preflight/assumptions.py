"""The table of assumptions in `docs/aws-assumptions.md`, which says how each is settled."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ops.terminal.checkout import ROOT

PAGE = ROOT / "docs" / "aws-assumptions.md"

_ROW = re.compile(r"^\| (?P<text>.+?) \| (?P<source>.+?) \| (?P<modules>.+?) \| (?P<settled>.+?) \|$", re.MULTILINE)
_VERIFICATION = re.compile(r"^`--verify`, `(?P<name>[a-z-]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One row of the table."""

    text: str
    source: str
    modules: str
    settled: str
    """The name of the verification that settles it, or the command to run by hand, in Markdown."""

    @property
    def verification(self) -> str:
        """The name of the verification that settles it; empty if people do."""
        found = _VERIFICATION.match(self.settled)
        return found["name"] if found else ""


def assumptions(page: str) -> Iterator[Assumption]:
    """Yield the rows of all tables of the page with four columns."""
    for row in _ROW.finditer(page):
        if row["text"] != "assumption" and not row["text"].startswith("---"):
            yield Assumption(**row.groupdict())


def by_hand() -> list[Assumption]:
    """The assumptions that people settle."""
    return [each for each in assumptions(PAGE.read_text(encoding="utf-8")) if not each.verification]
