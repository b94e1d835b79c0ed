"""A connection for one post, to the IP address that was checked."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.webhook_deliver.destination import Destination

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from lambdas.common.clients.http.connection import HttpConnection

MAX_RESPONSE = 65_536
"""Bytes of a response's body that are received and discarded, so that the receiver can send it to the end."""


@dataclass(frozen=True, slots=True)
class EndpointResponse:
    """The parts of an endpoint's response that decide the outcome."""

    status: int
    retry_after: str | None


class Connection:
    """Posts once over TLS, or plain HTTP to a stand-in."""

    def __init__(self, http: "HttpConnection", to: Destination, seconds: float) -> None:
        """Use `http`, which must not be connected yet; no read may take longer than `seconds`."""
        self._http = http
        self._to = to
        self._seconds = seconds
        self._response: HTTPResponse | None = None
        self.abort = http.abort

    @classmethod
    def open(cls, to: Destination, seconds: float) -> "Connection":
        """Create a connection to the destination's IP address; its certificate must be for the destination's name."""
        from lambdas.common.clients.http.connection import HttpConnection, tls_context

        tls = tls_context() if to.is_secure else None
        return cls(HttpConnection(to.host, to.port, tls=tls, address=to.address), to, seconds)

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once and return the response's head.

        Raises:
            OSError, http.client.HTTPException: there was no valid response.
        """
        self._http.open(self._seconds)
        sent = {"Host": self._to.authority, "Connection": "close", **headers}
        self._http.request("POST", self._to.target, body=body, headers=sent)
        self._response = self._http.getresponse()
        return EndpointResponse(self._response.status, self._response.headers.get("Retry-After"))

    def drain(self) -> None:
        """Receive the rest of the response: a receiver that is cut off may count the delivery as failed."""
        from http.client import HTTPException

        from lambdas.common.clients.http.response import read_body

        if self._response is not None:
            with suppress(HTTPException, OSError):
                read_body(self._response, MAX_RESPONSE)

    def close(self) -> None:
        """Close the response and the connection."""
        if self._response is not None:
            self._response.close()
        self._http.close()
