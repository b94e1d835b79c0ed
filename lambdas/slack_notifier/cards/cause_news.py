"""Why a cause has a card: the words for its title and its first paragraph."""

from collections.abc import Iterator

from lambdas.slack_notifier.cards.card import Code, Sentence, counted
from lambdas.slack_notifier.causes.decision import News
from lambdas.slack_notifier.causes.report import CauseReport
from schemas.causes import Cause

WORDS = {
    News.NEW: "new",
    News.AGAIN: "again",
    News.BACK: "back",
    News.GROWN: "tenfold",
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
            yield "This cause goes on since ", cause.since, f": {more} since the last card."
        case News.SNOOZE_ENDED if before:
            yield _snooze_ended(cause, before)
        case News.OVER:
            yield "No message was dead-lettered for this cause for an hour. It lasted since ", cause.since, "."
        case _:
            return


def standing(report: CauseReport) -> Iterator[Sentence]:
    """Return the paragraph that says where the dead letters are; none where that is not known."""
    if report.waiting == 0:
        yield ("Its dead-letter queue is empty now.",)
    elif report.waiting:
        has = counted(report.waiting, "dead letter")
        yield (f"Its dead-letter queue has {has} now, of all causes. They stay there until an operator acts.",)


def _back(cause: Cause, before: Cause) -> Sentence:
    resolved = [f"{before.operator or 'An operator'} resolved it"]
    at = [" at ", before.changed_at] if before.changed_at else []
    return (
        "This cause is back since ",
        cause.since,
        *_in_version(cause.version),
        ". ",
        *resolved,
        *at,
        *_in_version(before.resolved_version),
        ".",
    )


def _in_version(version: str) -> Sentence:
    return (" in version ", Code(version)) if version else ()


def _grown(cause: Cause, before: Cause) -> Sentence:
    if before.changed_at is None:
        return (f"This cause has grown: {before.said_total:,} at the last card, {cause.total:,} now.",)
    return (
        f"This cause has grown tenfold since {before.operator} acknowledged it at ",
        before.changed_at,
        f": {before.total_then:,} then, {cause.total:,} now.",
    )


def _snooze_ended(cause: Cause, before: Cause) -> Sentence:
    came = cause.total - before.total_then
    meanwhile = f"{counted(came, 'message')} came meanwhile" if came > 0 else "no message came meanwhile"
    began = [" of ", before.changed_at] if before.changed_at else []
    return f"The snooze by {before.operator or 'an operator'}", *began, f" has ended: {meanwhile}."
