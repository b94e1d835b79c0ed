"""What the Slack notifier is told about where it runs: the contract between its stack and itself."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from schemas.environment import fields_in, variables_of


class NotifierEnvironment(NamedTuple):
    """The Slack notifier's environment variables."""

    stage: str
    alerts_queue_url: str
    slack_webhook_secret_arn: str
    """Holds the incoming webhook's URL; while it holds anything else, Slack is off."""

    email_topic_arn: str
    """Takes the digest as text while Slack is off."""

    dashboard_name: str
    runbook_url: str
    slack_may_be_local: str = ""
    """`1` where Slack is a stand-in on this machine: http and loopback are let pass."""

    def to_variables(self) -> dict[str, str]:
        """As Lambda takes them."""
        return variables_of(self._asdict())

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """As the function finds them.

        Raises:
            TypeError: a variable is missing; the message names it.
        """
        return cls(**fields_in(variables, cls._fields))
