"""Alarm cards: what is wrong, since when, CloudWatch's reason and the first step; or that the alarm recovered."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from lambdas.slack_notifier.alerts.alarms import ALARM, INSUFFICIENT_DATA, AlarmChanges
from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection
from lambdas.slack_notifier.cards.card import (
    Card,
    CardKind,
    Code,
    Fact,
    Link,
    Notice,
    Quote,
    Sentence,
    WaitReason,
    counted,
)
from lambdas.slack_notifier.cards.pages import pages
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import fits, fits_line
from schemas.names import alarm_parts
from schemas.signals import DEAD_LETTERS, REFUSED, UNDELIVERED_WEBHOOKS, WAITING

_MOVED_BY_SQS = (
    "They have no failure history and no card: the function could not start, or crashed on every receive. "
    "Read the function's log and check its last deployment."
)

_SECTION = re.compile("#[a-z0-9-]+")
"""The runbook link's fragment: a signal's slug. A line with anything else after the URL is not taken for the link."""

_SHARED_MARKS = ("🟢", "⚪", "🔴")
"""Mark of a shared card by the urgency of its most urgent alarm."""

InspectQueue = Callable[[str], QueueInspection]
"""Inspects the dead-letter queue of a name."""

WaitsFor = Callable[[str], Sequence[WaitReason]]
"""Returns why messages of a type wait: it is paused, or systems that it calls are unavailable."""


def alarm(changes: AlarmChanges, location: StageLocation, inspect_queue: InspectQueue, waits_for: WaitsFor) -> Notice:
    """The card of an alarm that is on, or that recovered."""
    if changes.is_ok:
        return _notice(CardKind.RECOVERY, _recovery(changes, location), changes)
    return _alarm(changes, location, inspect_queue, waits_for)


def more_alarms(alarms: Sequence[AlarmChanges], location: StageLocation) -> Iterator[Notice]:
    """The cards shared by the alarms that did not get one each: a line for each kind, and every name on some card."""
    lines = (line for kind in _kinds(alarms) for line in pages(kind, lambda line: fits_line(_line(line))))
    for page in pages(lines, lambda page: fits([_line(line) for line in page])):
        yield _shared([*page], location)


def _shared(lines: Sequence[Sequence[AlarmChanges]], location: StageLocation) -> Notice:
    alarms = [alarm for line in lines for alarm in line]
    title = f"{location.stage}: and {counted(len(alarms), 'more alarm')}"
    on = sum(alarm.latest.state == ALARM for alarm in alarms)
    card = Card(
        title=f"{_SHARED_MARKS[max(alarm.urgency for alarm in alarms)]} {title}",
        summary=f"{title}, {on:,} of them on",
        items=[_line(line) for line in lines],
        links=[location.dashboard()],
    )
    return _notice(CardKind.MORE, card, *alarms)


def _kinds(alarms: Sequence[AlarmChanges]) -> Iterable[Sequence[AlarmChanges]]:
    """Group alarms by state and signal, in the order of each group's first alarm."""
    kinds: dict[tuple[object, ...], list[AlarmChanges]] = {}
    for alarm in alarms:
        kinds.setdefault((alarm.latest.state, alarm.is_about_the_system, alarm.kind), []).append(alarm)
    return kinds.values()


def _notice(kind: CardKind, card: Card, *alarms: AlarmChanges) -> Notice:
    return Notice(
        kind=kind,
        card=card,
        handles=[handle for alarm in alarms for handle in alarm.handles],
        count=sum(alarm.count for alarm in alarms),
        alarms=[alarm.latest.name for alarm in alarms],
    )


def _alarm(changes: AlarmChanges, location: StageLocation, inspect_queue: InspectQueue, waits_for: WaitsFor) -> Notice:
    latest = changes.latest
    has_queue = changes.signal in {DEAD_LETTERS, REFUSED, UNDELIVERED_WEBHOOKS} and latest.queue_name
    inspection = inspect_queue(latest.queue_name) if has_queue else None
    meaning, runbook = _description(changes, location)
    reasons = _wait_reasons(changes, waits_for)
    if reasons:  # the cause is known: no guesses
        meaning = [*(each.text for each in reasons), *meaning[:1]]
    card = Card(
        title=f"{_mark(changes, reasons)} {location.stage}: {changes.headline}",
        summary=f"{location.stage}: {latest.state}: {changes.headline}",
        paragraphs=[*meaning, *(_dead_letters(inspection) if inspection else ())],
        facts=list(_facts(changes)),
        quote=Quote("Reason given by CloudWatch", latest.reason),
        links=list(_links(changes, location, runbook, inspection)),
        footnote=_footnote(changes, location),
    )
    return _notice(CardKind.ALARM, card, changes)


def _wait_reasons(changes: AlarmChanges, waits_for: WaitsFor) -> Sequence[WaitReason]:
    """Return why messages wait too long or are too many."""
    parts = alarm_parts(changes.latest.name)
    return waits_for(parts[0]) if parts and changes.signal in WAITING else ()


def _mark(changes: AlarmChanges, reasons: Sequence[WaitReason] = ()) -> str:
    if changes.latest.state != ALARM:  # INSUFFICIENT_DATA
        return "⚪"
    if reasons:
        return max((each.mark for each in reasons), key="🔵🟡🔴".index)
    if changes.signal is UNDELIVERED_WEBHOOKS:  # nothing to do at night
        return "🟠"
    return "🚨 Page:" if changes.pages else "🔴"


def _recovery(changes: AlarmChanges, location: StageLocation) -> Card:
    latest = changes.latest
    alarmed: Sentence = (", in alarm since ", changes.alarmed_at) if changes.alarmed_at else ()
    had_no_data = not changes.alarmed_at and changes.earliest.old_state == INSUFFICIENT_DATA
    return Card(
        title=f"🟢 {location.stage}: recovered: {changes.headline}",
        summary=f"{location.stage}: recovered: {changes.headline}",
        paragraphs=[("Recovered at ", latest.changed_at, *alarmed, "." + " Before, it had no data." * had_no_data)],
        links=[Link("Alarm", location.console.alarm(latest.name)), location.dashboard()],
        footnote=_footnote(changes, location),
    )


def _description(changes: AlarmChanges, location: StageLocation) -> tuple[list[Sentence], str]:
    """The description's lines and the link to the runbook, which is the last line of our alarms' descriptions.

    No other link is taken from a description.
    """
    lines = [line for line in (changes.latest.description or "").splitlines() if line.strip()]
    url = location.runbook_url
    if lines and lines[-1].startswith(url) and _SECTION.fullmatch(lines[-1], len(url)):
        return [(line,) for line in lines[:-1]], lines[-1]
    return [(line,) for line in lines], location.runbook(changes.signal.slug).url if changes.signal else ""


def _dead_letters(inspection: QueueInspection) -> Iterator[Sentence]:
    checked, moved = counted(inspection.checked, "dead letter"), inspection.moved_by_sqs
    if inspection.failure:
        yield "The dead-letter queue could not be inspected for messages moved by SQS: ", Code(inspection.failure), "."
    elif not inspection.checked:
        yield ("When this card was made, the dead-letter queue was empty.",)
    elif not moved:
        yield (f"Checked {checked}: none was moved by SQS itself, so each cause has a card.",)
    else:
        yield f"Checked {checked}: SQS itself moved {moved:,} there, after too many receives. ", _MOVED_BY_SQS


def _facts(changes: AlarmChanges) -> Iterator[Fact]:
    latest = changes.latest
    yield Fact("State", (Code(latest.state),))
    yield Fact("Since", (latest.changed_at,))
    if latest.old_state:
        yield Fact("Previous state", (Code(latest.old_state),))
    if changes.count > 1:
        yield Fact("Changes since the last card", (f"{changes.count:,}",))


def _links(
    changes: AlarmChanges, location: StageLocation, runbook: str, inspection: QueueInspection | None
) -> Iterator[Link]:
    yield location.dashboard()
    yield Link("Alarm", location.console.alarm(changes.latest.name))
    if inspection and inspection.queue_url:
        yield Link("Dead-letter queue", location.console.queue(inspection.queue_url))
    if runbook:
        yield Link("Runbook", runbook)


def _footnote(changes: AlarmChanges, location: StageLocation) -> Sentence:
    account = changes.latest.account
    where = f" · account {account}, {location.console.region}" if account else ""
    return f"{location.stage}{where} · ", Code(changes.latest.name)


def _line(alike: Sequence[AlarmChanges]) -> Sentence:
    """A line about alarms of one kind and state, with all their names."""
    first = alike[0]
    state = "recovered" if first.is_ok else first.latest.state
    since = min(alarm.latest.changed_at for alarm in alike)
    names = [part for alarm in alike for part in (", ", Code(alarm.latest.name))][1:]
    return f"{state}: {first.kind}, since ", since, ": ", *names
