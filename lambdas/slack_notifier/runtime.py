"""The notifier's dependencies: environment, AWS clients, Slack, clock and log output."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from lambdas.common.clients.aws import aws_client
from lambdas.common.runtime import write_line
from lambdas.slack_notifier.outages.memory import ProcessMemory
from lambdas.slack_notifier.pauses.memory import ProcessPauses
from lambdas.slack_notifier.slack.http_post import Post, post
from lambdas.slack_notifier.slack.webhook import Webhook
from lambdas.slack_notifier.undelivered.sums import ProcessUndelivered
from schemas.notifier_environment import NotifierEnvironment


@dataclass(frozen=True, kw_only=True)
class NotifierRuntime:
    """Dependencies of the notifier. The deployed function uses `notifier_runtime()`; a test makes one of fakes."""

    environment: NotifierEnvironment
    region: str
    client: Callable[[str], Any]
    """Return the AWS client of a service by its boto3 name."""

    post: Post
    now: Callable[[], datetime]
    sleep: Callable[[float], Any]
    write: Callable[[str], Any]
    """Write one log line."""

    alarms_on: set[str] = field(default_factory=set)
    """Names of the alarms that this process reported as on, and not as over since. A new process knows none."""

    outages: ProcessMemory = field(default_factory=ProcessMemory)
    """What this process said about destinations that are unavailable."""

    pauses: ProcessPauses = field(default_factory=ProcessPauses)
    """The cards that this process sent about pauses."""

    undelivered: ProcessUndelivered = field(default_factory=ProcessUndelivered)
    """When this process reported undelivered webhooks."""

    @cached_property
    def webhook(self) -> Webhook:
        """Slack's incoming webhook, shared by all runs of a process."""
        return Webhook(self._read_secret, allow_local=self.environment.slack_allow_local == "1")

    def _read_secret(self) -> str:
        from lambdas.common.clients.secrets import read_secret  # needed once a process, by its first post

        return read_secret(self.client("secretsmanager"), self.environment.slack_webhook_secret_arn)


@cache
def notifier_runtime() -> NotifierRuntime:
    """The deployed function's dependencies, created at the first invocation."""
    return NotifierRuntime(
        environment=NotifierEnvironment.from_variables(os.environ),
        region=os.environ["AWS_REGION"],
        client=aws_client,
        post=post,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        write=write_line,
    )
