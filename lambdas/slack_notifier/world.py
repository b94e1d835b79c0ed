"""All that the notifier takes from outside: its surroundings, clients, Slack, the clock, and where lines go."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from lambdas.slack_notifier.http_post import Post, post
from lambdas.slack_notifier.webhook import Webhook
from schemas.environment import NotifierEnvironment


@dataclass(frozen=True, kw_only=True)
class World:
    """The function's world. Production's is `world()`; a test makes its own."""

    environment: NotifierEnvironment
    region: str
    client: Callable[[str], Any]
    """Gives the AWS client of a service by its boto3 name."""

    post: Post
    now: Callable[[], datetime]
    sleep: Callable[[float], Any]
    write: Callable[[str], Any]
    """Takes one log line."""

    @cached_property
    def webhook(self) -> Webhook:
        """Slack's, the same for all runs of a process."""
        return Webhook(self._read_secret, may_be_local=self.environment.slack_may_be_local == "1")

    def _read_secret(self) -> str:
        answer = self.client("secretsmanager").get_secret_value(SecretId=self.environment.slack_webhook_secret_arn)
        return str(answer.get("SecretString", ""))


@cache
def world() -> World:
    """The deployed function's world, made at the first invocation."""
    return World(
        environment=NotifierEnvironment.from_variables(os.environ),
        region=os.environ["AWS_REGION"],
        client=_client,
        post=post,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        write=_write_line,
    )


@cache
def _client(service: str) -> Any:  # noqa: ANN401 boto3 makes its clients at run time
    """An AWS client that gives up in time to tell people the rest: two tries of at most 6 seconds each."""
    import boto3  # noqa: PLC0415 a test's import need not pay for it
    from botocore.config import Config  # noqa: PLC0415 likewise

    config = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # stubs list literal names alone


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
