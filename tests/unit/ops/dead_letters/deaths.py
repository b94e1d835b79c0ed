"""Ends of a process and of AWS, at whatever call."""

from collections.abc import Callable

from botocore.exceptions import EndpointConnectionError


class KilledError(BaseException):
    """The process is no more: nothing catches it."""


def die_at(calls: int, *, after: bool) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Hooks for before and after a call: all is over at call number so many, before its effect or after it."""
    count = 0

    def before(_operation: str) -> None:
        nonlocal count
        count += 1
        if count > calls or (count == calls and not after):
            raise KilledError

    def after_it(_operation: str) -> None:
        if count >= calls:
            raise KilledError

    return before, after_it


def unreachable(_operation: str) -> None:
    raise EndpointConnectionError(endpoint_url="https://sqs.test")
