"""What the demonstration shows at its end."""

import json
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.json import JSON
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ops.local.emulator import SentMail
from ops.local.expectations import INGRESS, Difference, Tally
from ops.local.ledger import Snapshot
from ops.local.letters import UNROUTED, Letter
from schemas.activities import ACTIVITY_RECORD
from schemas.catalogue import BY_NAME
from schemas.reasons import Outcome

_MOST = 20
"""Findings that are shown; all are counted."""


def tally(found: Tally) -> RenderableType:
    """A table: how often each function had each outcome."""
    outcomes = [str(outcome) for outcome in Outcome if any(key[1] == outcome for key in found)]
    table = Table(title="What became of every delivery", title_justify="left", title_style="bold")
    table.add_column("type")
    for outcome in outcomes:
        table.add_column(outcome.replace("_", " "), justify="right")
    for name in (INGRESS, *BY_NAME):
        counts = (found[name, outcome] for outcome in outcomes)
        table.add_row(name, *(str(count or "·") for count in counts))
    caption = f"{found[UNROUTED, UNROUTED]} events of no known type lie in the queue `unrouted`"
    return Group("", table, Text(caption, style="dim"))


def mail(mails: Sequence[SentMail]) -> RenderableType:
    """One mail in full; one that would show a broken character set."""
    if not mails:
        return Text("No mail was sent.", style="red")
    shown = next((mail for mail in mails if not mail.subject.isascii()), mails[0])
    head = Text.assemble(
        ("From:    ", "dim"), shown.sender, "\n",
        ("To:      ", "dim"), ", ".join(shown.to), "\n",
        ("Subject: ", "dim"), (shown.subject, "bold"), "\n",
    )  # fmt: skip
    parts: list[RenderableType] = [head, Rule("text", style="dim"), Text(shown.text.strip()), Rule("HTML", style="dim")]
    return Panel(Group(*parts, Text(shown.html.strip())), title=f"One of {len(mails)} mails", title_align="left")


def dead_letter(letters: Iterable[Letter]) -> RenderableType:
    """One dead letter and its biography; a job's, if there is one, as it has the most to tell."""
    stories = [letter for letter in letters if letter.biography]
    if not stories:
        return Text("No dead letter with a biography was found.", style="red")
    shown = next((letter for letter in stories if letter.biography.get("type") == ACTIVITY_RECORD.name), stories[0])
    parts: list[RenderableType] = [
        _pretty(shown.body),
        Rule("biography", style="dim"),
        _wrapped(shown.biography),
    ]
    return Panel(Group(*parts), title=f"One of {len(stories)} dead letters: {shown.queue}", title_align="left")


def conclusion(snapshot: Snapshot, wrong: Sequence[Difference], *, seconds: float) -> RenderableType:
    """Whether the promise was kept, and by what it was broken.

    Args:
        snapshot: the books at the end.
        wrong: counts that are not what they must be.
        seconds: from the first message to the last final outcome.
    """
    balance = snapshot.balance
    accepted = len({item.id for item in snapshot.accepted})
    effects = sum(line.outcome is Outcome.SUCCEEDED and line.causation_id != "" for line in snapshot.lines)
    lines = [
        _verdict(
            len(balance.final) == len(balance.expected),
            f"{len(balance.final)} of {len(balance.expected)} ids are final in {seconds:.0f} s: "
            f"{accepted} accepted, {len(balance.expected) - accepted} follow-ups",
        ),
        _verdict(balance.holds, f"{effects} side effects, compared with the CRM's books and the mails sent"),
        _verdict(not wrong, "every count is what the published messages must lead to"),
        *(Text(f"  {finding.sentence()}", style="red") for finding in balance.findings[:_MOST]),
        *(Text(f"  {difference.sentence()}", style="red") for difference in wrong[:_MOST]),
    ]
    kept = balance.holds and not wrong
    title = "Nothing was lost, nothing was done twice" if kept else f"{len(balance.findings) + len(wrong)} findings"
    return Panel(Group(*lines), title=title, title_align="left", border_style="green" if kept else "red")


def _verdict(holds: bool, text: str) -> Text:
    return Text.assemble(("✓ ", "green") if holds else ("✗ ", "red"), text)


def _pretty(body: str) -> RenderableType:
    try:
        return _wrapped(json.loads(body))
    except ValueError:
        return Text(body)


def _wrapped(value: object) -> RenderableType:
    """As JSON in colour; rich alone would cut its long lines off."""
    text = JSON.from_data(value).text
    text.no_wrap, text.overflow = False, "fold"
    return text
