"""The cards of a destination that is unavailable: what waits for it, since when and what to do; or that it is over."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from lambdas.slack_notifier.cards.card import Card, CardKind, Code, Fact, Notice, Quote, Sentence, WaitReason, counted
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.outages.backlog import Backlog
from schemas.availability import DestinationState

RUNBOOK_SECTION = "unavailable"
_MINUTE = timedelta(minutes=1)


def outage(
    state: DestinationState, backlog: Backlog, location: StageLocation, *, since: datetime, expired: int
) -> Notice:
    """The card while it lasts.

    Args:
        state: what is known about the destination.
        backlog: what waits for it.
        location: the stage.
        since: when the outage began.
        expired: messages that were skipped since then, because their own time passed.
    """
    is_ours = bool(state.to_do)
    title = f"{location.stage}: {_name(state)} {state.news} since {clock(since, state.at)}"
    waits = _waits(backlog, state.at - since)
    to_do = _to_do(backlog, is_ours=is_ours)
    card = Card(
        title=f"{_mark(state)} {title}",
        summary=f"{title}. {f'To do: {state.to_do} ' if is_ours else ''}{waits}{to_do}",
        paragraphs=[
            *([(f"To do: {state.to_do}",)] if is_ours else []),
            (f"{_name(state)} {state.news} since ", since, f". {waits}{to_do}"),
            *_only(state),
            *_expired(expired),
        ],
        facts=list(_facts(state)),
        items=[(Code(service), f": {counted(count, 'message')}") for service, count in backlog.by_service.items()],
        quote=Quote("What happened last", state.why),
        links=[location.dashboard(), location.runbook(RUNBOOK_SECTION)],
        footnote=(f"{location.stage} · {state.destination}",),
    )
    return Notice(kind=CardKind.OUTAGE, card=card, count=backlog.total, destination=state.destination)


def outage_over(  # noqa: PLR0913 all that an outage was
    state: DestinationState,
    backlog: Backlog,
    location: StageLocation,
    *,
    since: datetime,
    ended: datetime,
    most: int,
    expired: int,
) -> Notice:
    """The card once the destination works again and its backlog is done, or has taken an hour.

    Args:
        state: what is known about the destination.
        backlog: what still waits for it.
        location: the stage.
        since: when the outage began.
        ended: when the destination worked again.
        most: the most messages that waited at one time.
        expired: messages that were skipped, because their own time passed.
    """
    answers = state.succeeded_at is not None and state.succeeded_at >= since
    news = f"{_name(state)} answers again" if answers else f"nothing waits for {state.destination.in_words} any more"
    title = f"{location.stage}: {news}"
    lasted = f"It was unavailable for {duration(ended - since)}, since "
    done = _done(backlog, most, state.at - ended)
    card = Card(
        title=f"🟢 {title}",
        summary=f"{title} after {duration(ended - since)}. {done}",
        paragraphs=[(lasted, since, f". {done}"), *_expired(expired)],
        links=[location.dashboard()],
        footnote=(f"{location.stage} · {state.destination}",),
    )
    return Notice(kind=CardKind.OUTAGE_OVER, card=card, count=backlog.total, destination=state.destination)


def wait_reason(state: DestinationState) -> WaitReason:
    """Return why messages of a type wait, and what to do, for the card of its alarm."""
    to_do = f"To do: {state.to_do}" if state.to_do else "Nothing to do: they go on by themselves."
    text = (
        f"{_name(state)} {state.news} since ",
        state.since or state.at,
        f". Messages of this type wait for it. {to_do}",
    )
    return WaitReason(text, _mark(state))


def _mark(state: DestinationState) -> str:
    return "🔴" if state.to_do else "🔵"


def duration(time: timedelta) -> str:
    """A duration in its two largest units: `40 s`, `31 min`, `5 h 3 min`, `2 d 4 h`."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 60:  # noqa: PLR2004 a minute
        return f"{seconds} s"
    minutes = seconds // 60
    hours, days = minutes // 60, minutes // 1_440
    if days:
        return _two(days, "d", hours % 24, "h")
    return _two(hours, "h", minutes % 60, "min") if hours else f"{minutes} min"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large} {unit} {small} {small_unit}" if small else f"{large} {unit}"


def _name(state: DestinationState) -> str:
    name = state.destination.in_words
    return name[0].upper() + name[1:]


def clock(at: datetime, now: datetime) -> str:
    """A time in UTC; with the date, if that is not today's."""
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def _waits(backlog: Backlog, oldest: timedelta) -> str:
    if not backlog.is_complete and not backlog.total:
        return "How many messages wait is not known: SQS did not say."
    if not backlog.total:
        return "No message waits for it now."
    least = "" if backlog.is_complete else "At least "
    wait = "waits" if backlog.total == 1 else "wait"
    types = counted(len(backlog.by_service), "type")
    return f"{least}{counted(backlog.total, 'message')} of {types} {wait}, the oldest for {duration(oldest)}."


def _to_do(backlog: Backlog, *, is_ours: bool) -> str:
    waits = bool(backlog.total) or not backlog.is_complete
    if is_ours:
        return " Once that is done, they go on by themselves." if waits else ""
    return " Nothing to do: they go on by themselves." if waits else " Nothing to do."


def _done(backlog: Backlog, most: int, took: timedelta) -> str:
    if not most:
        return "No message waited."
    waited = f"Up to {counted(most, 'message')} waited"
    if backlog.total and took >= timedelta(hours=1):
        return f"{waited}; {backlog.total:,} still wait {duration(took)} later."
    within = "within a minute" if took <= _MINUTE else f"in {duration(took)}"
    return f"{waited}, and the backlog was done {within}."


def _only(state: DestinationState) -> Iterator[Sentence]:
    if names := state.only:
        yield (
            "Only these calls fail, and others work: ",
            *[part for name in names for part in (", ", Code(name))][1:],
            ".",
        )


def _expired(expired: int) -> Sequence[Sentence]:
    were = "message was" if expired == 1 else "messages were"
    return [(f"{expired:,} {were} skipped as expired: what they were for is over.",)] if expired else []


def _facts(state: DestinationState) -> Iterator[Fact]:
    failed = state.failing[0].failed_at if state.failing else None
    if failed:
        yield Fact("Last failure", (failed,))
    if state.succeeded_at:
        yield Fact("Last success", (state.succeeded_at,))
