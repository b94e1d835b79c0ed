"""The card of webhooks that customers' endpoints did not take: how many, of how many tenants, and what to do by day."""

from collections.abc import Sequence

from lambdas.slack_notifier.alerts.causes import MAX_IDS, AlertCause, counted_tenants
from lambdas.slack_notifier.alerts.digest import interleave
from lambdas.slack_notifier.cards.card import Card, CardKind, Fact, Notice, Step, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.undelivered.sums import UndeliveredSums
from schemas.advice import UNDELIVERED
from schemas.endpoints import DELIVERY
from schemas.signals import UNDELIVERED_WEBHOOKS


def undelivered(sums: UndeliveredSums, causes: Sequence[AlertCause], location: StageLocation) -> Notice:
    """The card.

    Args:
        sums: what it reports.
        causes: the part of it whose alerts are still in the queue.
        location: the stage.
    """
    stage, tenants = location.stage, counted_tenants(len(sums.tenants), has_more=sums.has_more_tenants)
    webhooks = counted(sums.count, "undelivered webhook")
    were = "was" if sums.count == 1 else "were"
    card = Card(
        title=f"🟠 {stage}: {webhooks}",
        summary=f"{stage}: {webhooks} of {tenants}. Nothing to do at night.",
        paragraphs=[
            (f"{counted(sums.count, 'webhook')} of {tenants} {were} dead-lettered: {UNDELIVERED.why}",),
            ("Nothing to do at night: after three days without a success the company's admins are informed by email.",),
        ],
        facts=[
            *([Fact("Since", (sums.first_at,))] if sums.first_at else []),
            *([Fact("Last", (sums.last_at,))] if sums.last_at else []),
        ],
        steps=[
            Step(("Which endpoints, and why:",), f"taly-async endpoints --stage {stage}"),
            Step(
                ("Once an endpoint works again, send what it missed:",),
                f"taly-async redrive {DELIVERY} --endpoint ENDPOINT --tenant TENANT --stage {stage}",
            ),
        ],
        links=[location.dashboard(), location.runbook(UNDELIVERED_WEBHOOKS.slug)],
        footnote=(f"{stage} · {DELIVERY} · one such card a day at most",),
    )
    return Notice(
        kind=CardKind.UNDELIVERED,
        card=card,
        handles=[handle for cause in causes for handle in cause.handles],
        count=sums.count,
        fingerprints=[cause.first.fingerprint for cause in causes],
        ids=interleave([cause.ids for cause in causes], MAX_IDS),
    )
