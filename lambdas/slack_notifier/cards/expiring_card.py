"""The card of dead letters that SQS deletes within three days: which, and the command that exports them."""

import shlex
from collections.abc import Iterator, Sequence

from lambdas.slack_notifier.alerts.digest import Expiring
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Notice, Sentence, Step, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation
from schemas.dead_letter_times import LONGEST_LIFE
from schemas.system import DeadLettersExpiring, ExpiringDeadLetters
from schemas.wire import timestamp

RUNBOOK_SECTION = "expiring"

MAX_QUEUES = 10
"""Queues that the card names, those with most dead letters first; the command exports those of all queues."""

_SUMMED_UP = 3
"""Queues that the summary names."""


def expiring(alerts: Expiring, location: StageLocation) -> Iterator[Notice]:
    """The card, if there was such an alert."""
    found = alerts.latest
    if found is None:
        return
    count = sum(queue.count for queue in found.queues)
    title = f"{location.stage}: {counted(count, 'dead letter')} will be deleted within three days"
    card = Card(
        title=f"🔴 {title}",
        summary=f"{title}: {_listed(found.queues)}",
        paragraphs=[
            (
                "SQS deletes the first of them at ",
                found.deleted_from,
                f". They are not renewed any more: a dead letter is kept for at most {LONGEST_LIFE.days} days.",
            )
        ],
        items=[_item(queue) for queue in found.queues[:MAX_QUEUES]] + _others(found.queues),
        steps=[
            Step(("Export them, payloads included:",), _export(found, location.stage)),
            Step(("Then redrive what should still be done, and discard the rest.",)),
        ],
        links=[location.dashboard(), location.runbook(RUNBOOK_SECTION)],
        footnote=(f"{location.stage} · expiring",),
    )
    yield Notice(kind=CardKind.EXPIRING, card=card, count=count, handles=alerts.handles)


def _export(found: DeadLettersExpiring, stage: str) -> str:
    """The command that exports them all: those before the time at which the youngest was dead-lettered."""
    types = (
        [f"--type {shlex.quote(queue.service)}" for queue in found.queues] if len(found.queues) <= MAX_QUEUES else []
    )
    until = timestamp(found.until)
    return " ".join(["taly-async dead-letters export expiring.jsonl", *types, f"--until {until} --stage {stage}"])


def _item(queue: ExpiringDeadLetters) -> Sentence:
    tenants = counted(queue.companies, "tenant") if queue.companies else "no tenant known"
    return (Code(queue.service), f": {counted(queue.count, 'dead letter')}, {tenants}, the oldest since ", queue.since)


def _others(queues: Sequence[ExpiringDeadLetters]) -> list[Sentence]:
    others = queues[MAX_QUEUES:]
    if not others:
        return []
    return [
        (f"and {counted(sum(each.count for each in others), 'dead letter')} in {counted(len(others), 'more queue')}",)
    ]


def _listed(queues: Sequence[ExpiringDeadLetters]) -> str:
    named = ", ".join(f"{queue.count:,} of {queue.service}" for queue in queues[:_SUMMED_UP])
    return f"{named} and others" if len(queues) > _SUMMED_UP else named
