"""Why a cause has a card: the words for its title and its first paragraph."""

from collections.abc import Iterator

from lambdas.slack_notifier.cards.card import Code, Sentence, counted
from lambdas.slack_notifier.causes.decision import News
from lambdas.slack_notifier.causes.report import CauseReport
from schemas.causes import Cause, CauseState

WORDS = {
    News.NEW: "new",
    News.AGAIN: "again",
    News.BACK: "back",
    News.GROWN: "grown",
    News.STILL: "still",
    News.SNOOZE_ENDED: "snooze ended",
    News.OVER: "over",
}
"""The first word of the card's title."""


def in_a_word(report: CauseReport) -> str:
    """Return the first word of the title, with what separates it from the rest; empty where nothing is remembered."""
    return f"{WORDS[report.news]}: " if report.news else ""


def news(report: CauseReport) -> Iterator[Sentence]:
    """Return the paragraph that says why the card is due; none where nothing is remembered."""
    cause, before = report.cause, report.before
    match report.news:
        case News.NEW:
            yield ("This cause is new.",)
        case News.AGAIN:
            yield "This cause was over, and is here again since ", cause.since, "."
        case News.BACK if before:
            yield _back(cause, before)
        case News.GROWN if before:
            yield _grown(cause, before)
        case News.STILL if before:
            more = counted(cause.total - before.said_total, "more message")
            yield "This cause has been going on since ", cause.since, f": {more} since the last card."
        case News.SNOOZE_ENDED if before:
            yield _snooze_ended(cause, before)
        case News.OVER:
            yield "This cause is over: its last dead letter came at ", cause.last_at, ". It began at ", cause.since, "."
        case _:
            return


def standing(report: CauseReport) -> Iterator[Sentence]:
    """Return the paragraph that says where the dead letters are; none where that is not known.

    A queue that counts none may not count the latest yet (SQS, GetQueueAttributes: a minute).
    """
    if report.waiting:
        holds = counted(report.waiting, "dead letter")
        yield (f"Its dead-letter queue holds {holds} now, of all causes, until an operator acts.",)
    elif report.waiting == 0 and report.alerts is None:
        yield ("Its dead-letter queue is empty now.",)


def _back(cause: Cause, before: Cause) -> Sentence:
    return (
        "This cause has been back since ",
        cause.since,
        *_in_version(cause.version),
        f". {before.operator or 'An operator'} resolved it",
        *_at(before),
        *_in_version(before.resolved_version),
        ".",
    )


def _in_version(version: str) -> Sentence:
    return (", in version ", Code(version)) if version else ()


def _at(decided: Cause) -> Sentence:
    return (" at ", decided.changed_at) if decided.changed_at else ()


def _grown(cause: Cause, before: Cause) -> Sentence:
    if before.state is not CauseState.ACKNOWLEDGED:
        return (f"This cause has grown: {before.said_total:,} at the last card, {cause.total:,} now.",)
    return (
        f"This cause has grown tenfold since {before.operator or 'an operator'} acknowledged it",
        *_at(before),
        f": {before.total_then:,} then, {cause.total:,} now.",
    )


def _snooze_ended(cause: Cause, before: Cause) -> Sentence:
    came = cause.total - before.total_then
    meanwhile = f"{counted(came, 'message')} came meanwhile" if came > 0 else "no message came meanwhile"
    over: Sentence = (
        (" It is over: the last one came at ", cause.last_at, ".") if cause.state is CauseState.OVER else ()
    )
    snoozed = f"{before.operator or 'An operator'} snoozed this cause"
    return snoozed, *_at(before), f". That has ended: {meanwhile}.", *over
