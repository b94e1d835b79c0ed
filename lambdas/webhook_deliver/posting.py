"""Post to tenants' endpoints: to public addresses only, and with a deadline that a slow receiver cannot extend."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from lambdas.common.clients.http.deadline import Deadline
from lambdas.common.errors import NotDeliveredError
from lambdas.common.runtime import Runtime
from lambdas.webhook_deliver.connection import Connection, EndpointResponse
from lambdas.webhook_deliver.destination import Destination, Resolve, destination, resolve_host
from schemas.event_type import Needs

MAX_POST_SECONDS = 10.0
"""Seconds from the first packet to the response's last."""


class _Connection(Protocol):
    """The methods of `Connection` that `Webhooks` calls."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse: ...
    def drain(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...


class Webhooks:
    """Posts webhooks to endpoints on the internet."""

    need: ClassVar[Needs] = Needs.WEBHOOKS

    def __init__(
        self,
        *,
        seconds: Callable[[], float],
        allow_private_addresses: bool = False,
        resolve: Resolve = resolve_host,
        connect: Callable[[Destination, float], _Connection] = Connection.open,
    ) -> None:
        """Post with the given resolver and connections.

        Args:
            seconds: returns the time for the next post.
            allow_private_addresses: accept http and loopback, for a receiver that is a stand-in on this machine.
            resolve: looks up a host.
            connect: creates a connection with a timeout in seconds.
        """
        self._seconds = seconds
        self.allow_private_addresses = allow_private_addresses
        self._resolve = resolve
        self._connect = connect

    @classmethod
    def connect(cls, runtime: Runtime) -> "Webhooks":
        """Connect from the function's network."""
        return cls(
            seconds=runtime.budget.seconds,
            allow_private_addresses=runtime.environment.webhooks_allow_private_addresses == "1",
        )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once.

        Raises:
            NotDeliveredError: nothing may be sent to this URL, or there was no response in time. The error repeats no
                part of the URL.
        """
        from http.client import HTTPException

        to = destination(url, resolve=self._resolve, allow_private_addresses=self.allow_private_addresses)
        seconds = min(MAX_POST_SECONDS, self._seconds())  # after the lookup, which has no timeout
        connection = self._connect(to, seconds)
        deadline = Deadline(seconds, connection.abort)
        try:
            with deadline:
                response = connection.post(body, headers)
                deadline.check()
                connection.drain()
                return response
        except (HTTPException, OSError) as error:
            raise NotDeliveredError(f"the endpoint did not answer: {deadline.name(error)}") from None
        finally:
            connection.close()
