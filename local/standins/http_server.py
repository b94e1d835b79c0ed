"""An HTTP server on loopback for the stand-ins: sockets, threads, and the process ids of callers."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from threading import Event, Thread
from typing import TextIO

from local.emulator.emulator import HOST, free_port

_PROC = Path("/proc")

_LARGEST_BODY = 1_048_576
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to a stand-in."""

    method: str
    path: str
    """The path with its query."""

    headers: Mapping[str, str]
    """Header values by lower-case names."""

    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A stand-in's reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    """The delay before the reply."""

    is_garbage: bool = False
    """Whether the reply is not HTTP."""

    is_cut: bool = False
    """Whether the connection is closed without a reply."""

    signal: int = 0
    """A signal for the calling process instead of a reply. Linux only."""


Responder = Callable[[HttpRequest], HttpReply]


@dataclass(frozen=True, slots=True)
class HttpStandIn:
    """A running server."""

    base_url: str
    refusing_connections: Callable[[], AbstractContextManager[None]]
    """Lets nobody connect during a block. The port stays taken."""


@contextmanager
def http_stand_in(
    log: Path, respond: Responder, stopping: Event, *, secret: str = "", largest_body: int = _LARGEST_BODY
) -> Iterator["HttpStandIn"]:
    """Serve on a free port during the block.

    Args:
        log: the log, one line for each request without its body: bodies contain personal data.
        respond: returns the reply to a request; called in a thread for each.
        stopping: set at the end of the block, which ends the delays of replies.
        secret: a part of the path that is not logged.
        largest_body: bytes of a request's body that are read at most.
    """
    with log.open("w", buffering=1, encoding="utf-8") as lines:
        server = _Server(respond, stopping, lines, secret, largest_body)
        server.start()
        try:
            yield HttpStandIn(f"http://{HOST}:{server.server_port}", server.refusing_connections)
        finally:
            stopping.set()
            server.stop()
            server.server_close()


def caller(server_port: int, client_port: int) -> int:
    """The id of the process that opened a connection on IPv4 loopback.

    Args:
        server_port: the port to which the process connected.
        client_port: the port from which the process connected.

    Raises:
        LookupError: there is no such connection, or its process is another user's.
    """
    inode = _inode(server_port, client_port)
    for process, socket in _sockets():
        if socket == f"socket:[{inode}]":
            return process
    raise LookupError(f"no process of this user has the connection from port {client_port} to {server_port} open")


def _inode(server_port: int, client_port: int) -> str:
    """The inode of the caller's socket. Source: proc_net_tcp in the kernel's documentation; ports are hexadecimal."""
    for line in (_PROC / "net" / "tcp").read_text(encoding="utf-8").splitlines()[1:]:
        _, local, remote, *_, inode = line.split()[:10]
        if local.endswith(f":{client_port:04X}") and remote.endswith(f":{server_port:04X}"):
            return inode
    raise LookupError(f"there is no connection from port {client_port} to {server_port}")


def _sockets() -> Iterator[tuple[int, str]]:
    """The process id and link target of every open file."""
    for process in _PROC.iterdir():
        if process.name.isdigit():
            with suppress(OSError):  # the process has just ended, or is another user's
                for open_file in (process / "fd").iterdir():
                    with suppress(OSError):
                        yield int(process.name), str(open_file.readlink())


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing must wait for open requests, which still write to the log

    def __init__(self, respond: Responder, stopping: Event, log: TextIO, secret: str, largest_body: int) -> None:
        super().__init__((HOST, free_port()), _Handler)
        self._thread: Thread | None = None
        self.respond = respond
        self.stopping = stopping
        self.log = log
        self.secret = secret
        self.largest_body = largest_body

    def start(self) -> None:
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread:
            self.shutdown()
            self._thread.join()
            self._thread = None

    @contextmanager
    def refusing_connections(self) -> Iterator[None]:
        """Stop listening during the block. Linux keeps the port bound, since it was bound by its number."""
        self.stop()
        self.socket.shutdown(SHUT_RDWR)
        try:
            yield
        finally:
            self.server_activate()
            self.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the error: tests let callers disconnect."""


class _Handler(BaseHTTPRequestHandler):
    """One connection. HTTP/1.0, so that no caller reuses a connection that was closed while idle."""

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
        """Write to the stage's log, not to the terminal."""
        line = format % args
        shown = line.replace(self.server.secret, "…") if self.server.secret else line
        self.server.log.write(f"{self.log_date_time_string()} {shown}\n")

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest(method=self.command, path=self.path, headers=headers, body=self._body())
        reply = self.server.respond(request)
        self.server.stopping.wait(reply.seconds)
        if reply.signal:
            self.log_request("signal")
            os.kill(caller(self.server.server_port, self.client_address[1]), reply.signal)
        elif reply.is_cut:
            self.log_request("cut")
        elif reply.is_garbage:
            self.log_request("garbage")
            self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        else:
            self._reply(reply)

    def _body(self) -> bytes:
        with suppress(ValueError):
            return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), self.server.largest_body))
        return b""

    def _reply(self, reply: HttpReply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
