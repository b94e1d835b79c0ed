"""One connection for one post, to the address that was checked."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.webhook_deliver.destination import Destination

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.connection import HTTPConnection

LARGEST_ANSWER = 65_536
"""Bytes of an answer's body that are received, so that whoever sends it is not cut off; nobody reads them."""


@dataclass(frozen=True, slots=True)
class EndpointResponse:
    """What matters of an answer."""

    status: int
    retry_after: str | None


class Connection:
    """Over TLS, unless the destination is not secure. No proxy, no redirect, no second try, no decompression."""

    def __init__(self, http: "HTTPConnection", to: Destination, seconds: float) -> None:
        """Use `http`, which is not connected yet, for `seconds` at most at a time."""
        self._http = http
        self._to = to
        self._seconds = seconds
        self._sock = http.sock
        self._is_hung_up = False
        self._response: BaseHTTPResponse | None = None

    @classmethod
    def open(cls, to: Destination, seconds: float) -> "Connection":
        """A connection to the destination's IP address, whose certificate must be for the destination's name."""
        from urllib3.connection import HTTPConnection, HTTPSConnection  # paid by the first post

        # TCP and TLS have half of the time each, so that they cannot take more than all of it together.
        if not to.is_secure:
            return cls(HTTPConnection(to.address, to.port, timeout=seconds / 2), to, seconds)
        # With this and without `assert_hostname`, OpenSSL itself checks the certificate's names.
        http = HTTPSConnection(to.address, to.port, timeout=seconds / 2, server_hostname=to.host)
        return cls(http, to, seconds)

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once.

        Raises:
            OSError, http.client.HTTPException, urllib3.exceptions.HTTPError: there was no answer.
        """
        self._http.connect()
        self._sock = self._http.sock
        if self._is_hung_up:  # while there was no socket yet that this could have ended
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
        """Receive the rest of the answer, as far as it goes: a receiver that is cut off may take it for a failure."""
        from urllib3.exceptions import HTTPError

        if self._response is not None:
            with suppress(HTTPError, OSError):
                self._response.read(LARGEST_ANSWER)

    def abort(self) -> None:
        """End whatever another thread is waiting for here."""
        import socket

        self._is_hung_up = True  # before it looks at the socket: `post` does so the other way round
        if self._sock is not None:
            with suppress(OSError):  # it is closed already
                # Not `SSLSocket.shutdown`: it takes TLS off under the feet of who is reading.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go."""
        if self._response is not None:
            self._response.close()
        self._http.close()
