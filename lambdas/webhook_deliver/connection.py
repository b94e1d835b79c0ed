"""A connection for one post, to the IP address that was checked."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.webhook_deliver.destination import Destination

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.connection import HTTPConnection

MAX_RESPONSE = 65_536
"""Bytes of a response's body that are received and discarded, so that the receiver can send it to the end."""


@dataclass(frozen=True, slots=True)
class EndpointResponse:
    """The parts of an endpoint's response that decide the outcome."""

    status: int
    retry_after: str | None


class Connection:
    """Posts over TLS, or plain HTTP to a stand-in, without proxy, redirects, retries or decompression."""

    def __init__(self, http: "HTTPConnection", to: Destination, seconds: float) -> None:
        """Use `http`, which must not be connected yet; no read may take longer than `seconds`."""
        self._http = http
        self._to = to
        self._seconds = seconds
        self._sock = http.sock
        self._is_aborted = False
        self._response: BaseHTTPResponse | None = None

    @classmethod
    def open(cls, to: Destination, seconds: float) -> "Connection":
        """Create a connection to the destination's IP address; its certificate must be for the destination's name."""
        from urllib3.connection import HTTPConnection, HTTPSConnection

        # TCP and TLS get half of the time each, so that together they take no more than all of it.
        if not to.is_secure:
            return cls(HTTPConnection(to.address, to.port, timeout=seconds / 2), to, seconds)
        # With `server_hostname` and without `assert_hostname`, OpenSSL itself checks the certificate's names.
        http = HTTPSConnection(to.address, to.port, timeout=seconds / 2, server_hostname=to.host)
        return cls(http, to, seconds)

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once and return the response's head.

        Raises:
            OSError, http.client.HTTPException, urllib3.exceptions.HTTPError: there was no valid response.
        """
        self._http.connect()
        self._sock = self._http.sock
        if self._is_aborted:  # before there was a socket to shut down
            raise TimeoutError
        self._http.timeout = self._seconds
        self._http.request(
            "POST",
            self._to.target,
            body=body,
            headers={"Host": self._to.authority, "Connection": "close", **headers},
            preload_content=False,
            decode_content=False,
        )
        self._response = self._http.getresponse()
        return EndpointResponse(self._response.status, self._response.headers.get("Retry-After"))

    def drain(self) -> None:
        """Receive the rest of the response: a receiver that is cut off may count the delivery as failed."""
        from urllib3.exceptions import HTTPError

        if self._response is not None:
            with suppress(HTTPError, OSError):
                self._response.read(MAX_RESPONSE)

    def abort(self) -> None:
        """Shut the socket down, so that a thread that waits for it stops."""
        import socket

        self._is_aborted = True  # set before the socket is read; `post` sets the socket before it reads the flag
        if self._sock is not None:
            with suppress(OSError):  # already closed
                # Not `SSLSocket.shutdown`: it removes TLS while another thread reads.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the response and the connection."""
        if self._response is not None:
            self._response.close()
        self._http.close()
