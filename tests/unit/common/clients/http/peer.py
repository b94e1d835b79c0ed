"""A server on loopback that answers with the bytes that a test gives it, connection by connection."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

NEVER = Event()


@dataclass
class Peer:
    """The server's address and what it received."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    caller: socket.socket | None = None
    """The open connection."""


@contextmanager
def peer(*connections: Sequence[Iterable[bytes]]) -> Iterator[Peer]:
    """Serve these connections one after the other, then accept no more.

    Each connection is a sequence of responses, and a response the pieces to send. After its last response the server
    closes the connection.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Peer(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread = Thread(target=_serve, args=(listening, connections, found), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            for waiting in (listening, found.caller):
                with suppress(OSError):
                    if waiting is not None:
                        waiting.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


def dripping(*pieces: bytes, every: float = 0.02) -> Iterator[bytes]:
    """The pieces, then the last one a thousand times, `every` seconds apart."""
    yield from pieces[:-1]
    for _ in range(1_000):
        NEVER.wait(every)
        yield pieces[-1]


def _serve(listening: socket.socket, connections: Sequence[Sequence[Iterable[bytes]]], found: Peer) -> None:
    for responses in connections:
        try:
            caller, _ = listening.accept()
        except OSError:
            return
        found.connections += 1
        found.caller = caller
        with caller, suppress(OSError):
            for pieces in responses:
                request = _request(caller)
                if not request:
                    break
                found.requests.append(request)
                for piece in pieces:
                    caller.sendall(piece)


def _request(caller: socket.socket) -> bytes:
    """Read a request with its body; empty if the client closed the connection before."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        piece = caller.recv(65_536)
        if not piece:
            return b""
        taken += piece
    head, _, body = taken.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += caller.recv(65_536)
    return head + b"\r\n\r\n" + body
