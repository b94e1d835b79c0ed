"""The stand-ins' HTTP server refuses connections for a while, and is there again."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from urllib.error import URLError

import pytest
from pytest_socket import enable_socket

from local.standins.http_server import HttpReply, HttpStandIn, http_stand_in

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpStandIn]:
    enable_socket()
    with http_stand_in(tmp_path / "log", lambda _: HttpReply(status=200, body=b"here"), Event()) as server:
        yield server


def get(server: HttpStandIn) -> bytes:
    with _DIRECT.open(server.base_url, timeout=5) as answer:
        return bytes(answer.read())


def test_a_server_that_refuses_connections_is_there_again_after(server: HttpStandIn) -> None:
    assert get(server) == b"here"

    for _ in range(2):
        with server.refusing_connections(), pytest.raises(URLError) as refused:
            get(server)
        assert isinstance(refused.value.reason, ConnectionRefusedError)
        assert get(server) == b"here"


def test_a_server_can_end_while_it_refuses_connections(tmp_path: Path) -> None:
    enable_socket()
    with http_stand_in(tmp_path / "log", lambda _: HttpReply(status=200), Event()) as server:
        server.refusing_connections().__enter__()
