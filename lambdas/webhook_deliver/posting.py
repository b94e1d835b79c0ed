"""Posts to endpoints that others run: to public addresses alone, and within a time that they cannot stretch."""

import logging
from collections.abc import Callable, Mapping
from threading import Timer
from typing import ClassVar, Protocol

from lambdas.common.errors import RetryableError
from lambdas.common.runtime import Runtime
from lambdas.webhook_deliver.connection import Connection, EndpointResponse
from lambdas.webhook_deliver.destination import Destination, Resolve, destination, look_up
from schemas.event_type import Needs

LONGEST_POST = 10.0
"""Seconds from the first packet to the answer's last."""


class OpenConnection(Protocol):
    """What is used of a `Connection`."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once."""

    def drain(self) -> None:
        """Receive the rest of the answer."""

    def abort(self) -> None:
        """End whatever another thread is waiting for here."""

    def close(self) -> None:
        """Let go."""


class Webhooks:
    """Posts to the internet."""

    need: ClassVar[Needs] = Needs.WEBHOOKS

    def __init__(
        self,
        *,
        seconds: Callable[[], float],
        allow_private_addresses: bool = False,
        resolve: Resolve = look_up,
        connect: Callable[[Destination, float], OpenConnection] = Connection.open,
    ) -> None:
        """Post from here.

        Args:
            seconds: gives the time that the next post has.
            allow_private_addresses: lets http and loopback pass, where the receiver is a stand-in on this machine.
            resolve: looks a host up.
            connect: makes a connection that has a number of seconds.
        """
        self._seconds = seconds
        self.allow_private_addresses = allow_private_addresses
        self._resolve = resolve
        self._connect = connect

    @classmethod
    def connect(cls, runtime: Runtime) -> "Webhooks":
        """The function's own way out."""
        # It warns of others' odd headers, and shows the address: neither belongs in a log.
        logging.getLogger("urllib3.connection").setLevel(logging.CRITICAL)
        return cls(
            seconds=runtime.budget.seconds,
            allow_private_addresses=runtime.environment.webhooks_allow_private_addresses == "1",
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once.

        Raises:
            PermanentError: nothing may be sent to that address.
            RetryableError: there was no answer in time. Neither text has any of the address.
        """
        from http.client import HTTPException  # paid by the first post, not by init

        from urllib3.exceptions import HTTPError

        to = destination(url, resolve=self._resolve, allow_private_addresses=self.allow_private_addresses)
        seconds = min(LONGEST_POST, self._seconds())  # of what looking the host up has left: that has no timeout
        line = self._connect(to, seconds)
        cut_off = _Deadline(line.abort, seconds)
        try:
            with cut_off:
                answer = line.post(body, headers)
                cut_off.check()
                line.drain()
                return answer
        except (HTTPError, HTTPException, OSError) as error:
            name = TimeoutError.__name__ if cut_off.is_over else type(error).__name__
            raise RetryableError(f"the endpoint did not answer: {name}") from None
        finally:
            line.close()


class _Deadline:
    """Hangs up when the time is over: a socket's own timeout begins anew with each byte that the other side drips."""

    def __init__(self, abort: Callable[[], None], seconds: float) -> None:
        self._hang_up = abort
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def check(self) -> None:
        """Raise where it was cut off: what came until then is no answer, even if it looks like one."""
        if self.is_over:
            raise TimeoutError

    def _cut(self) -> None:
        self.is_over = True
        self._hang_up()
