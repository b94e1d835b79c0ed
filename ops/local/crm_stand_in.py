"""A stand-in for the CRM's internal API, on loopback, that can be told to fail.

`/internal/…` is the CRM's; `/_control/…` is for the one who tests:

    GET  /_control/calls                  every call and its answer
    PUT  /_control/failures/{id}          {"status": 503, "times": 1, "seconds": 0, "garbage": false}, each optional
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, TextIO

from ops.local.crm_books import CrmBooks, Failure

_HOST = "127.0.0.1"
_LARGEST_BODY = 1_048_576
"""Bytes."""


@dataclass(frozen=True, slots=True)
class CrmStandIn:
    """A running stand-in."""

    base_url: str
    token: str
    """The bearer token that it asks for."""

    books: CrmBooks


@contextmanager
def crm_stand_in(log: Path) -> Iterator[CrmStandIn]:
    """Start it on a free port, and stop it at the end."""
    with log.open("w", buffering=1) as lines:
        server = _Server(CrmBooks(), secrets.token_urlsafe(24), lines)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield CrmStandIn(f"http://{_HOST}:{server.server_port}", server.token, server.books)
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for what is being answered: `log` and `books` stay open till then

    def __init__(self, books: CrmBooks, token: str, log: TextIO) -> None:
        super().__init__((_HOST, 0), _Handler)
        self.books = books
        self.token = token
        self.log = log
        self.stopping = Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a caller that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    """One connection. HTTP/1.0, so that no caller meets a connection that was closed while it lay idle."""

    server: _Server
    timeout = 10

    def do_POST(self) -> None:
        if self.path != "/internal/activity":
            self._answer(HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"})
        elif self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._answer(HTTPStatus.UNAUTHORIZED, {"error": "the bearer token is missing or wrong"})
        elif not (key := self.headers.get("Idempotency-Key")):
            self._answer(HTTPStatus.BAD_REQUEST, {"error": "the header Idempotency-Key is missing"})
        elif (body := self._body()) is None:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": "the body is no JSON object"})
        else:
            self._write(key, body)

    def do_PUT(self) -> None:
        prefix, _, about = self.path.rpartition("/")
        body = self._body()
        if prefix != "/_control/failures" or not about or body is None:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "expected PUT /_control/failures/{id} with a JSON object"})
            return
        try:
            self.server.books.fail(about, Failure(**body))
        except TypeError as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._answer(HTTPStatus.OK, {"failing": about})

    def do_GET(self) -> None:
        if self.path == "/_control/calls":
            self._answer(HTTPStatus.OK, {"calls": [asdict(call) for call in self.server.books.calls()]})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": f"no such path: {self.path}"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Into the stage's log, not to the terminal. No body is logged: it is personal."""
        self.server.log.write(f"{self.log_date_time_string()} {format % args}\n")

    def _write(self, key: str, body: dict[str, Any]) -> None:
        plan = self.server.books.plan(body)
        self.server.stopping.wait(plan.seconds)
        call = self.server.books.answer(key, body, 0 if plan.garbage else plan.status)
        if plan.garbage:
            self.log_request("garbage")
            self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        else:
            self._answer(call.status, {"key": key, "accepted": call.accepted})

    def _body(self) -> dict[str, Any] | None:
        with suppress(ValueError):
            length = min(int(self.headers.get("Content-Length", "0")), _LARGEST_BODY)
            body = json.loads(self.rfile.read(length))
            return body if isinstance(body, dict) else None
        return None

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
