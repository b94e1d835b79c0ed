"""`contracts check` and `contracts release`: check that contracts may be released, and record released ones."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.text import Text

from ops.contracts.releases.compatibility_check import Broken, Finding, findings
from ops.contracts.releases.history import ReleaseHistory, record
from ops.terminal.output import console
from schemas.catalogue import ALL_TYPES
from schemas.event_type import EventType

Catalogue = Iterable[EventType[Any]]


def check(catalogue: Catalogue = ALL_TYPES, history: ReleaseHistory | None = None) -> bool:
    """Print everything that prevents a release; return whether nothing does.

    Raises:
        OperatorError: the history or a contract cannot be read.
    """
    found = findings(catalogue, history or ReleaseHistory())
    _show(found)
    if not found:
        console.print(Text.assemble(("✓ ", "green"), "every message of every released contract is still read"))
    return not found


def release(catalogue: Catalogue = ALL_TYPES, history: ReleaseHistory | None = None) -> bool:
    """Record new and widened contracts; record nothing where one breaks a rule.

    Raises:
        OperatorError: the history or a contract cannot be read.
    """
    history = history or ReleaseHistory()
    if broken := [each for each in findings(catalogue, history) if isinstance(each, Broken)]:
        _show(broken)
        console.print("Nothing was released.")
        return False
    written = record(catalogue, history)
    for file in written:
        console.print(Text.assemble(("✓ ", "green"), f"wrote {_shown(file)}"), soft_wrap=True)
    if not written:
        console.print(Text.assemble(("✓ ", "green"), "the history has the current state of all contracts"))
    return True


def _show(found: Iterable[Finding]) -> None:
    for each in found:
        console.print(Text.assemble(("✗ ", "red"), each.sentence), soft_wrap=True)


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
