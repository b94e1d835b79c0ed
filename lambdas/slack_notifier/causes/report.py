"""A cause as a card reports it: what is remembered of it, and the alerts of the run."""

from dataclasses import dataclass
from datetime import datetime

from lambdas.slack_notifier.alerts.causes import AlertCause, counted_tenants
from lambdas.slack_notifier.causes.decision import Decision, News
from lambdas.slack_notifier.causes.episodes import new_episode
from schemas.causes import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseReport:
    """A cause on a card. Without a decision, nothing is remembered: it is about the alerts of this run alone."""

    cause: Cause
    """With the true total, as far as it is known."""

    alerts: AlertCause | None
    """None: the card is due because of the time."""

    queue_url: str
    """URL of the dead-letter queue."""

    decision: Decision | None = None

    waiting: int | None = None
    """Dead letters of all causes in the queue when the card was made; None where that is not known."""

    @classmethod
    def of_run(cls, alerts: AlertCause) -> "CauseReport":
        """Report the alerts of this run alone."""
        queue_url = alerts.first.dead_letter_queue_url
        return cls(cause=new_episode(alerts, None, alerts.last_at), alerts=alerts, queue_url=queue_url)

    @classmethod
    def of(cls, decision: Decision, alerts: AlertCause | None, queue_url: str) -> "CauseReport":
        """Report a cause that is remembered."""
        return cls(cause=decision.after, alerts=alerts, queue_url=queue_url, decision=decision)

    @property
    def news(self) -> News | None:
        """Why the card is due; None where nothing is remembered."""
        return self.decision.news if self.decision and isinstance(self.decision.news, News) else None

    @property
    def before(self) -> Cause | None:
        """What was remembered before this run."""
        return self.decision.before if self.decision else None

    @property
    def is_over(self) -> bool:
        """Whether the card says that the cause is over."""
        return self.news is News.OVER

    @property
    def is_drill(self) -> bool:
        """Whether all its dead letters are drills, which fail on purpose."""
        return bool(self.alerts and self.alerts.is_drill)

    @property
    def tenants(self) -> str:
        """The number of tenants as text: `1 tenant`, `12 or more tenants`."""
        return counted_tenants(len(self.cause.tenants), has_more=self.cause.has_more_tenants)

    @property
    def priority(self) -> tuple[int, datetime]:
        """Sort key, highest first on Slack: the most dead letters in this run, then the latest."""
        return (self.alerts.count if self.alerts else 0), self.cause.last_at
