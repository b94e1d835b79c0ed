"""A stand-in for the CRM's internal API, on loopback, that can be told what to know and when to fail.

`/internal/…` is the CRM's, and asks for its bearer token:

    GET    /internal/appointments/{id}       404 where it was not told of one
    GET    /internal/companies/{id}/admins   any company has some, unless told otherwise
    GET    /internal/companies/{id}/webhooks?event=…   none, unless told otherwise
    POST   /internal/activity                with an Idempotency-Key
    POST   /internal/payments/{id}/retry     likewise; 409 where the payment is paid already
    POST   /internal/reports/{id}/generate   likewise

`/_control/…` is for the one who tests:

    GET    /_control/calls                   every call and its answer
    PUT    /_control/failures/{id}           {"status": 503, "times": 1, "seconds": 0, "garbage": false}, each optional:
                                             how calls about this appointment, payment, subject or company go wrong
    PUT    /_control/appointments/{id}       an appointment, as schemas/crm.py has it; `id` may be left out
    PATCH  /_control/appointments/{id}       some of its fields: {"status": "cancelled"}, or another "startTime"
    DELETE /_control/appointments/{id}       there is none any more
    PUT    /_control/admins/{companyId}      {"companyName": "…", "admins": [{"id": "…", "name": "…", "email": "…"}]}
    PUT    /_control/paid/{paymentId}        there is nothing left to charge
    PUT    /_control/webhooks/{companyId}?event=…
                                             {"endpoints": [{"id": "…", "url": "http://…", "secrets": ["whsec_…"]}]}:
                                             these are told of it too
    DELETE /_control/webhooks/{companyId}?event=…
                                             nobody is told of it any more

It logs no bodies: they are personal.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

from ops.local.callers import caller
from ops.local.crm_books import CrmBooks
from ops.local.crm_endpoints import Answer, CrmEndpoints, Request

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
    books, token, stopping = CrmBooks(), secrets.token_urlsafe(24), Event()
    with log.open("w", buffering=1) as lines:
        server = _Server(CrmEndpoints(books, token, stopping.wait), lines)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield CrmStandIn(f"http://{_HOST}:{server.server_port}", token, books)
        finally:
            stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for what is being answered: the log stays open till then

    def __init__(self, endpoints: CrmEndpoints, log: TextIO) -> None:
        super().__init__((_HOST, 0), _Handler)
        self.endpoints = endpoints
        self.log = log

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a caller that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    """One connection. HTTP/1.0, so that no caller meets a connection that was closed while it lay idle."""

    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Into the stage's log, not to the terminal."""
        self.server.log.write(f"{self.log_date_time_string()} {format % args}\n")

    def _serve(self) -> None:
        answer = self.server.endpoints.answer(
            Request(
                method=self.command,
                path=self.path,
                body=self._body(),
                token=self.headers.get("Authorization", "").removeprefix("Bearer "),
                key=self.headers.get("Idempotency-Key", ""),
            )
        )
        if answer.failure.signal:
            self.log_request("signal")
            os.kill(caller(self.server.server_port, self.client_address[1]), answer.failure.signal)
        elif answer.failure.garbage:
            self.log_request("garbage")
            self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        else:
            self._answer(answer)

    def _body(self) -> bytes:
        with suppress(ValueError):
            return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _LARGEST_BODY))
        return b""

    def _answer(self, answer: Answer) -> None:
        text = answer.failure.text.encode() or json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if answer.failure.retry_after:
            self.send_header("Retry-After", answer.failure.retry_after)
        self.end_headers()
        self.wfile.write(text)
