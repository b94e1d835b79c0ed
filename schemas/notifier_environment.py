"""Environment variables of the Slack notifier: the contract between its stack and the function."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from schemas.environment import fields_in, variables_of
from schemas.names import dead_letter_queue_name, queue_name


class NotifierEnvironment(NamedTuple):
    """The Slack notifier's environment variables."""

    stage: str
    alerts_queue_url: str
    slack_webhook_secret_arn: str
    """Secret with the incoming webhook's URL; with any other content, Slack is off."""

    email_topic_arn: str
    """Topic for the digest as text while Slack is off."""

    dashboard_name: str
    runbook_url: str
    idempotency_table_name: str
    """The table with the items about the systems that functions call, and what was said about them."""

    causes_table_name: str
    """The table of causes."""

    code_version: str = ""
    """Version of the function's code, for log lines: 8 hexadecimal digits of the code's hash."""

    slack_allow_local: str = ""
    """`1` where Slack is a stand-in on this machine: allows http and loopback addresses."""

    def queue_url(self, service: str) -> str:
        """Return the URL of the queue of a type or of the ingress.

        All queues are of one account and region, so their URLs differ from the alerts queue's in the name alone.
        """
        return f"{self.alerts_queue_url.rpartition('/')[0]}/{queue_name(self.stage, service)}"

    def dead_letter_queue_url(self, service: str) -> str:
        """Return the URL of the dead-letter queue of a type or of the ingress."""
        return f"{self.alerts_queue_url.rpartition('/')[0]}/{dead_letter_queue_name(self.stage, service)}"

    def to_variables(self) -> dict[str, str]:
        """Return the variables for Lambda."""
        return variables_of(self._asdict())

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """Read the variables of the function.

        Raises:
            TypeError: a variable is missing; the message names it.
        """
        return cls(**fields_in(variables, cls._fields))
