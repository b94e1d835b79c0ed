"""The demonstration's report: outcomes by function, the acceptance table, and the result of the checks."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.checks.alerts import Alerts
from local.checks.expectations import Difference, OutcomeCounts
from local.checks.records import Snapshot
from local.demo.acceptance import AcceptanceRow, EffectCount
from local.demo.incidents import incidents
from ops.stage.services import UNROUTED
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome

_MAX_SHOWN = 20
"""Findings that are printed; all are counted."""

_HEADINGS = {
    Outcome.SUCCEEDED: "suc-\nceeded",
    Outcome.SKIPPED: "skip-\nped",
    Outcome.DUPLICATE: "dupli-\ncate",
    Outcome.RETRYING: "retry-\ning",
    Outcome.DEFERRED: "de-\nferred",
    Outcome.DEAD_LETTERED: "dead\nlettered",
    Outcome.ROUTED: "routed",
}
"""Hyphenated, so that the table with the longest function name fits 80 characters."""


def outcomes(found: OutcomeCounts, *, redelivered: int = 0) -> RenderableType:
    """A table of how often each function had each outcome.

    Args:
        found: the counts.
        redelivered: the number of deliveries that were not the first of their SQS message.
    """
    columns = [outcome for outcome in Outcome if any(key[1] == outcome for key in found)]
    table = _table("Outcomes by function", box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("function", no_wrap=True)
    for outcome in columns:
        table.add_column(_HEADINGS[outcome], justify="right", vertical="bottom")
    for name in (QUEUE_PROCESSOR, *BY_NAME):
        counts = (found[name, str(outcome)] for outcome in columns)
        table.add_row(name, *(str(count or "·") for count in counts))
    caption = f"{found[UNROUTED, UNROUTED]} events of unknown types are in the holding queue `unrouted`"
    if redelivered:
        caption += f"\nSQS delivered {redelivered} messages again, as it may on a busy machine"
    return Group("", table, "", Text(caption, style="dim"))


def acceptance(rows: Sequence[AcceptanceRow]) -> RenderableType:
    """The acceptance table, each row with the effects that were seen from outside."""
    table = _table("Acceptance: effects seen in mails, text messages, schedules and CRM calls")
    for column in ("event", "must lead to"):
        table.add_column(column, no_wrap=True)
    table.add_column("events", justify="right")
    table.add_column("seen of expected")
    for row in rows:
        effects = Text("\n").join(_effect(effect) for effect in row.effects)
        table.add_row(row.event, row.leads_to, str(row.published), effects)
    return Group("", table, "")


def conclusion(
    snapshot: Snapshot,
    rows: Sequence[AcceptanceRow],
    differences: Sequence[Difference],
    alerts: Alerts,
    *,
    seconds: float,
) -> RenderableType:
    """The result of each check, and what failed.

    Args:
        snapshot: the records at the end.
        rows: the acceptance table.
        differences: outcome and schedule counts that are not as expected.
        alerts: the Slack cards.
        seconds: from the first message to the last final outcome.
    """
    result, happened = snapshot.reconciliation, incidents(snapshot)
    accepted, reports, expected = len(snapshot.accepted), len(snapshot.reports), result.expected.total()
    lines = [
        _check(
            result.final == result.expected,
            f"{result.final.total()} of {expected} messages are accounted for after {seconds:.0f} s: "
            f"{accepted} accepted, {reports} reports by SES, {expected - accepted - reports} follow-ups, "
            f"{len(snapshot.schedules)} of them scheduled for later",
        ),
        _check(
            result.holds,
            f"{snapshot.side_effects.total()} side effects, each performed once: "
            f"{len(snapshot.mails)} mails, {len(snapshot.texts)} text messages, "
            f"{sum(post.accepted for post in snapshot.posts)} webhooks, the rest in the CRM",
        ),
        _check(not differences, "all outcomes and schedules are as the published messages require"),
        _check(all(row.holds for row in rows), "all rows of the acceptance table are met"),
        *(_check(incident.holds, incident.sentence) for incident in happened),
        *_alerts(alerts),
        *(Text(f"  {finding.sentence()}", style="red") for finding in result.findings[:_MAX_SHOWN]),
        *(Text(f"  {difference.sentence()}", style="red") for difference in differences[:_MAX_SHOWN]),
        *(Text(f"  {difference}", style="red") for difference in alerts.differences[:_MAX_SHOWN]),
    ]
    failures = len(result.findings) + len(differences) + len(alerts.differences)
    failures += sum(not row.holds for row in rows) + sum(not incident.holds for incident in happened)
    passed = "Nothing was lost, nothing was done twice, and every failure was alerted"
    title = f"{failures} finding{'s' * (failures > 1)}" if failures else passed
    return Panel(Group(*lines), title=title, title_align="left", border_style="red" if failures else "green")


def _alerts(alerts: Alerts) -> Iterator[Text]:
    reported, expected = alerts.reported, alerts.expected
    dead_letters, alarms = reported.dead_letters & expected.dead_letters, reported.alarms & expected.alarms
    yield _check(
        all(reported.matches(fingerprint, expected) for fingerprint in reported.dead_letters | expected.dead_letters),
        f"{dead_letters.total()} of {expected.dead_letters.total()} dead letters are in {len(alerts.cards)} "
        f"Slack cards, grouped by {len(expected.dead_letters)} causes",
    )
    yield _check(
        alarms == expected.alarms,
        f"{len(alarms)} of {len(expected.alarms)} queues with dead letters have their alarm in Slack",
    )


def _effect(effect: EffectCount) -> Text:
    return _check(effect.holds, f"{effect.seen} of {effect.expected} {effect.effect}")


def _check(holds: bool, text: str) -> Text:
    return Text.assemble(("✓ ", "green") if holds else ("✗ ", "red"), text)


def _table(title: str, **style: Any) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", **style)
