"""Posts to tenants' endpoints: to the checked address, within the deadline, and with a limited response."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from threading import Event
from typing import Any

import pytest

from lambdas.common.clients.http.connection import HttpConnection
from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.connection import Connection, EndpointResponse
from lambdas.webhook_deliver.destination import Destination
from lambdas.webhook_deliver.posting import MAX_POST_SECONDS, Webhooks
from tests.fakes.function import FunctionHarness

ADDRESS = "93.184.215.14"
TO = Destination(
    is_secure=True, address=ADDRESS, port=8443, host="a.example", authority="a.example:8443", target="/hooks?x=1"
)


@dataclass
class FakeConnection:
    """Responds at once, raises an error, or waits until it is aborted."""

    answer: EndpointResponse | Exception = EndpointResponse(200, None)  # noqa: RUF009 it is frozen
    waits: bool = False
    calls: list[str] = field(default_factory=list)
    posted: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    aborted: Event = field(default_factory=Event)

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        self.posted.append((body, headers))
        if self.waits:
            assert self.aborted.wait(timeout=10), "it was never aborted"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def drain(self) -> None:
        self.calls.append("drained")

    def abort(self) -> None:
        self.aborted.set()

    def close(self) -> None:
        self.calls.append("closed")


def post(
    connection: FakeConnection,
    url: str = "https://a.example:8443/hooks?x=1",
    *,
    address: str = ADDRESS,
    seconds: float = 4,
) -> tuple[EndpointResponse, list[tuple[Destination, float]]]:
    connected: list[tuple[Destination, float]] = []

    def connect(to: Destination, seconds: float) -> FakeConnection:
        connected.append((to, seconds))
        return connection

    webhooks = Webhooks(seconds=lambda: seconds, resolve=lambda _host, _port: [address], connect=connect)
    return webhooks.post(url, b"{}", {"webhook-id": "b-1"}), connected


def test_post_goes_to_the_checked_address() -> None:
    connection = FakeConnection(EndpointResponse(202, "30"))

    answer, destinations = post(connection)

    assert answer == EndpointResponse(202, "30")
    assert destinations == [(TO, 4)]
    assert connection.posted == [(b"{}", {"webhook-id": "b-1"})]
    assert connection.calls == ["drained", "closed"]


@pytest.mark.parametrize(("left", "seconds"), [(0.1, 0.1), (4, 4), (28, MAX_POST_SECONDS)])
def test_post_takes_the_records_time_and_at_most_ten_seconds(left: float, seconds: float) -> None:
    _, destinations = post(FakeConnection(), seconds=left)

    assert destinations == [(TO, seconds)]


@pytest.mark.parametrize(
    "error",
    [
        BadStatusLine("a.example"),
        IncompleteRead(b"a.example"),
        ConnectionRefusedError("a.example"),
        ssl.SSLCertVerificationError("a.example"),
        RemoteDisconnected("a.example"),
        TimeoutError("a.example"),
    ],
)
def test_network_error_is_no_delivery_and_closes_the_connection(error: Exception) -> None:
    connection = FakeConnection(error)

    with pytest.raises(NotDeliveredError) as raised:
        post(connection)

    assert str(raised.value) == f"the endpoint did not answer: {type(error).__name__}"
    assert connection.calls == ["closed"]


def test_slow_response_is_aborted_at_the_deadline() -> None:
    connection = FakeConnection(ConnectionResetError(), waits=True)

    with pytest.raises(NotDeliveredError, match="did not answer: TimeoutError"):
        post(connection, seconds=0.05)


def test_response_cut_off_by_the_deadline_is_no_delivery() -> None:
    connection = FakeConnection(EndpointResponse(200, None), waits=True)

    with pytest.raises(NotDeliveredError, match="did not answer: TimeoutError"):
        post(connection, seconds=0.05)

    assert connection.calls == ["closed"]


@pytest.mark.parametrize(("url", "address"), [("http://a.example/", ADDRESS), ("https://a.example/", "10.0.0.1")])
def test_forbidden_destination_is_never_connected_to(url: str, address: str) -> None:
    connection = FakeConnection()

    with pytest.raises(NotDeliveredError):
        post(connection, url, address=address)

    assert connection.posted == []
    assert connection.calls == []


class SpiedConnection(Connection):
    """Keeps the HTTP connection that it was given."""

    def __init__(self, http: HttpConnection, to: Destination, seconds: float) -> None:
        self.http = http
        super().__init__(http, to, seconds)


def test_connection_is_opened_to_the_checked_address_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(HttpConnection, "__init__", lambda _self, *where, **how: made.append({"where": where, **how}))

    SpiedConnection.open(TO, 4)
    SpiedConnection.open(replace(TO, is_secure=False), 4)

    secured, plain = made
    assert (secured["where"], secured["address"]) == (("a.example", 8443), ADDRESS)
    assert secured["tls"].verify_mode == ssl.CERT_REQUIRED
    assert secured["tls"].check_hostname
    assert plain["tls"] is None


def test_unconnected_connection_can_be_aborted_and_closed() -> None:
    connection = Connection.open(TO, 4)

    connection.drain()
    connection.abort()
    connection.close()


@pytest.mark.parametrize(("setting", "allow_private_addresses"), [("", False), ("1", True), ("0", False)])
def test_environment_decides_whether_loopback_is_allowed(setting: str, allow_private_addresses: bool) -> None:
    runtime = FunctionHarness().runtime()
    changed = replace(runtime, environment=runtime.environment._replace(webhooks_allow_private_addresses=setting))

    assert Webhooks.connect(changed).allow_private_addresses is allow_private_addresses
