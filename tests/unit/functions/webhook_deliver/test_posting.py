"""Posts to tenants' endpoints: to the checked address, within the deadline, and with a limited response."""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import RemoteDisconnected
from threading import Event
from typing import Any

import pytest
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, ProtocolError

from lambdas.common.errors import PermanentError, RetryableError
from lambdas.webhook_deliver.connection import MAX_RESPONSE, Connection, EndpointResponse
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
        ConnectTimeoutError("https://a.example"),
        ProtocolError("a.example"),
        ConnectionRefusedError("a.example"),
        ssl.SSLCertVerificationError("a.example"),
        RemoteDisconnected("a.example"),
        TimeoutError("a.example"),
    ],
)
def test_network_error_is_retryable_and_closes_the_connection(error: Exception) -> None:
    connection = FakeConnection(error)

    with pytest.raises(RetryableError) as raised:
        post(connection)

    assert str(raised.value) == f"the endpoint did not answer: {type(error).__name__}"
    assert connection.calls == ["closed"]


def test_slow_response_is_aborted_at_the_deadline() -> None:
    connection = FakeConnection(ConnectionResetError(), waits=True)

    with pytest.raises(RetryableError, match="did not answer: TimeoutError"):
        post(connection, seconds=0.05)


def test_response_cut_off_by_the_deadline_is_retryable() -> None:
    connection = FakeConnection(EndpointResponse(200, None), waits=True)

    with pytest.raises(RetryableError, match="did not answer: TimeoutError"):
        post(connection, seconds=0.05)

    assert connection.calls == ["closed"]


@pytest.mark.parametrize(("url", "address"), [("http://a.example/", ADDRESS), ("https://a.example/", "10.0.0.1")])
def test_forbidden_destination_is_never_connected_to(url: str, address: str) -> None:
    connection = FakeConnection()

    with pytest.raises(PermanentError):
        post(connection, url, address=address)

    assert connection.posted == []
    assert connection.calls == []


def opened(to: Destination, seconds: float = 4) -> HTTPConnection:
    """The urllib3 connection that `Connection.open` creates; it is not connected yet."""
    made: list[HTTPConnection] = []

    class Spied(Connection):
        def __init__(self, http: HTTPConnection, to: Destination, seconds: float) -> None:
            made.append(http)
            super().__init__(http, to, seconds)

    Spied.open(to, seconds)
    return made[0]


def test_tls_uses_the_checked_address_and_the_endpoints_name() -> None:
    http = opened(TO)

    assert isinstance(http, HTTPSConnection)
    assert (http.host, http.port, http.server_hostname) == (ADDRESS, 8443, "a.example")
    assert http.cert_reqs == ssl.CERT_REQUIRED
    assert http.assert_hostname is None, "with it, OpenSSL would not check the name"
    assert http.proxy is None


def test_tcp_and_tls_get_half_of_the_time_each() -> None:
    assert opened(TO, seconds=4).timeout == 2


def test_insecure_destination_uses_no_tls() -> None:
    to = Destination(
        is_secure=False, address="127.0.0.1", port=8080, host="localhost", authority="localhost:8080", target="/"
    )

    http = opened(to)

    assert not isinstance(http, HTTPSConnection)
    assert (http.host, http.port) == ("127.0.0.1", 8080)


@dataclass
class FakeHttp:
    """The part of urllib3's connection that `Connection` uses."""

    response: Any = None
    sock: Any = None
    timeout: float = 2
    meanwhile: Callable[[], None] = lambda: None
    """Called while it connects."""

    calls: list[str] = field(default_factory=list)
    requested: dict[str, Any] = field(default_factory=dict)

    def connect(self) -> None:
        self.calls.append("connect")
        self.meanwhile()

    def request(self, method: str, url: str, **more: Any) -> None:
        self.calls.append("request")
        self.requested = {"method": method, "url": url, "timeout": self.timeout, **more}

    def getresponse(self) -> Any:
        return self.response

    def close(self) -> None:
        self.calls.append("close")


class Endless:
    """A body without an end."""

    def __init__(self, fail: Callable[[], Exception | None] = lambda: None) -> None:
        self.fail = fail
        self.taken = 0

    def read(self, amount: int) -> bytes:
        if error := self.fail():
            raise error
        self.taken += amount
        return b"x" * amount


def connected(response: HTTPResponse) -> tuple[Connection, FakeHttp]:
    http = FakeHttp(response)
    given: Any = http
    return Connection(given, TO, 4), http


def answer(body: Any = b"", status: int = 200, **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(body=body, status=status, headers=named, preload_content=False, decode_content=False)


def test_request_has_target_headers_and_body() -> None:
    connection, http = connected(answer(status=503, Retry_After="30"))

    response = connection.post(b"{}", {"Content-Type": "application/json"})

    assert response == EndpointResponse(503, "30")
    assert http.calls == ["connect", "request"]
    assert http.requested == {
        "method": "POST",
        "url": "/hooks?x=1",
        "timeout": 4,
        "body": b"{}",
        "headers": {"Host": "a.example:8443", "Connection": "close", "Content-Type": "application/json"},
        "preload_content": False,
        "decode_content": False,
    }


def test_at_most_64_kib_of_a_response_are_received() -> None:
    body = Endless()
    connection, _ = connected(answer(body))

    connection.post(b"{}", {})
    connection.drain()

    assert 0 < body.taken <= MAX_RESPONSE == 65_536


def test_response_that_breaks_off_after_its_status_counts() -> None:
    connection, http = connected(answer(Endless(ConnectionResetError)))

    response = connection.post(b"{}", {})
    connection.drain()
    connection.close()

    assert response.status == 200
    assert http.calls[-1] == "close"


def test_unconnected_connection_can_be_aborted_and_closed() -> None:
    connection, http = connected(answer())

    connection.drain()
    connection.abort()
    connection.close()

    assert http.calls == ["close"]


def test_connection_aborted_while_connecting_is_not_used() -> None:
    """Nothing else would end a connection that is established only after the deadline."""
    connection, http = connected(answer())
    http.meanwhile = connection.abort

    with pytest.raises(TimeoutError):
        connection.post(b"{}", {})

    assert http.calls == ["connect"]


@pytest.mark.parametrize(("setting", "allow_private_addresses"), [("", False), ("1", True), ("0", False)])
def test_environment_decides_whether_loopback_is_allowed(setting: str, allow_private_addresses: bool) -> None:
    runtime = FunctionHarness().runtime()
    changed = replace(runtime, environment=runtime.environment._replace(webhooks_allow_private_addresses=setting))

    assert Webhooks.connect(changed).allow_private_addresses is allow_private_addresses


def test_urllib3_warnings_with_the_url_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    Webhooks.connect(FunctionHarness().runtime())

    logging.getLogger("urllib3.connection").warning("Failed to parse headers (url=%s)", "https://a.example/?token=1")

    assert caplog.records == []
