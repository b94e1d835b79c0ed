"""Posts to others' systems: to the checked address, in time, and no more of an answer than is wanted."""

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
from lambdas.webhook_deliver.connection import LARGEST_ANSWER, Connection, EndpointResponse
from lambdas.webhook_deliver.destination import Destination
from lambdas.webhook_deliver.posting import LONGEST_POST, Webhooks
from tests.fakes.function import World

ADDRESS = "93.184.215.14"
TO = Destination(
    is_secure=True, address=ADDRESS, port=8443, host="a.example", authority="a.example:8443", target="/hooks?x=1"
)


@dataclass
class FakeLine:
    """Answers at once, or with an error, or when it is hung up."""

    answer: EndpointResponse | Exception = EndpointResponse(200, None)  # noqa: RUF009 it is frozen
    waits: bool = False
    done: list[str] = field(default_factory=list)
    posted: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    hung_up: Event = field(default_factory=Event)

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        self.posted.append((body, headers))
        if self.waits:
            assert self.hung_up.wait(timeout=10), "nobody hung up"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def drain(self) -> None:
        self.done.append("drained")

    def abort(self) -> None:
        self.hung_up.set()

    def close(self) -> None:
        self.done.append("closed")


def post(
    line: FakeLine, url: str = "https://a.example:8443/hooks?x=1", *, address: str = ADDRESS, seconds: float = 4
) -> tuple[EndpointResponse, list[tuple[Destination, float]]]:
    connected: list[tuple[Destination, float]] = []

    def connect(to: Destination, seconds: float) -> FakeLine:
        connected.append((to, seconds))
        return line

    webhooks = Webhooks(seconds=lambda: seconds, resolve=lambda _host, _port: [address], connect=connect)
    return webhooks.post(url, b"{}", {"webhook-id": "b-1"}), connected


def test_it_goes_to_the_checked_address_and_is_answered() -> None:
    line = FakeLine(EndpointResponse(202, "30"))

    answer, connected = post(line)

    assert answer == EndpointResponse(202, "30")
    assert connected == [(TO, 4)]
    assert line.posted == [(b"{}", {"webhook-id": "b-1"})]
    assert line.done == ["drained", "closed"]


@pytest.mark.parametrize(("left", "seconds"), [(0.1, 0.1), (4, 4), (28, LONGEST_POST)])
def test_it_takes_no_longer_than_the_record_has_and_never_over_ten_seconds(left: float, seconds: float) -> None:
    _, connected = post(FakeLine(), seconds=left)

    assert connected == [(TO, seconds)]


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
def test_no_answer_is_retryable_and_the_line_is_let_go(error: Exception) -> None:
    line = FakeLine(error)

    with pytest.raises(RetryableError) as raised:
        post(line)

    assert str(raised.value) == f"the endpoint did not answer: {type(error).__name__}"
    assert line.done == ["closed"]


def test_who_lets_an_answer_drip_is_hung_up_on() -> None:
    line = FakeLine(ConnectionResetError(), waits=True)

    with pytest.raises(RetryableError, match="did not answer: TimeoutError"):
        post(line, seconds=0.05)


def test_half_an_answer_that_was_cut_off_is_none() -> None:
    line = FakeLine(EndpointResponse(200, None), waits=True)

    with pytest.raises(RetryableError, match="did not answer: TimeoutError"):
        post(line, seconds=0.05)

    assert line.done == ["closed"]


@pytest.mark.parametrize(("url", "address"), [("http://a.example/", ADDRESS), ("https://a.example/", "10.0.0.1")])
def test_nothing_is_connected_to_that_may_not_be(url: str, address: str) -> None:
    line = FakeLine()

    with pytest.raises(PermanentError):
        post(line, url, address=address)

    assert line.posted == []
    assert line.done == []


def opened(to: Destination, seconds: float = 4) -> HTTPConnection:
    """What `Connection.open` will use; nothing is connected yet."""
    made: list[HTTPConnection] = []

    class Spied(Connection):
        def __init__(self, http: HTTPConnection, to: Destination, seconds: float) -> None:
            made.append(http)
            super().__init__(http, to, seconds)

    Spied.open(to, seconds)
    return made[0]


def test_tls_is_with_the_checked_address_under_the_endpoints_name() -> None:
    http = opened(TO)

    assert isinstance(http, HTTPSConnection)
    assert (http.host, http.port, http.server_hostname) == (ADDRESS, 8443, "a.example")
    assert http.cert_reqs == ssl.CERT_REQUIRED
    assert http.assert_hostname is None, "it would take the check of the name from OpenSSL"
    assert http.proxy is None


def test_connecting_and_shaking_hands_have_half_of_the_time_each() -> None:
    assert opened(TO, seconds=4).timeout == 2


def test_only_a_destination_that_is_not_secure_is_without_tls() -> None:
    to = Destination(
        is_secure=False, address="127.0.0.1", port=8080, host="localhost", authority="localhost:8080", target="/"
    )

    http = opened(to)

    assert not isinstance(http, HTTPSConnection)
    assert (http.host, http.port) == ("127.0.0.1", 8080)


@dataclass
class FakeHttp:
    """What is used of urllib3's connection."""

    response: Any = None
    sock: Any = None
    timeout: float = 2
    meanwhile: Callable[[], None] = lambda: None
    """Happens while it connects."""

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


def connection(response: HTTPResponse) -> tuple[Connection, FakeHttp]:
    http = FakeHttp(response)
    given: Any = http
    return Connection(given, TO, 4), http


def answer(body: Any = b"", status: int = 200, **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(body=body, status=status, headers=named, preload_content=False, decode_content=False)


def test_the_request_is_what_the_endpoint_was_promised() -> None:
    line, http = connection(answer(status=503, Retry_After="30"))

    told = line.post(b"{}", {"Content-Type": "application/json"})

    assert told == EndpointResponse(503, "30")
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


def test_no_more_of_an_answer_is_received_than_64_kib() -> None:
    body = Endless()
    line, _ = connection(answer(body))

    line.post(b"{}", {})
    line.drain()

    assert 0 < body.taken <= LARGEST_ANSWER == 65_536


def test_an_answer_that_breaks_off_after_its_status_is_an_answer() -> None:
    line, http = connection(answer(Endless(ConnectionResetError)))

    told = line.post(b"{}", {})
    line.drain()
    line.close()

    assert told.status == 200
    assert http.calls[-1] == "close"


def test_a_line_that_never_came_about_can_be_hung_up_and_let_go() -> None:
    line, http = connection(answer())

    line.drain()
    line.abort()
    line.close()

    assert http.calls == ["close"]


def test_a_line_that_was_hung_up_while_it_came_about_is_not_used() -> None:
    """Who takes all the time to connect has none left: nothing else would ever end a line that comes about then."""
    line, http = connection(answer())
    http.meanwhile = line.abort

    with pytest.raises(TimeoutError):
        line.post(b"{}", {})

    assert http.calls == ["connect"]


@pytest.mark.parametrize(("told", "allow_private_addresses"), [("", False), ("1", True), ("0", False)])
def test_the_functions_environment_says_whether_this_machine_may_be_reached(
    told: str, allow_private_addresses: bool
) -> None:
    runtime = World().runtime()
    told_so = replace(runtime, environment=runtime.environment._replace(webhooks_allow_private_addresses=told))

    assert Webhooks.connect(told_so).allow_private_addresses is allow_private_addresses


def test_what_urllib3_finds_odd_in_an_answer_is_not_logged_with_the_address(caplog: pytest.LogCaptureFixture) -> None:
    Webhooks.connect(World().runtime())

    logging.getLogger("urllib3.connection").warning("Failed to parse headers (url=%s)", "https://a.example/?token=1")

    assert caplog.records == []
