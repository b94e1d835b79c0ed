"""The HTTP client keeps its connection, dials again when the kept one is stale, and sends a request once otherwise."""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import pytest
from pytest_socket import enable_socket

from lambdas.common.clients.http.client import MAX_IDLE_SECONDS, HttpClient
from lambdas.common.clients.http.connection import HttpConnection
from lambdas.common.clients.http.errors import NoResponseError
from lambdas.common.clients.http.response import HttpResult
from tests import certificates
from tests.unit.common.clients.http.peer import NEVER, Peer, peer
from tests.unit.functions.webhook_deliver.tls_receiver import receiver

OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]
CLOSING = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]
NOTHING: list[bytes] = []


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with closing(HttpClient(limit=9)) as made:
        yield made


def get(client: HttpClient, server: Peer, path: str = "/x", seconds: float = 10) -> HttpResult:
    return client.request("GET", server.url + path, headers={"Accept": "application/json"}, seconds=seconds)


def test_request_has_target_headers_and_body(client: HttpClient) -> None:
    with peer([OK]) as server:
        found = client.request("POST", f"{server.url}/a/b?c=d#e", headers={"X-Key": "1"}, body=b"{}", seconds=10)

    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a/b?c=d HTTP/1.1"
    assert {f"Host: {server.url.removeprefix('http://')}", "X-Key: 1", "Content-Length: 2"} < set(lines)
    assert "Accept-Encoding: identity" in lines
    assert body == b"{}"
    assert (found.status, found.data) == (200, b"ok")


def test_headers_are_found_by_names_in_any_case(client: HttpClient) -> None:
    with peer([[b"HTTP/1.1 503 Busy\r\nRETRY-AFTER: 7\r\nContent-Length: 0\r\n\r\n"]]) as server:
        found = get(client, server)

    assert (found.status, found.headers.get("Retry-After"), found.data) == (503, "7", b"")


def test_connection_is_kept_between_requests(client: HttpClient) -> None:
    with peer([OK, OK, OK]) as server:
        for _ in range(3):
            assert get(client, server).data == b"ok"

    assert (server.connections, len(server.requests)) == (1, 3)


@pytest.mark.parametrize("first", [OK, CLOSING], ids=["unannounced", "announced"])
def test_connection_that_was_closed_while_idle_costs_nothing(client: HttpClient, first: Iterable[bytes]) -> None:
    with peer([first], [OK]) as server:
        found = [get(client, server).status for _ in range(2)]

    assert found == [200, 200]
    assert (server.connections, len(server.requests)) == (2, 2)


def test_connection_closed_before_a_response_is_dialled_again(client: HttpClient) -> None:
    with peer([OK, NOTHING], [OK]) as server:
        found = [get(client, server).status for _ in range(2)]

    assert found == [200, 200]
    assert (server.connections, len(server.requests)) == (2, 3)


def test_fresh_connection_closed_before_a_response_fails(client: HttpClient) -> None:
    with peer([NOTHING], [OK]) as server, pytest.raises(NoResponseError, match=r"^RemoteDisconnected$"):
        get(client, server)

    assert len(server.requests) == 1


def test_server_that_always_closes_is_dialled_again_once(client: HttpClient) -> None:
    with peer([OK, NOTHING], [NOTHING], [OK]) as server:
        get(client, server)
        with pytest.raises(NoResponseError, match=r"^RemoteDisconnected$"):
            get(client, server)

    assert len(server.requests) == 3


def test_response_that_breaks_off_on_a_kept_connection_is_not_repeated(client: HttpClient) -> None:
    with peer([OK, [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]], [OK]) as server:
        get(client, server)
        with pytest.raises(NoResponseError, match=r"^IncompleteRead$"):
            get(client, server)

    assert len(server.requests) == 2


def test_slow_kept_connection_is_not_repeated(client: HttpClient) -> None:
    with peer([OK, [], []], [OK]) as server:
        get(client, server)
        with pytest.raises(NoResponseError, match=r"^TimeoutError$"):
            get(client, server, seconds=0.2)

    assert len(server.requests) == 2


def test_long_idle_connection_is_not_used_again() -> None:
    now = 0.0

    with closing(HttpClient(limit=9, clock=lambda: now)) as client, peer([OK, OK], [OK], [OK]) as server:
        get(client, server)
        now += MAX_IDLE_SECONDS
        get(client, server)
        now -= 2 * MAX_IDLE_SECONDS
        get(client, server)

    assert server.connections == 3


def test_bytes_after_a_response_are_no_response_to_the_next_request(client: HttpClient) -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    with peer([[OK[0] + b"x" * 20_000 + forged], OK], [OK]) as server:  # in one piece: all is there at once
        first = get(client, server)
        second = get(client, server)

    assert (first.data, second.data) == (b"ok", b"ok")
    assert server.connections == 2


def test_connection_to_another_server_is_not_mixed_up(client: HttpClient) -> None:
    with peer([OK, OK]) as one, peer([OK, OK]) as other:
        for server in (one, other, other):
            get(client, server)

    assert (len(one.requests), len(other.requests)) == (1, 2)


def test_connection_aborted_while_connecting_is_not_used() -> None:
    """Nothing else would end a connection that is established only after the deadline."""
    with peer([OK]) as server:
        connection = HttpConnection("127.0.0.1", int(server.url.rpartition(":")[2]), tls=None)
        connection.abort()
        with closing(connection), pytest.raises(TimeoutError):
            connection.open(5)

    assert server.requests == []


def test_dripping_tls_handshake_is_cut_off_in_time(client: HttpClient) -> None:
    begun = time.monotonic()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        Thread(target=drip, args=(listening, b"\x16\x03\x03\x40\x00" + b"\x02" * 500), daemon=True).start()
        with pytest.raises(NoResponseError, match=r"^TimeoutError$"):
            client.request("GET", f"https://127.0.0.1:{port}/", headers={}, seconds=1)

    assert time.monotonic() - begun < 8


def drip(listening: socket.socket, text: bytes) -> None:
    """Send a byte each 20 ms, as a TLS record that does not end."""
    caller, _ = listening.accept()
    with caller, suppress(OSError):
        for byte in text:
            caller.send(bytes([byte]))
            NEVER.wait(0.02)


def test_redirect_is_returned_and_not_followed(client: HttpClient) -> None:
    moved = [b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"]

    with peer([moved, OK]) as server:
        assert get(client, server).status == 302

    assert len(server.requests) == 1


def test_proxies_of_the_environment_are_not_used(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with peer([OK]) as server:
        assert get(client, server).status == 200


def test_refused_connection_is_named_by_its_class_alone(client: HttpClient) -> None:
    with pytest.raises(NoResponseError) as raised:
        client.request("GET", "http://127.0.0.1:1/secret", headers={}, seconds=2)

    assert str(raised.value) == "ConnectionRefusedError"
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(("name", "outcome"), [("localhost", 200), ("crm.example", "SSLCertVerificationError")])
def test_certificate_must_be_for_the_servers_name(
    client: HttpClient, name: str, outcome: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificates.of(name, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with receiver(made, lambda: OK) as server:
        try:
            found: object = client.request("GET", f"https://localhost:{server.port}/", headers={}, seconds=10).status
        except NoResponseError as error:
            found = str(error)

    assert found == outcome
