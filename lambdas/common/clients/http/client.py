"""Requests to a server that is called again and again: its connection is kept, since TLS handshakes cost time."""

import ssl
from collections.abc import Callable, Mapping
from functools import cached_property
from http.client import HTTPException
from time import monotonic, time
from typing import NamedTuple
from urllib.parse import urlsplit

from lambdas.common.clients.http.connection import HttpConnection, tls_context
from lambdas.common.clients.http.deadline import Deadline
from lambdas.common.clients.http.errors import NoConnectionError, NoResponseError
from lambdas.common.clients.http.response import HttpResult, read_body

MAX_IDLE_SECONDS = 30.0
"""A connection that was idle for longer is not used again.

Load balancers and NAT gateways forget idle connections after 60 seconds or more, some without telling: a request would
wait in vain.
"""

_MIN_SECONDS = 0.1
_PORTS = {"https": 443, "http": 80}


class _Request(NamedTuple):
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    ends_at: float
    """By the monotonic clock."""


class _StaleConnectionError(Exception):
    """The server had closed a kept connection before it began to respond."""


class HttpClient:
    """Makes one request at a time, and keeps the last connection."""

    def __init__(self, *, limit: int, clock: Callable[[], float] = time) -> None:
        """Read bodies up to a limit.

        Args:
            limit: bytes of a body; of a longer one, one more byte is read.
            clock: seconds; a wall clock, which goes on while Lambda freezes the process.
        """
        self._limit = limit
        self._clock = clock
        self._kept: tuple[tuple[str, str], HttpConnection, float] | None = None
        """Scheme and authority, the connection, and since when it is idle."""

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, seconds: float
    ) -> HttpResult:
        """Make a request and read the whole response within `seconds`; redirects are not followed.

        The request is sent a second time only if it went out on a kept connection that the server closed without a
        response. So a request that is no read needs an idempotency key.

        Raises:
            NoConnectionError: there is no connection.
            NoResponseError: no whole response came in time.
        """
        parts = urlsplit(url)
        origin = (parts.scheme, parts.netloc)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = _Request(method, target, {"Host": parts.netloc, **headers}, body, monotonic() + seconds)
        kept = self._take(origin)
        if kept:
            try:
                return self._exchange(origin, kept, request)
            except _StaleConnectionError:
                pass
        tls = self._tls if parts.scheme == "https" else None
        fresh = HttpConnection(parts.hostname or "", parts.port or _PORTS[parts.scheme], tls=tls)
        return self._exchange(origin, fresh, request)

    def close(self) -> None:
        """Close the kept connection."""
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context()

    def _take(self, origin: tuple[str, str]) -> HttpConnection | None:
        """Take the kept connection if it is to this origin and can be used; else close it."""
        if self._kept is None:
            return None
        kept_origin, connection, since = self._kept
        idle = self._clock() - since
        if kept_origin == origin and 0 <= idle < MAX_IDLE_SECONDS and connection.is_usable():
            self._kept = None
            return connection
        self.close()
        return None

    def _exchange(self, origin: tuple[str, str], connection: HttpConnection, request: _Request) -> HttpResult:
        seconds = max(_MIN_SECONDS, request.ends_at - monotonic())
        deadline = Deadline(seconds, connection.abort)
        is_kept, response = connection.sock is not None, None
        is_open = is_kept
        try:
            with deadline:
                if not is_kept:
                    connection.open(seconds)
                    is_open = True
                connection.sock.settimeout(seconds)
                connection.request(request.method, request.target, request.body, dict(request.headers))
                response = connection.getresponse()
                data = read_body(response, self._limit)
                deadline.check()
            if response.isclosed() and connection.sock is not None:
                self._kept = (origin, connection, self._clock())
            return HttpResult(response.status, response.headers, data)
        except (HTTPException, OSError) as error:
            is_stale = is_kept and response is None and isinstance(error, ConnectionError | ssl.SSLError)
            if is_stale and not deadline.has_passed:
                raise _StaleConnectionError from None
            failure = NoResponseError if is_open else NoConnectionError
            raise failure(deadline.name(error)) from None
        finally:
            if response is not None:
                response.close()
            if self._kept is None:
                connection.close()
