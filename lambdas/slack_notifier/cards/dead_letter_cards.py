"""Cards of causes: what was dead-lettered, since when, how many, for how many tenants, why, and what to do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from lambdas.slack_notifier.alerts.causes import MAX_IDS
from lambdas.slack_notifier.alerts.digest import interleave
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Fact, Link, Notice, Quote, Sentence, Step, counted
from lambdas.slack_notifier.cards.cause_news import WORDS, in_a_word, news, standing
from lambdas.slack_notifier.cards.console import QueueAddress
from lambdas.slack_notifier.cards.pages import pages
from lambdas.slack_notifier.cards.remedies import advice_about, steps
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.causes.report import CauseReport
from lambdas.slack_notifier.slack.block_kit import fits
from lambdas.slack_notifier.slack.mrkdwn import time
from schemas.advice import TURNS, command
from schemas.causes import Cause, CauseState
from schemas.names import QUEUE_PROCESSOR, log_group_name
from schemas.reasons import Remedy
from schemas.signals import DEAD_LETTERS, REFUSED

_SHOWN_IDS = 5
_MARGIN = timedelta(minutes=15)
"""The log query's range begins this long before the first dead letter and ends this long after the last."""

_QUERY = """fields @timestamp, type, source, id, company_id, attempt, error, detail, frame, correlation_id
| filter fingerprint = "{fingerprint}"
| sort @timestamp asc
| limit 1000"""

Claim = Callable[[Iterable[CauseReport]], Sequence[CauseReport]]
"""Claims causes for a card, and returns those that it may report."""


def dead_letters(reports: Sequence[CauseReport], claim: Claim, location: StageLocation) -> Iterator[Notice]:
    """The cards of causes that get one each."""
    for report in reports:
        yield from (_single(each, location) for each in claim([report]))


def more_dead_letters(reports: Sequence[CauseReport], claim: Claim, location: StageLocation) -> Iterator[Notice]:
    """The cards shared by the causes that did not get one each; every cause is on one of them."""
    for page in pages(reports, lambda page: fits([_item(report) for report in page])):
        if claimed := claim(page):
            yield _shared(claimed, location)


def _single(report: CauseReport, location: StageLocation) -> Notice:
    cause, alerts = report.cause, report.alerts
    title = f"{location.stage}: {in_a_word(report)}{_title(cause)}"
    card = Card(
        title=f"Drill: {title}" if report.is_drill else f"{_mark(report)} {title}",
        summary=_summary(report, title),
        paragraphs=[*_paragraphs(report), *_unfair(report, location.stage)],
        facts=list(_facts(report)),
        quote=Quote("First error", f"{cause.error}: {cause.detail}" if cause.detail else cause.error),
        steps=[] if report.is_drill else [*steps(report, location.stage), *_next_steps(report, location.stage)],
        links=list(_links(report, location)),
        footnote=_footnote(report, location),
    )
    return Notice(
        kind=CardKind.OVER if report.is_over else CardKind.DEAD_LETTERS,
        card=card,
        handles=alerts.handles if alerts else (),
        count=alerts.count if alerts else 0,
        fingerprints=[cause.fingerprint],
        causes=[cause.key],
        news=report.news or "",
        total=cause.total,
        ids=alerts.ids if alerts else (),
    )


def _shared(reports: Sequence[CauseReport], location: StageLocation) -> Notice:
    total = sum(report.cause.total for report in reports)
    is_over = all(report.is_over for report in reports)
    others = f"{'and ' if not is_over else 'over: '}{counted(len(reports), 'more cause')}"
    title = f"{location.stage}: {others}, {counted(total, 'dead letter')}"
    alerts = [report.alerts for report in reports if report.alerts]
    redrive = command(Remedy.REDRIVE, "TYPE", "CAUSE", stage=location.stage)
    card = Card(
        title=f"{_mark(reports[0])} {title}",
        summary=title,
        paragraphs=[(_OVER if is_over else _REMAINING,)],
        items=[_item(report) for report in reports],
        steps=[
            Step(("Fix what is ours, then redrive its dead letters:",), redrive),
            Step(
                ("See the error and the next step of each:",), f"taly-async dead-letters list --stage {location.stage}"
            ),
            Step((_TO_ACKNOWLEDGE,), _acknowledge("CAUSE", location.stage)),
        ][: 2 if is_over else 3],
        links=[location.dashboard(), location.runbook(DEAD_LETTERS.slug)],
    )
    return Notice(
        kind=CardKind.OVER if is_over else CardKind.MORE,
        card=card,
        handles=[handle for each in alerts for handle in each.handles],
        count=sum(each.count for each in alerts),
        fingerprints=[report.cause.fingerprint for report in reports],
        causes=[report.cause.key for report in reports],
        ids=interleave([each.ids for each in alerts], MAX_IDS),
    )


_REMAINING = "The causes with the most dead letters have a card each. The remaining causes:"
_OVER = "These causes are over, an hour or more after their last dead letter:"
_TO_ACKNOWLEDGE = "To take care of it, with no further card until it has grown tenfold:"
_TO_RESOLVE = "Once it is fixed, say so: if it comes back, the card names both versions:"


def _mark(report: CauseReport) -> str:
    return "🟢" if report.is_over else "🟠"


def _title(cause: Cause) -> str:
    reason = cause.reason.replace("_", " ")
    if cause.service != QUEUE_PROCESSOR:
        return f"{counted(cause.total, 'dead letter')} of {cause.subject_type}, {reason}"
    subject = "" if cause.subject_type == QUEUE_PROCESSOR else f" of {cause.subject_type}"
    return f"{counted(cause.total, 'message')}{subject} refused, {reason}"


def _summary(report: CauseReport, title: str) -> str:
    if report.is_drill:
        return f"Drill: {title}. No action needed."
    return f"{title}. {report.tenants}, since {time(report.cause.since)}: {report.cause.error}"


def _paragraphs(report: CauseReport) -> Iterator[Sentence]:
    cause = report.cause
    if report.is_drill:
        yield ("This is a drill: it failed on purpose, to test that alerts arrive. No action needed.",)
        return
    yield from news(report)
    were = "was" if cause.total == 1 else "were"
    dead_lettered = "refused" if cause.service == QUEUE_PROCESSOR else "dead-lettered"
    count, subject = counted(cause.total, "message"), Code(cause.subject_type)
    yield f"{count} of ", subject, f" {were} {dead_lettered}: {advice_about(cause).why}"
    yield from standing(report)


def _unfair(report: CauseReport, stage: str) -> Iterator[Sentence]:
    if report.alerts and (count := report.alerts.without_tenant_group):
        did = "1 message did" if count == 1 else f"{count:,} messages did"
        yield (
            f"Fair queues: {did} not have the tenant as message group, so one tenant's burst delays all others. ",
            Code(f"taly-async drill --stage {stage}"),
            " shows whether this is so for every message.",
        )


def _facts(report: CauseReport) -> Iterator[Fact]:
    cause, alerts = report.cause, report.alerts
    yield Fact("Messages", (f"{cause.total:,}",))
    yield Fact("Affected", (report.tenants,))
    yield Fact("First", (cause.since,))
    yield Fact("Last", (cause.last_at,))
    if alerts:
        yield Fact("Attempts", (f"{alerts.attempts:,}" if cause.total == 1 else f"up to {alerts.attempts:,}",))
    yield Fact("Reason", (Code(cause.reason),))
    if cause.source:
        yield Fact("Source", (Code(cause.source),))
    if cause.frame:
        yield Fact("Where", (Code(cause.frame),))
    if alerts:
        yield Fact("Function", (Code(alerts.first.function),))
    yield Fact("Queue", (Code(report.queue_url.rpartition("/")[2]),))


def _next_steps(report: CauseReport, stage: str) -> Iterator[Step]:
    """Return the step by which an operator decides about the cause; none where nothing is remembered of it."""
    fingerprint = report.cause.fingerprint
    if report.cause.state is CauseState.OVER:
        yield Step(
            (_TO_RESOLVE,), f'taly-async cause resolve {fingerprint} --comment "how it was fixed" --stage {stage}'
        )
    elif report.news:
        yield Step((_TO_ACKNOWLEDGE,), _acknowledge(fingerprint, stage))


def _acknowledge(cause: str, stage: str) -> str:
    return f"taly-async cause ack {cause} --stage {stage}"


def _links(report: CauseReport, location: StageLocation) -> Iterator[Link]:
    cause = report.cause
    log_group = report.alerts.first.log_group if report.alerts else log_group_name(location.stage, cause.service)
    query = _QUERY.format(fingerprint=cause.fingerprint)
    lines = location.console.log_lines(log_group, query, cause.since - _MARGIN, cause.last_at + _MARGIN)
    yield location.dashboard()
    if lines:
        yield Link("Log lines", lines)
    yield Link("Dead-letter queue", location.console.queue(report.queue_url))
    yield location.runbook(REFUSED.slug if cause.service == QUEUE_PROCESSOR else DEAD_LETTERS.slug)


def _footnote(report: CauseReport, location: StageLocation) -> Sentence:
    cause = report.cause
    queue = QueueAddress.of(report.queue_url)
    account = f" · account {queue.account}, {queue.region}" if queue else ""
    shown = report.alerts.ids[:_SHOWN_IDS] if report.alerts else ()
    ids = [part for message_id in shown for part in (Code(message_id), ", ")][:-1]
    others = f" and {cause.total - len(shown):,} more" if shown and cause.total > len(shown) else ""
    return (
        f"{location.stage}{account} · cause ",
        Code(cause.fingerprint),
        *([" · ids "] if ids else []),
        *ids,
        others,
    )


def _item(report: CauseReport) -> Sentence:
    cause = report.cause
    service = () if cause.service == cause.subject_type else (" at ", Code(cause.service))
    return (
        f"{'Drill: ' if report.is_drill else ''}{cause.total:,} of ",
        Code(cause.subject_type),
        *service,
        *((" from ", Code(cause.source)) if cause.source else ()),
        f", {WORDS[report.news]}" if report.news else "",
        f", {cause.reason.replace('_', ' ')}, {TURNS[advice_about(cause).remedy]}, last ",
        cause.last_at,
        ": ",
        Code(cause.error),
        ", cause ",
        Code(cause.fingerprint),
    )
