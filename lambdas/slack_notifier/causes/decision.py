"""Which causes need a card: a function of what is remembered, of the alerts of a run, and of the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.causes.episodes import added, ended, new_episode, reopened
from schemas.causes import Cause, CauseState

REPEATED = timedelta(hours=1)
"""Between two cards about a cause that goes on and does not grow tenfold, at least."""

OVER_AFTER = timedelta(hours=1)
"""Time without a dead letter after which a cause is over the first time; doubled each time it soon comes again."""

LONGEST_SILENCE = timedelta(days=1)
"""Time without a dead letter after which any cause is over, however often it came again."""

ACKNOWLEDGED_FOR = timedelta(days=1)
"""Time without a dead letter after which nobody takes care of a cause any more: it is over, without a card."""


class News(StrEnum):
    """Why a cause gets a card, as its log line names it."""

    NEW = "new"
    AGAIN = "again"
    """It was over."""

    BACK = "back"
    """An operator had resolved it."""

    GROWN = "grown"
    """Tenfold."""

    STILL = "still"
    """It goes on, an hour after the last card."""

    SNOOZE_ENDED = "snooze_ended"
    OVER = "over"


class Quiet(StrEnum):
    """Why a cause gets no card, as its log line names it."""

    SAID = "said"
    """A card said it lately."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    """The dead letters are older than the operator's decision."""

    OVER = "over"
    """Nobody takes care of it any more, because nothing comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a cause gets a card, and what is remembered then."""

    news: News | Quiet
    before: Cause | None
    """What was remembered; None: nothing."""

    after: Cause
    """With the run's alerts, and in the state that it has after the card."""

    @property
    def has_card(self) -> bool:
        """Whether a card is due."""
        return isinstance(self.news, News)


def decide(memory: Cause | None, alerts: AlertCause, now: datetime) -> Decision:
    """Decide about one cause that has alerts.

    Args:
        memory: what the table has; None: nothing.
        alerts: its alerts in this run.
        now: the time.
    """
    if memory is None or memory.state is CauseState.OVER or _is_back(memory, alerts):
        news = _BEGINS[memory.state] if memory else News.NEW
        return Decision(news=news, before=memory, after=new_episode(alerts, memory, now))
    seen = added(memory, alerts, now)
    found = _while_it_goes_on(seen, now)
    return Decision(news=found, before=memory, after=reopened(seen) if isinstance(found, News) else seen)


def decide_by_time(memory: Cause, now: datetime) -> Decision | None:
    """Decide about a remembered cause that has no alerts; None: nothing changes."""
    silence = now - memory.last_at
    match memory.state:
        case CauseState.OPEN if memory.total and silence >= over_after(memory):
            return Decision(news=News.OVER, before=memory, after=ended(memory))
        case CauseState.ACKNOWLEDGED if silence >= ACKNOWLEDGED_FOR:
            return Decision(news=Quiet.OVER, before=memory, after=ended(memory))
        case CauseState.SNOOZED if not memory.is_snoozed(now):
            after = ended(memory) if silence >= over_after(memory) else reopened(memory)
            return Decision(news=News.SNOOZE_ENDED, before=memory, after=after)
        case _:
            return None


def over_after(cause: Cause) -> timedelta:
    """Return the time without a dead letter after which a cause is over.

    One that fails every few hours would have two cards each time otherwise.
    """
    doublings = min(cause.returns, LONGEST_SILENCE // OVER_AFTER)  # more of them could exceed what a timedelta holds
    return min(OVER_AFTER * (1 << doublings), LONGEST_SILENCE)


_BEGINS = {CauseState.OVER: News.AGAIN, CauseState.RESOLVED: News.BACK}


def _is_back(memory: Cause, alerts: AlertCause) -> bool:
    """Whether a resolved cause has dead letters since; those from before may come late."""
    if memory.state is not CauseState.RESOLVED:
        return False
    return memory.changed_at is None or alerts.last_at > memory.changed_at


def _while_it_goes_on(seen: Cause, now: datetime) -> News | Quiet:
    match seen.state:
        case CauseState.SNOOZED:
            return Quiet.SNOOZED if seen.is_snoozed(now) else News.SNOOZE_ENDED
        case CauseState.ACKNOWLEDGED:
            return News.GROWN if seen.total >= 10 * max(1, seen.total_then) else Quiet.ACKNOWLEDGED
        case CauseState.RESOLVED:
            return Quiet.RESOLVED
        case _:
            if seen.said_at is None:
                return News.NEW
            if len(str(seen.total)) > len(str(seen.said_total)):  # 10, 100, 1,000 …
                return News.GROWN
            return News.STILL if now - seen.said_at >= REPEATED else Quiet.SAID
