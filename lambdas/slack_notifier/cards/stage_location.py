"""The stage and region that a card's links and commands refer to."""

from dataclasses import dataclass

from lambdas.slack_notifier.cards.card import Link
from lambdas.slack_notifier.cards.console import Console
from schemas.notifier_environment import NotifierEnvironment


@dataclass(frozen=True, slots=True)
class StageLocation:
    """One stage in one region: its dashboard, runbook and console."""

    stage: str
    dashboard_name: str
    runbook_url: str
    console: Console

    @classmethod
    def of(cls, environment: NotifierEnvironment, region: str) -> "StageLocation":
        """Read the location from the notifier's environment."""
        return cls(environment.stage, environment.dashboard_name, environment.runbook_url, Console(region))

    def dashboard(self) -> Link:
        """Link to the stage's dashboard."""
        return Link("Dashboard", self.console.dashboard(self.dashboard_name))

    def runbook(self, slug: str) -> Link:
        """Link to the runbook's section on a signal."""
        return Link("Runbook", f"{self.runbook_url}#{slug}")
