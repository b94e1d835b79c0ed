"""Webhooks over real TLS to a receiver on this machine, which may be hostile."""

import gzip
import itertools
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_socket import enable_socket
from standardwebhooks import Webhook

from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.answers import check_response
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.posting import Webhooks
from lambdas.webhook_deliver.signing import signed
from tests import certificates
from tests.certificates import Certificate
from tests.messages import SECRET
from tests.unit.functions.webhook_deliver.tls_receiver import NAME, Bytes, dripping, receiver, silent

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
MEGABYTE = 1_048_576


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for the endpoint's name that OpenSSL trusts."""
    made = certificates.of(NAME, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


def post(  # noqa: PLR0913 each test says what is different, by keyword
    port: int,
    *,
    host: str = NAME,
    answers: Iterator[list[str]] | None = None,
    body: bytes = b"{}",
    seconds: float = 10,
    headers: Mapping[str, str] | None = None,
) -> EndpointResponse:
    found = answers or iter([["127.0.0.1"]])
    webhooks = Webhooks(seconds=lambda: seconds, allow_private_addresses=True, resolve=lambda *_: next(found))
    return webhooks.post(f"https://{host}:{port}/hooks?x=1", body, headers or {})


def test_connection_goes_to_the_checked_address_despite_dns_changes(trusted: Certificate) -> None:
    """The test's resolver alone knows this name: any other lookup would fail or give another address."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    with receiver(trusted, lambda: [OK]) as company:
        answer = post(company.port, answers=answers)

    assert answer.status == 200
    assert company.names == [NAME]
    (request,) = company.requests
    assert request.startswith(b"POST /hooks?x=1 HTTP/1.1\r\n")
    assert f"Host: {NAME}:{company.port}\r\n".encode() in request
    assert next(answers) == ["169.254.169.254"], "the host was resolved twice"


def test_receiver_verifies_the_webhook_on_the_wire(trusted: Certificate) -> None:
    body = '{"data":{"companyName":"Café Zoë"}}'.encode()
    headers = signed("b-1", datetime.now(UTC), body, [SECRET])

    with receiver(trusted, lambda: [OK]) as company:
        post(company.port, body=body, headers=headers)

    head, _, received = company.requests[0].partition(b"\r\n\r\n")
    sent = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert Webhook(SECRET).verify(received, sent)["data"]["companyName"] == "Café Zoë"


def test_certificate_for_another_name_stops_the_post(trusted: Certificate) -> None:
    with (
        receiver(trusted, lambda: [OK]) as company,
        pytest.raises(NotDeliveredError, match=r"^the endpoint did not answer: SSL\w*Error$"),
    ):
        post(company.port, host="hooks.example.org")

    assert company.requests == []


def test_untrusted_certificate_stops_the_post(tmp_path: Path) -> None:
    with (
        receiver(certificates.of(NAME, tmp_path), lambda: [OK]) as company,
        pytest.raises(NotDeliveredError, match=r"^the endpoint did not answer: SSL\w*Error$"),
    ):
        post(company.port)

    assert company.requests == []


@pytest.mark.parametrize("status", range(300, 309))
def test_redirect_is_not_followed_and_no_delivery(trusted: Certificate, status: int) -> None:
    def elsewhere() -> list[bytes]:
        return [f"HTTP/1.1 {status} Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".encode()]

    with receiver(trusted, elsewhere) as company:
        answer = post(company.port)

    assert len(company.requests) == 1
    with pytest.raises(NotDeliveredError, match=f"answered {status}: redirects are not followed"):
        check_response(answer, datetime.now(UTC))


@pytest.mark.parametrize(
    "pieces",
    [
        [b"H"],
        [b"HTTP/1.1 200 OK\r\n", b"X"],
        [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"],
        [b"HTTP/1.1 100 Continue\r\n", b"X"],
    ],
    ids=["the status", "a header", "headers", "an interim response"],
)
def test_dripping_response_is_cut_off_in_time(trusted: Certificate, pieces: list[bytes]) -> None:
    begun = time.monotonic()

    with (
        receiver(trusted, dripping(*pieces)) as company,
        pytest.raises(NotDeliveredError, match=r"^the endpoint did not answer: TimeoutError$"),
    ):
        post(company.port, seconds=2)

    assert time.monotonic() - begun < 60


def test_receiver_without_tls_handshake_is_left_in_time() -> None:
    begun = time.monotonic()

    with silent() as port, pytest.raises(NotDeliveredError, match="the endpoint did not answer: "):
        post(port, seconds=2)

    assert time.monotonic() - begun < 60


def test_dripping_body_counts_as_response_and_is_cut_off(trusted: Certificate) -> None:
    begun = time.monotonic()

    with receiver(trusted, dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x")) as company:
        answer = post(company.port, seconds=2)

    assert answer.status == 200
    assert time.monotonic() - begun < 60


def chunked(head: bytes, piece: bytes) -> Iterator[bytes]:
    """A body without an end."""
    return itertools.chain([head], itertools.repeat(f"{len(piece):x}\r\n".encode() + piece + b"\r\n"))


BOMB = gzip.compress(bytes(16 * MEGABYTE))


@pytest.mark.parametrize(
    "body",
    [
        lambda: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536)),
        lambda: chunked(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"x" * 65_536),
        lambda: [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n", BOMB],
        lambda: chunked(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n", BOMB),
    ],
    ids=["without a length", "chunked", "zipped", "zipped and chunked"],
)
def test_endless_body_takes_no_memory(trusted: Certificate, body: Bytes) -> None:
    with receiver(trusted, body) as company:
        tracemalloc.start()
        try:
            answer = post(company.port)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert answer.status == 200
    assert most < MEGABYTE
