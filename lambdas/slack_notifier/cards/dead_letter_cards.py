"""Cards of dead letters: what was given up, since when, how often, for how many tenants, why, and what to do."""

import shlex
from collections.abc import Iterator, Sequence
from datetime import timedelta

from lambdas.slack_notifier.alerts.causes import NAMED, AlertCause
from lambdas.slack_notifier.alerts.digest import one_of_each_first
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Fact, Link, Notice, Quote, Sentence, Step, counted
from lambdas.slack_notifier.cards.console import QueueAddress
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.mrkdwn import time
from schemas.advice import ADVICE, Remedy
from schemas.names import QUEUE_PROCESSOR
from schemas.signals import DEAD_LETTERS, REFUSED
from schemas.system import DeadLettered

_SHOWN_IDS = 5
_MARGIN = timedelta(minutes=15)
"""How long before the first and after the last of them their log lines are looked for."""

_QUERY = """fields @timestamp, type, id, company_id, attempt, error, detail, frame, correlation_id
| filter fingerprint = "{fingerprint}"
| sort @timestamp asc
| limit 1000"""


def dead_letters(cause: AlertCause, place: StageLocation) -> Notice:
    """The card of one cause."""
    first = cause.first
    title = f"{place.stage}: {_title(cause)}"
    card = Card(
        title=f"Drill: {title}" if cause.is_drill else f"🟠 {title}",
        brief=_brief(cause, title),
        paragraphs=_paragraphs(cause),
        facts=list(_facts(cause)),
        quote=Quote("First error", f"{first.error}: {first.detail}" if first.detail else first.error),
        steps=[] if cause.is_drill else [_step(first, place)],
        links=list(_links(cause, place)),
        footnote=_footnote(cause, place),
    )
    return Notice(
        kind=CardKind.DEAD_LETTERS,
        card=card,
        handles=cause.handles,
        count=cause.count,
        fingerprints=[first.fingerprint],
        ids=cause.ids,
    )


def more_dead_letters(causes: Sequence[AlertCause], place: StageLocation) -> Notice:
    """The card that the causes share for which there was no card of their own."""
    count = sum(cause.count for cause in causes)
    title = f"{place.stage}: and {counted(len(causes), 'more cause')}, {counted(count, 'dead letter')}"
    command = f"python -m ops redrive SERVICE --fingerprint FINGERPRINT --stage {place.stage}"
    card = Card(
        title=f"🟠 {title}",
        brief=title,
        paragraphs=[("The largest have cards of their own. These are fewer, or older:",)],
        items=[_item(cause) for cause in causes],
        steps=[Step(("Mend each cause; then redrive what is its:",), command)],
        links=[place.dashboard(), place.runbook(DEAD_LETTERS.slug)],
    )
    return Notice(
        kind=CardKind.MORE,
        card=card,
        handles=[handle for cause in causes for handle in cause.handles],
        count=count,
        fingerprints=[cause.first.fingerprint for cause in causes],
        ids=one_of_each_first([cause.ids for cause in causes], NAMED),
    )


def _title(cause: AlertCause) -> str:
    first = cause.first
    reason = first.reason.replace("_", " ")
    if first.service != QUEUE_PROCESSOR:
        return f"{counted(cause.count, 'dead letter')} of {first.subject}, {reason}"
    what = "" if first.subject == QUEUE_PROCESSOR else f" of {first.subject}"
    return f"{counted(cause.count, 'message')}{what} refused, {reason}"


def _brief(cause: AlertCause, title: str) -> str:
    if cause.is_drill:
        return f"Drill: {title}. Nobody need do anything."
    return f"{title}. {cause.tenants}, since {time(cause.first_at)}: {cause.first.error}"


def _paragraphs(cause: AlertCause) -> Sequence[Sentence]:
    if cause.is_drill:
        return [("This is a drill: it failed on purpose, to see that people are told. Nobody need do anything.",)]
    were = "was" if cause.count == 1 else "were"
    gave_up = "refused" if cause.first.service == QUEUE_PROCESSOR else "given up"
    count, subject = counted(cause.count, "message"), Code(cause.first.subject)
    return [(f"{count} of ", subject, f" {were} {gave_up}: {ADVICE[cause.first.reason].why}")]


def _facts(cause: AlertCause) -> Iterator[Fact]:
    first = cause.first
    yield Fact("Messages", (f"{cause.count:,}",))
    yield Fact("For", (cause.tenants,))
    yield Fact("First", (cause.first_at,))
    yield Fact("Last", (cause.last_at,))
    yield Fact("Attempts", (f"{cause.attempts:,}" if cause.count == 1 else f"up to {cause.attempts:,}",))
    yield Fact("Reason", (Code(first.reason),))
    if first.frame:
        yield Fact("Where", (Code(first.frame),))
    yield Fact("Function", (Code(first.function),))
    yield Fact("They lie in", (Code(_queue_name(first)),))


def _queue_name(first: DeadLettered) -> str:
    return first.dead_letter_queue_url.rpartition("/")[2]


def _step(first: DeadLettered, place: StageLocation) -> Step:
    advice = ADVICE[first.reason]
    if advice.remedy is Remedy.VALIDATE:
        return Step((advice.to_do,), "python -m ops validate message.json")
    return Step((advice.to_do,), redrive(first, place.stage))


def redrive(first: DeadLettered, stage: str) -> str:
    """The command that sends them again; nothing in it is the shell's to interpret."""
    return f"python -m ops redrive {shlex.quote(first.service)} --fingerprint {first.fingerprint} --stage {stage}"


def _links(cause: AlertCause, place: StageLocation) -> Iterator[Link]:
    first = cause.first
    query = _QUERY.format(fingerprint=first.fingerprint)
    lines = place.console.log_lines(first.log_group, query, cause.first_at - _MARGIN, cause.last_at + _MARGIN)
    yield place.dashboard()
    if lines:
        yield Link("Log lines", lines)
    yield Link("Dead-letter queue", place.console.queue(first.dead_letter_queue_url))
    yield place.runbook(REFUSED.slug if first.service == QUEUE_PROCESSOR else DEAD_LETTERS.slug)


def _footnote(cause: AlertCause, place: StageLocation) -> Sentence:
    first = cause.first
    queue = QueueAddress.of(first.dead_letter_queue_url)
    account = f" · account {queue.account}, {queue.region}" if queue else ""
    shown = cause.ids[:_SHOWN_IDS]
    ids = [part for each in shown for part in (Code(each), ", ")][:-1]
    others = f" and {cause.count - len(shown):,} more" if shown and cause.count > len(shown) else ""
    return (
        f"{place.stage}{account} · fingerprint ",
        Code(first.fingerprint),
        *([" · ids "] if ids else []),
        *ids,
        others,
    )


def _item(cause: AlertCause) -> Sentence:
    first = cause.first
    service = () if first.service == first.subject else (" at ", Code(first.service))
    return (
        f"{'Drill: ' if cause.is_drill else ''}{cause.count:,} of ",
        Code(first.subject),
        *service,
        f", {first.reason.replace('_', ' ')}, last ",
        cause.last_at,
        ": ",
        Code(first.error),
        ", fingerprint ",
        Code(first.fingerprint),
    )
