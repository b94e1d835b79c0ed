"""A stand-in for the systems that companies let be told of events, on loopback, that can be told when to fail.

    POST   /hooks/{id}               401 where no signature is by the endpoint's secret, 404 where there is no endpoint

`/_control/…` is for the one who tests:

    GET    /_control/posts           every post, the verdict on its signature, and its answer
    PUT    /_control/endpoints/{id}  {"companyId": "…", "event": "booking.created", "secrets": ["whsec_…"]}:
                                     listen there; the CRM is told by its own control
    PUT    /_control/outages/{id}    {"status": 503, "times": 1, "retry_after": "5", "seconds": 0}, each optional:
                                     how posts to this endpoint go wrong

It logs no bodies: they are personal.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, TextIO

from ops.local.webhook_books import Outage, Reply, Subscriber, WebhookBooks

_HOST = "127.0.0.1"
_LARGEST_BODY = 1_048_576
"""Bytes."""


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """A running stand-in."""

    base_url: str
    books: WebhookBooks

    def address(self, endpoint_id: str) -> str:
        """Where an endpoint listens."""
        return f"{self.base_url}/hooks/{endpoint_id}"


@contextmanager
def webhook_receiver(log: Path) -> Iterator[WebhookReceiver]:
    """Start it on a free port, and stop it at the end."""
    books, stopping = WebhookBooks(), Event()
    with log.open("w", buffering=1) as lines:
        server = _Server(books, stopping, lines)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield WebhookReceiver(f"http://{_HOST}:{server.server_port}", books)
        finally:
            stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for what is being answered: the log stays open till then

    def __init__(self, books: WebhookBooks, stopping: Event, log: TextIO) -> None:
        super().__init__((_HOST, 0), _Handler)
        self.books = books
        self.stopping = stopping
        self.log = log

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a caller that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    """One connection. HTTP/1.0: it ends with the answer."""

    server: _Server
    timeout = 10

    def do_POST(self) -> None:
        endpoint_id = self._id_under("/hooks/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.books.receive(endpoint_id, headers, self._body(), datetime.now(UTC))
        self.server.stopping.wait(reply.seconds)
        self._answer(reply, {})

    def do_GET(self) -> None:
        if self.path == "/_control/posts":
            posts = [asdict(post) | {"at": post.at.isoformat()} for post in self.server.books.posts()]
            self._answer(Reply(HTTPStatus.OK), {"posts": posts})
        else:
            self._answer(Reply(HTTPStatus.NOT_FOUND), {"error": f"there is no GET {self.path}"})

    def do_PUT(self) -> None:
        try:
            fields = json.loads(self._body())
            if endpoint_id := self._id_under("/_control/endpoints/"):
                self.server.books.open(_subscriber(endpoint_id, fields))
            elif endpoint_id := self._id_under("/_control/outages/"):
                self.server.books.fail(endpoint_id, Outage(**fields))
            else:
                self._answer(Reply(HTTPStatus.NOT_FOUND), {"error": f"there is no PUT {self.path}"})
                return
        except (ValueError, TypeError, KeyError) as error:
            self._answer(Reply(HTTPStatus.BAD_REQUEST), {"error": f"{type(error).__name__}: {error}"})
        else:
            self._answer(Reply(HTTPStatus.OK), {"endpoint": endpoint_id})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Into the stage's log, not to the terminal."""
        self.server.log.write(f"{self.log_date_time_string()} {format % args}\n")

    def _id_under(self, folder: str) -> str:
        match = re.fullmatch(f"{folder}([^/?]+)", self.path)
        return match[1] if match else ""

    def _body(self) -> bytes:
        with suppress(ValueError):
            return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _LARGEST_BODY))
        return b""

    def _answer(self, reply: Reply, body: Mapping[str, Any]) -> None:
        text = json.dumps(body).encode() if body else b""
        self.send_response(reply.status)
        if reply.retry_after:
            self.send_header("Retry-After", reply.retry_after)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def _subscriber(endpoint_id: str, fields: Mapping[str, Any]) -> Subscriber:
    return Subscriber(
        endpoint_id=endpoint_id,
        company_id=str(fields["companyId"]),
        event=str(fields["event"]),
        secrets=tuple(fields["secrets"]),
    )
