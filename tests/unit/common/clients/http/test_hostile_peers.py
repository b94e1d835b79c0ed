"""Peers that drip, never end, compress, or send what is no HTTP: each ends in time and in bounded memory."""

import gzip
import itertools
import time
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from random import Random

import pytest
from pytest_socket import enable_socket

from lambdas.common.clients.http.client import HttpClient
from lambdas.common.clients.http.errors import NoResponseError
from lambdas.common.clients.http.response import MAX_INTERIM, HttpResult
from tests.unit.common.clients.http.peer import dripping, peer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMIT = 4_096
MEGABYTE = 1_048_576
BOMB = gzip.compress(bytes(16 * MEGABYTE))


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()


def get(pieces: Iterable[bytes], *, seconds: float = 10) -> HttpResult:
    with peer([pieces]) as server, closing(HttpClient(limit=LIMIT)) as client:
        return client.request("GET", server.url, headers={}, seconds=seconds)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"H"],
        [b"HTTP/1.1 200 OK\r\n", b"X"],
        [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"],
        [b"HTTP/1.1 103 Early Hints\r\n", b"X"],
        [HEAD.replace(b"9", b"9999"), b"x"],
        [b"HTTP/1.1 200 OK\r\n\r\n", b"x"],
        [CHUNKED, b"1\r\nx\r\n"],
        [CHUNKED, b"1"],
        [CHUNKED + b"0\r\n", b"X: y\r\n"],
    ],
    ids=["status", "header", "headers", "interim", "body", "body to the end", "chunks", "chunk", "trailers"],
)
def test_dripping_peer_is_cut_off_in_time(pieces: list[bytes]) -> None:
    begun = time.monotonic()

    with pytest.raises(NoResponseError, match=r"^(TimeoutError|HTTPException|IncompleteRead)$"):
        get(dripping(*pieces), seconds=1)

    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("status", [100, 102, 103, 150, 199])
def test_interim_responses_are_read_past(status: int) -> None:
    interim = f"HTTP/1.1 {status} Wait\r\nLink: </a>; rel=preload\r\n\r\n".encode()

    assert get([interim, OK]).data == b"ok"
    assert get([interim * MAX_INTERIM + OK]).data == b"ok"


@pytest.mark.parametrize("status", [100, 103])
def test_too_many_interim_responses_are_no_response(status: int) -> None:
    interim = f"HTTP/1.1 {status} Wait\r\n\r\n".encode()

    with pytest.raises(NoResponseError, match=r"^TooManyInterimError$"):
        get(itertools.repeat(interim))


def test_switch_of_protocols_is_final() -> None:
    found = get([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", OK])

    assert (found.status, found.data) == (101, b"")


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536)),
        lambda: itertools.chain([CHUNKED], itertools.repeat(b"10000\r\n" + b"x" * 65_536 + b"\r\n")),
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b"x" * 65_536],
        lambda: itertools.chain([CHUNKED, b"fffffffffff\r\n"], itertools.repeat(b"x" * 65_536)),
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n", BOMB],
    ],
    ids=["without a length", "chunked", "with a length", "a huge chunk", "a gzip bomb"],
)
def test_body_is_read_one_byte_beyond_the_limit(pieces: Callable[[], Iterable[bytes]]) -> None:
    tracemalloc.start()
    try:
        found = get(pieces())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (found.status, len(found.data)) == (200, LIMIT + 1)
    assert most < MEGABYTE


def test_chunk_below_zero_takes_no_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(NoResponseError):
            get(itertools.chain([CHUNKED, b"-1\r\n"], itertools.repeat(b"x" * 65_536)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < MEGABYTE


def test_compressed_body_is_returned_as_it_was_sent() -> None:
    body = gzip.compress(b"{}")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    assert get([head + body]).data == body


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\x00\x01 this is not HTTP\r\n\r\n"],
        [b"HTTP/2 200\r\n\r\n"],
        [b"HTTP/1.1 abc OK\r\n\r\n"],
        [b"HTTP/1.1 99 Low\r\n\r\n"],
        [b"HTTP/1.1 " + b"2" * 70_000],
        [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n"],
        [b"HTTP/1.1 103 Hints\r\n" + b"X: y\r\n" * 5_000 + b"\r\n" + OK],
        [HEAD + b"cut"],
        [CHUNKED + b"9\r\ncut"],
        [CHUNKED + b"no length\r\n"],
        [b"HTTP/1.1 103 Early Hints\r\n\r\n"],
        [b""],
    ],
    ids=lambda pieces: repr(pieces[0][:24]),
)
def test_what_is_no_whole_response_is_no_response(pieces: list[bytes]) -> None:
    with pytest.raises(NoResponseError, match=r"^[A-Za-z]+$"):
        get(pieces)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -5",
        b"Content-Length: " + b"9" * 5_000,
        "Content-Length: ²".encode("latin-1"),
        b"Content-Length: 2\r\nContent-Length: 99",
        b"no colon here",
        b": no name",
        b"Retry-After: \xff\x00",
        b"Content-Type: \xff\xfe",
        b"Set-Cookie: a\r\n folded",
    ],
    ids=lambda head: repr(head[:24]),
)
def test_odd_headers_do_not_hide_the_status(head: bytes) -> None:
    assert get([b"HTTP/1.1 503 Busy\r\n" + head + b"\r\nConnection: close\r\n\r\nok"]).status == 503


def test_mutated_responses_end_in_a_response_or_in_none() -> None:
    """A thousand responses with bytes changed, cut or doubled; no other exception."""
    random = Random(19)  # noqa: S311 no secret
    seeds = [OK, HEAD + b"123456789", CHUNKED + b"2\r\nok\r\n0\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK]
    ended = 0

    for _ in range(1_000):
        text = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 4)):
            at = random.randrange(len(text))
            text[at : at + random.randint(0, 3)] = random.choice(
                [b"", b"\xff", b"\r\n", b"-1", b":", b"\x00", b"9" * 20]
            )
        with suppress(NoResponseError):
            get([bytes(text)], seconds=5)
        ended += 1

    assert ended == 1_000
