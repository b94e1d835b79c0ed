"""What the demonstration concludes: the counts, the mission's table, and whether the promise was kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.checks.alerts import Alerts
from local.checks.expectations import Difference, Tally
from local.checks.records import Snapshot
from local.demo.acceptance import AcceptanceRow, Proof
from ops.stage.services import UNROUTED
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome

_MOST = 20
"""Findings that are shown; all are counted."""

_HEADINGS = {
    Outcome.SUCCEEDED: "suc-\nceeded",
    Outcome.SKIPPED: "skip-\nped",
    Outcome.DUPLICATE: "dupli-\ncate",
    Outcome.RETRYING: "retry-\ning",
    Outcome.DEFERRED: "de-\nferred",
    Outcome.DEAD_LETTERED: "dead\nlettered",
    Outcome.ROUTED: "routed",
}
"""All of them beside the longest name of a function are at most 80 characters."""


def tally(found: Tally, *, redelivered: int = 0) -> RenderableType:
    """A table: how often each function had each outcome.

    Args:
        found: the counts.
        redelivered: how many deliveries were not the first of their SQS message.
    """
    outcomes = [outcome for outcome in Outcome if any(key[1] == outcome for key in found)]
    table = _table("What became of every delivery", box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("function", no_wrap=True)
    for outcome in outcomes:
        table.add_column(_HEADINGS[outcome], justify="right", vertical="bottom")
    for name in (QUEUE_PROCESSOR, *BY_NAME):
        counts = (found[name, str(outcome)] for outcome in outcomes)
        table.add_row(name, *(str(count or "·") for count in counts))
    caption = f"{found[UNROUTED, UNROUTED]} events of no known type lie in the queue `unrouted`"
    if redelivered:
        caption += f"\nThis machine is busy: SQS took {redelivered} deliveries for lost and made them again, as it may"
    return Group("", table, "", Text(caption, style="dim"))


def mission(rows: Sequence[AcceptanceRow]) -> RenderableType:
    """The mission's table, each row with what was seen from outside."""
    table = _table("The mission's table, counted in mails, texts, schedules and the CRM's books")
    for column in ("event", "leads to"):
        table.add_column(column, no_wrap=True)
    table.add_column("events", justify="right")
    table.add_column("seen of foretold")
    for row in rows:
        proofs = Text("\n").join(_proof(proof) for proof in row.proofs)
        table.add_row(row.event, row.leads_to, str(row.published), proofs)
    return Group("", table, "")


def conclusion(
    snapshot: Snapshot, rows: Sequence[AcceptanceRow], wrong: Sequence[Difference], alerts: Alerts, *, seconds: float
) -> RenderableType:
    """Whether the promise was kept, and by what it was broken.

    Args:
        snapshot: the books at the end.
        rows: the mission's table.
        wrong: counts that are not what they must be.
        alerts: what people were told.
        seconds: from the first message to the last final outcome.
    """
    balance = snapshot.balance
    accepted = len({item.id for item in snapshot.accepted})
    standing = len(snapshot.schedules)
    lines = [
        _verdict(
            len(balance.final) == len(balance.expected),
            f"{len(balance.final)} of {len(balance.expected)} ids are final in {seconds:.0f} s: "
            f"{accepted} accepted, {len(balance.expected) - accepted} that followed, {standing} of them to come later",
        ),
        _verdict(
            balance.holds,
            f"{snapshot.side_effects.total()} side effects, each of one job: "
            f"{len(snapshot.mails)} mails, {len(snapshot.texts)} texts, "
            f"{sum(post.accepted for post in snapshot.posts)} webhooks, the rest in the CRM's books",
        ),
        _verdict(not wrong, "every count and every schedule is what the published messages must lead to"),
        _verdict(all(row.holds for row in rows), "every row of the mission's table came true"),
        *_told(alerts),
        *(Text(f"  {finding.sentence()}", style="red") for finding in balance.findings[:_MOST]),
        *(Text(f"  {difference.sentence()}", style="red") for difference in wrong[:_MOST]),
        *(Text(f"  {lack}", style="red") for lack in alerts.lacks[:_MOST]),
    ]
    broken = len(balance.findings) + len(wrong) + sum(not row.holds for row in rows) + len(alerts.lacks)
    well = "Nothing was lost, nothing was done twice, and people know what went wrong"
    title = f"{broken} finding{'s' * (broken > 1)}" if broken else well
    return Panel(Group(*lines), title=title, title_align="left", border_style="red" if broken else "green")


def _told(alerts: Alerts) -> Iterator[Text]:
    told, wanted = alerts.told, alerts.wanted
    letters, alarms = told.letters & wanted.letters, told.alarms & wanted.alarms
    yield _verdict(
        all(told.is_told(fingerprint, wanted) for fingerprint in told.letters | wanted.letters),
        f"{letters.total()} of {wanted.letters.total()} dead letters were told in {len(alerts.cards)} Slack cards, "
        f"each with its cause: {len(wanted.letters)} of them",
    )
    yield _verdict(
        alarms == wanted.alarms,
        f"{len(alarms)} of {len(wanted.alarms)} queues where messages rest had their alarm told",
    )


def _proof(proof: Proof) -> Text:
    return _verdict(proof.holds, f"{proof.seen} of {proof.foretold} {proof.what}")


def _verdict(holds: bool, text: str) -> Text:
    return Text.assemble(("✓ ", "green") if holds else ("✗ ", "red"), text)


def _table(title: str, **looks: Any) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", **looks)
