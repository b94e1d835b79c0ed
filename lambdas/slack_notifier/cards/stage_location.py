"""Where this runs: what links and commands are made of."""

from dataclasses import dataclass

from lambdas.slack_notifier.cards.card import Link
from lambdas.slack_notifier.cards.console import Console
from schemas.notifier_environment import NotifierEnvironment


@dataclass(frozen=True, slots=True)
class StageLocation:
    """One stage in one region."""

    stage: str
    dashboard_name: str
    runbook_url: str
    console: Console

    @classmethod
    def of(cls, environment: NotifierEnvironment, region: str) -> "StageLocation":
        """Where a function is."""
        return cls(environment.stage, environment.dashboard_name, environment.runbook_url, Console(region))

    def dashboard(self) -> Link:
        """The page that answers most."""
        return Link("Dashboard", self.console.dashboard(self.dashboard_name))

    def runbook(self, slug: str) -> Link:
        """The runbook's section of a signal."""
        return Link("Runbook", f"{self.runbook_url}#{slug}")
