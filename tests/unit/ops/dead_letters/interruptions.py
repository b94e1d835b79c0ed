"""Interruptions of a command: the process is killed, or AWS cannot be reached."""

from collections.abc import Callable

from botocore.exceptions import EndpointConnectionError


class KilledError(BaseException):
    """The process was killed: nothing catches it."""


def kill_at(calls: int, *, after: bool) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Hooks that kill the process at a numbered call, before or after the call takes effect."""
    count = 0

    def before_call(_operation: str) -> None:
        nonlocal count
        count += 1
        if count > calls or (count == calls and not after):
            raise KilledError

    def after_call(_operation: str) -> None:
        if count >= calls:
            raise KilledError

    return before_call, after_call


def unreachable(_operation: str) -> None:
    raise EndpointConnectionError(endpoint_url="https://sqs.test")
