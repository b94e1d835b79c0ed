"""A webhook receiver with TLS on this machine that responds with the bytes that a test gives it."""

import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from tests.certificates import Certificate

NAME = "hooks.example.com"

Bytes = Callable[[], Iterable[bytes]]
"""The response, piece by piece, sent until the client closes the connection."""


@dataclass
class Receiver:
    """The receiver's port, and the requests that it received."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """The server name (SNI) that each client sent."""


@contextmanager
def receiver(known_by: Certificate, answer: Bytes) -> Iterator[Receiver]:
    """Listen on loopback and respond to requests one at a time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(known_by.certificate, known_by.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Receiver(listening.getsockname()[1])
        context.sni_callback = lambda _sock, name, _context: found.names.append(name)
        thread = Thread(target=_serve, args=(listening, context, found, answer), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            with suppress(OSError):  # ends the thread's wait for the next connection
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def dripping(*pieces: bytes, every: float = 0.02) -> Bytes:
    """The pieces, then the last piece a thousand times, `every` seconds apart."""

    def drip() -> Iterator[bytes]:
        never = Event()
        yield from pieces[:-1]
        for _ in range(1_000):
            never.wait(every)
            yield pieces[-1]

    return drip


def _serve(listening: socket.socket, context: ssl.SSLContext, found: Receiver, answer: Bytes) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as caller:
            if request := _request(caller):
                found.requests.append(request)
                for piece in answer():
                    caller.sendall(piece)


def _request(caller: ssl.SSLSocket) -> bytes:
    """Read a request to the end of its body, or as far as it came before the client closed the connection."""
    taken = b""
    while not _is_whole(taken):
        piece = caller.recv(65_536)
        if not piece:
            break
        taken += piece
    return taken


def _is_whole(taken: bytes) -> bool:
    head, end, body = taken.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)
