"""An HTTP response: read past interim ones, and never further than a limit."""

from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead, parse_headers

MAX_INTERIM = 10
"""Interim responses that are read past before a final one."""

_PIECE = 16_384


@dataclass(frozen=True, slots=True)
class HttpResult:
    """A whole response."""

    status: int
    headers: Message
    """Found by names in any case."""

    data: bytes
    """The body as it was sent, not decompressed; cut one byte after the limit."""


class TooManyInterimError(HTTPException):
    """More than `MAX_INTERIM` interim responses came before a final one."""


class FinalResponse(HTTPResponse):
    """A response that reads past all interim responses (RFC 9110, section 15.2); http.client reads past 100 alone.

    101 is no interim response: what follows it is another protocol.
    """

    def _read_status(self) -> tuple[str, int, str]:
        """Read the status line of the first final response.

        Raises:
            TooManyInterimError: no final one came among so many.
            HTTPException: one is malformed.
        """
        for _ in range(MAX_INTERIM + 1):
            line: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # missing from the stubs
            status = line[1]
            if status >= HTTPStatus.OK or status == HTTPStatus.SWITCHING_PROTOCOLS:
                return line
            parse_headers(self.fp)
        raise TooManyInterimError


def read_body(response: HTTPResponse, limit: int) -> bytes:
    """Read a body to its end, or one byte more than `limit`.

    `readinto` keeps to its buffer, whatever a chunk's length claims: `read` would take a length of -1 for "all".

    Raises:
        OSError, HTTPException: the body ended before its end.
    """
    body = bytearray()
    piece = memoryview(bytearray(_PIECE))
    while len(body) <= limit and (count := response.readinto(piece[: limit + 1 - len(body)])):
        body += piece[:count]
    if response.length and len(body) <= limit:
        raise IncompleteRead(bytes(body), response.length)
    return bytes(body)
