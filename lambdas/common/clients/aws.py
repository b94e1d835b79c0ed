"""boto3's clients as functions use them: how long they wait, how often they try, and what they raise."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

NOT_IDEMPOTENT = {"sesv2", "sns"}
"""boto3's names of services that do a request twice if it is sent twice."""

ONE_TRY_SECONDS = 10
"""The longest wait for the response to such a request."""

_CONNECT_SECONDS = 1
_IDLE_SECONDS = 5.0
"""After so many seconds without a call, such a request gets a new connection."""


def client_of(service: str, seconds: Callable[[], float]) -> Any:
    """Return the client with which functions call a service.

    Args:
        service: its boto3 name.
        seconds: returns the seconds left for the current record.
    """
    return OneTryClient(service, seconds) if service in NOT_IDEMPOTENT else aws_client(service)


@cache
def aws_client(service: str, *, read_timeout: int = 3, tries: int = 2) -> Any:
    """Create an AWS client, by default one that fails within a reaction's 10 seconds.

    Args:
        service: its boto3 name.
        read_timeout: seconds to wait for a response; to connect takes one more at most.
        tries: how often a request is sent, if there is no response or the service is to blame.
    """
    import boto3  # takes a third of a second, which a function without calls saves
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # stubs accept literal names only


class OneTryClient:
    """An AWS client whose requests are sent once, and answered within the current record's time or not at all.

    boto3 sends a request again after a time-out. SES and SNS know no idempotency key, and would do it twice.
    """

    def __init__(self, service: str, seconds: Callable[[], float], *, clock: Callable[[], float] = time.time) -> None:
        """Create the client at its first call.

        Args:
            service: its boto3 name.
            seconds: returns the seconds left for the current record.
            clock: seconds; a wall clock, which goes on while Lambda freezes the process.
        """
        self._service = service
        self._seconds = seconds
        self._clock = clock
        self._called_at: dict[int, float] = {}
        """When each client was called last, by its read time-out."""

    def __getattr__(self, method: str) -> Any:
        """Return a method of the boto3 client whose time-out is the time left: 10 seconds at most, and one at least."""
        left = int(self._seconds() - _CONNECT_SECONDS)
        read_timeout = max(1, min(ONE_TRY_SECONDS, left))
        client = aws_client(self._service, read_timeout=read_timeout, tries=1)
        now = self._clock()
        if now - self._called_at.get(read_timeout, now) > _IDLE_SECONDS:
            client.close()  # its connections: on one that the service closed meanwhile, a request might have been lost
        self._called_at[read_timeout] = now
        return getattr(client, method)


def aws_exceptions() -> tuple[type[Exception], ...]:
    """Return what a boto3 client raises where AWS refused a call, did not answer it, or answered with nonsense."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return BotoCoreError, ClientError, ResponseParserError
