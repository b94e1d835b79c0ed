"""Cards of alarms: what is the matter, since when, why CloudWatch says so, and what to do first; or that it is over."""

import re
from collections.abc import Callable, Iterator, Sequence

from lambdas.slack_notifier.alerts.alarms import ALARM, AlarmChanges
from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection
from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Fact, Link, Notice, Quote, Sentence, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation
from schemas.signals import DEAD_LETTERS, REFUSED

_NO_BIOGRAPHY = (
    "Such a letter has no biography, and no card of its own: its function could not start, or died of it each time. "
    "That function's log, or its last deploy, says why."
)

_SECTION = re.compile("#[a-z0-9-]+")
"""Of the runbook: a signal's slug. With anything else behind it a line is no link, or would give it another label."""

LookInto = Callable[[str], QueueInspection]
"""Looks into the dead-letter queue of a name."""


def alarm(told: AlarmChanges, place: StageLocation, look_into: LookInto) -> Notice:
    """The card of an alarm that is on, or of one that is over."""
    return _notice(CardKind.RECOVERY, _recovery(told, place), told) if told.is_over else _alarm(told, place, look_into)


def more_alarms(alarms: Sequence[AlarmChanges], place: StageLocation) -> Notice:
    """The card that the alarms share for which there was no card of their own."""
    title = f"{place.stage}: and {counted(len(alarms), 'more alarm')}"
    on = sum(not each.is_over for each in alarms)
    card = Card(
        title=f"🔴 {title}" if on else f"🟢 {title}",
        brief=f"{title}, {on:,} of them on",
        items=[_item(each) for each in alarms],
        links=[place.dashboard()],
    )
    return _notice(CardKind.MORE, card, *alarms)


def _notice(kind: CardKind, card: Card, *alarms: AlarmChanges) -> Notice:
    return Notice(
        kind=kind,
        card=card,
        handles=[handle for each in alarms for handle in each.handles],
        count=sum(each.changes for each in alarms),
        alarms=[each.latest.name for each in alarms],
    )


def _alarm(told: AlarmChanges, place: StageLocation, look_into: LookInto) -> Notice:
    latest = told.latest
    looked = look_into(latest.queue_name) if told.signal in {DEAD_LETTERS, REFUSED} and latest.queue_name else None
    meaning, runbook = _description(told, place)
    card = Card(
        title=f"{_mark(told)} {place.stage}: {told.headline}",
        brief=f"{place.stage}: {latest.state}: {told.headline}",
        paragraphs=[*meaning, *_letters(looked)],
        facts=list(_facts(told)),
        quote=Quote("CloudWatch says", latest.reason),
        links=list(_links(told, place, runbook, looked)),
        footnote=_footnote(told, place),
    )
    return _notice(CardKind.ALARM, card, told)


def _mark(told: AlarmChanges) -> str:
    if told.latest.state != ALARM:  # it has no data to judge by
        return "⚪"
    return "🚨 Page:" if told.pages else "🔴"


def _recovery(told: AlarmChanges, place: StageLocation) -> Card:
    latest = told.latest
    was: Sentence = (", after it went off at ", told.alarmed_at) if told.alarmed_at else ()
    return Card(
        title=f"🟢 {place.stage}: recovered: {told.headline}",
        brief=f"{place.stage}: recovered: {told.headline}",
        paragraphs=[("All is well again since ", latest.changed_at, *was, ".")],
        links=[Link("Alarm", place.console.alarm(latest.name)), place.dashboard()],
        footnote=_footnote(told, place),
    )


def _description(told: AlarmChanges, place: StageLocation) -> tuple[list[Sentence], str]:
    """The description's lines, and the runbook's link that is the last of ours: no other link is followed."""
    lines = [line for line in (told.latest.description or "").splitlines() if line.strip()]
    if lines and lines[-1].startswith(place.runbook_url) and _SECTION.fullmatch(lines[-1], len(place.runbook_url)):
        return [(line,) for line in lines[:-1]], lines[-1]
    return [(line,) for line in lines], place.runbook(told.signal.slug).url if told.signal else ""


def _letters(looked: QueueInspection | None) -> Iterator[Sentence]:
    match looked:
        case None:
            return
        case QueueInspection(failure=why) if why:
            yield "Whether SQS itself moved some of them there could not be looked up: ", Code(why), "."
        case QueueInspection(seen=0):
            yield ("At a look, none of them was there any more.",)
        case QueueInspection(seen=seen, moved_by_sqs=0):
            yield (f"Looked at {seen}: each has its biography, so that its cause has a card of its own.",)
        case QueueInspection(seen=seen, moved_by_sqs=moved):
            yield f"Looked at {seen}: {moved} of them SQS itself moved there, after too many receives. ", _NO_BIOGRAPHY


def _facts(told: AlarmChanges) -> Iterator[Fact]:
    latest = told.latest
    yield Fact("State", (Code(latest.state),))
    yield Fact("Since", (latest.changed_at,))
    if latest.old_state:
        yield Fact("Before", (Code(latest.old_state),))
    if told.changes > 1:
        yield Fact("Changes since the last card", (f"{told.changes:,}",))


def _links(told: AlarmChanges, place: StageLocation, runbook: str, looked: QueueInspection | None) -> Iterator[Link]:
    yield place.dashboard()
    yield Link("Alarm", place.console.alarm(told.latest.name))
    if looked and looked.queue_url:
        yield Link("Dead-letter queue", place.console.queue(looked.queue_url))
    if runbook:
        yield Link("Runbook", runbook)


def _footnote(told: AlarmChanges, place: StageLocation) -> Sentence:
    account = told.latest.account
    where = f" · account {account}, {place.console.region}" if account else ""
    return f"{place.stage}{where} · ", Code(told.latest.name)


def _item(told: AlarmChanges) -> Sentence:
    state = "recovered" if told.is_over else told.latest.state
    return f"{state}: {told.headline}, since ", told.latest.changed_at, ", ", Code(told.latest.name)
