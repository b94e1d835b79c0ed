"""Dead-letter cards: what was dead-lettered, since when, how many, for how many tenants, why, and what to do."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from lambdas.slack_notifier.alerts.causes import MAX_IDS, AlertCause
from lambdas.slack_notifier.alerts.digest import interleave
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Fact, Link, Notice, Quote, Sentence, Step, counted
from lambdas.slack_notifier.cards.console import QueueAddress
from lambdas.slack_notifier.cards.pages import pages
from lambdas.slack_notifier.cards.remedies import steps
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import fits
from lambdas.slack_notifier.slack.mrkdwn import time
from schemas.advice import ADVICE, TURNS, advice_on, command
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Remedy
from schemas.signals import DEAD_LETTERS, REFUSED

_SHOWN_IDS = 5
_MARGIN = timedelta(minutes=15)
"""The log query's range begins this long before the first dead letter and ends this long after the last."""

_QUERY = """fields @timestamp, type, source, id, company_id, attempt, error, detail, frame, correlation_id
| filter fingerprint = "{fingerprint}"
| sort @timestamp asc
| limit 1000"""


def dead_letters(cause: AlertCause, location: StageLocation) -> Notice:
    """The card of one cause."""
    first = cause.first
    title = f"{location.stage}: {_title(cause)}"
    card = Card(
        title=f"Drill: {title}" if cause.is_drill else f"🟠 {title}",
        summary=_summary(cause, title),
        paragraphs=[*_paragraphs(cause), *_unfair(cause, location.stage)],
        facts=list(_facts(cause)),
        quote=Quote("First error", f"{first.error}: {first.detail}" if first.detail else first.error),
        steps=[] if cause.is_drill else list(steps(cause, location.stage)),
        links=list(_links(cause, location)),
        footnote=_footnote(cause, location),
    )
    return Notice(
        kind=CardKind.DEAD_LETTERS,
        card=card,
        handles=cause.handles,
        count=cause.count,
        fingerprints=[first.fingerprint],
        ids=cause.ids,
    )


def more_dead_letters(causes: Sequence[AlertCause], location: StageLocation) -> Iterator[Notice]:
    """The cards shared by the causes that did not get one each; every cause is on one of them."""
    for page in pages(causes, lambda page: fits([_item(cause) for cause in page])):
        yield _shared(page, location)


def _shared(causes: Sequence[AlertCause], location: StageLocation) -> Notice:
    count = sum(cause.count for cause in causes)
    redrive = command(Remedy.REDRIVE, "TYPE", "CAUSE", stage=location.stage)
    title = f"{location.stage}: and {counted(len(causes), 'more cause')}, {counted(count, 'dead letter')}"
    card = Card(
        title=f"🟠 {title}",
        summary=title,
        paragraphs=[("The causes with the most dead letters have a card each. The remaining causes:",)],
        items=[_item(cause) for cause in causes],
        steps=[
            Step(("Fix what is ours, then redrive its dead letters:",), redrive),
            Step(
                ("See the error and the next step of each:",), f"taly-async dead-letters list --stage {location.stage}"
            ),
        ],
        links=[location.dashboard(), location.runbook(DEAD_LETTERS.slug)],
    )
    return Notice(
        kind=CardKind.MORE,
        card=card,
        handles=[handle for cause in causes for handle in cause.handles],
        count=count,
        fingerprints=[cause.first.fingerprint for cause in causes],
        ids=interleave([cause.ids for cause in causes], MAX_IDS),
    )


def _title(cause: AlertCause) -> str:
    first = cause.first
    reason = first.reason.replace("_", " ")
    if first.service != QUEUE_PROCESSOR:
        return f"{counted(cause.count, 'dead letter')} of {first.subject}, {reason}"
    subject = "" if first.subject == QUEUE_PROCESSOR else f" of {first.subject}"
    return f"{counted(cause.count, 'message')}{subject} refused, {reason}"


def _summary(cause: AlertCause, title: str) -> str:
    if cause.is_drill:
        return f"Drill: {title}. No action needed."
    return f"{title}. {cause.tenants}, since {time(cause.first_at)}: {cause.first.error}"


def _paragraphs(cause: AlertCause) -> Sequence[Sentence]:
    if cause.is_drill:
        return [("This is a drill: it failed on purpose, to test that alerts arrive. No action needed.",)]
    were = "was" if cause.count == 1 else "were"
    dead_lettered = "refused" if cause.first.service == QUEUE_PROCESSOR else "dead-lettered"
    count, subject = counted(cause.count, "message"), Code(cause.first.subject)
    return [(f"{count} of ", subject, f" {were} {dead_lettered}: {ADVICE[cause.first.reason].why}")]


def _unfair(cause: AlertCause, stage: str) -> Iterator[Sentence]:
    if cause.without_tenant_group:
        did = "1 message did" if cause.without_tenant_group == 1 else f"{cause.without_tenant_group:,} messages did"
        yield (
            f"Fair queues: {did} not have the tenant as message group, so one tenant's burst delays all others. ",
            Code(f"taly-async drill --stage {stage}"),
            " shows whether this is so for every message.",
        )


def _facts(cause: AlertCause) -> Iterator[Fact]:
    first = cause.first
    yield Fact("Messages", (f"{cause.count:,}",))
    yield Fact("Affected", (cause.tenants,))
    yield Fact("First", (cause.first_at,))
    yield Fact("Last", (cause.last_at,))
    yield Fact("Attempts", (f"{cause.attempts:,}" if cause.count == 1 else f"up to {cause.attempts:,}",))
    yield Fact("Reason", (Code(first.reason),))
    if first.source:
        yield Fact("Source", (Code(first.source),))
    if first.frame:
        yield Fact("Where", (Code(first.frame),))
    yield Fact("Function", (Code(first.function),))
    yield Fact("Queue", (Code(first.dead_letter_queue_url.rpartition("/")[2]),))


def _links(cause: AlertCause, location: StageLocation) -> Iterator[Link]:
    first = cause.first
    query = _QUERY.format(fingerprint=first.fingerprint)
    lines = location.console.log_lines(first.log_group, query, cause.first_at - _MARGIN, cause.last_at + _MARGIN)
    yield location.dashboard()
    if lines:
        yield Link("Log lines", lines)
    yield Link("Dead-letter queue", location.console.queue(first.dead_letter_queue_url))
    yield location.runbook(REFUSED.slug if first.service == QUEUE_PROCESSOR else DEAD_LETTERS.slug)


def _footnote(cause: AlertCause, location: StageLocation) -> Sentence:
    first = cause.first
    queue = QueueAddress.of(first.dead_letter_queue_url)
    account = f" · account {queue.account}, {queue.region}" if queue else ""
    shown = cause.ids[:_SHOWN_IDS]
    ids = [part for message_id in shown for part in (Code(message_id), ", ")][:-1]
    others = f" and {cause.count - len(shown):,} more" if shown and cause.count > len(shown) else ""
    return (
        f"{location.stage}{account} · cause ",
        Code(first.fingerprint),
        *([" · ids "] if ids else []),
        *ids,
        others,
    )


def _item(cause: AlertCause) -> Sentence:
    first = cause.first
    service = () if first.service == first.subject else (" at ", Code(first.service))
    remedy = advice_on(first.reason, first.service, first.error, cause.remedy).remedy
    return (
        f"{'Drill: ' if cause.is_drill else ''}{cause.count:,} of ",
        Code(first.subject),
        *service,
        *((" from ", Code(first.source)) if first.source else ()),
        f", {first.reason.replace('_', ' ')}, {TURNS[remedy]}, last ",
        cause.last_at,
        ": ",
        Code(first.error),
        ", cause ",
        Code(first.fingerprint),
    )
