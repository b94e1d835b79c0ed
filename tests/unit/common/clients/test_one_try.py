"""Mails and texts are sent once, over a real socket, however slowly SES and SNS answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_socket import enable_socket

from lambdas.common.clients import aws
from lambdas.common.clients.aws import NOT_IDEMPOTENT, OneTryClient, aws_client, client_of
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.clients.sms import Sms
from lambdas.common.errors import MaybeDoneError, UnavailableError
from tests.unit.common.clients.http.peer import NEVER, peer

SLOW = 3.5
"""Seconds that the services take to answer: more than other AWS clients wait."""

MAIL = Mail(to="ada@example.com", subject="Hello", text="Hi", html="<p>Hi</p>")
SENT = b'{"MessageId": "m-1"}'
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"


@pytest.fixture(autouse=True)
def _aws(_no_network: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    enable_socket()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws_client.cache_clear()
    yield
    aws_client.cache_clear()


def answer(body: bytes, *, after: float = 0.0) -> Iterator[bytes]:
    NEVER.wait(after)
    yield b"HTTP/1.1 200 OK\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def client(service: str, url: str, monkeypatch: pytest.MonkeyPatch, *, seconds: float = 29) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return OneTryClient(service, lambda: seconds)


def test_slow_answer_of_ses_gets_one_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer([answer(SENT, after=SLOW)], [answer(SENT)]) as ses:
        Ses(client("sesv2", ses.url, monkeypatch), "a@example.com").send(MAIL)

    assert len(ses.requests) == 1


def test_slow_answer_of_sns_gets_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer([answer(PUBLISHED, after=SLOW)], [answer(PUBLISHED)]) as sns:
        Sms(client("sns", sns.url, monkeypatch)).send("+14155550123", "Hello")

    assert len(sns.requests) == 1


def test_no_answer_in_the_records_time_may_be_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        peer([answer(SENT, after=SLOW)], [answer(SENT)]) as ses,
        pytest.raises(MaybeDoneError, match="ReadTimeoutError"),
    ):
        Ses(client("sesv2", ses.url, monkeypatch, seconds=2.5), "a@example.com").send(MAIL)

    assert len(ses.requests) == 1


def test_answer_that_breaks_off_may_be_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer([[b"HTTP/1.1 200 OK\r\nContent-Le"]], [answer(SENT)]) as ses, pytest.raises(MaybeDoneError):
        Ses(client("sesv2", ses.url, monkeypatch), "a@example.com").send(MAIL)

    assert len(ses.requests) == 1


def test_failure_of_ses_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    away = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"

    with peer([[away]], [answer(SENT)]) as ses, pytest.raises(Exception, match="503"):
        Ses(client("sesv2", ses.url, monkeypatch), "a@example.com").send(MAIL)

    assert len(ses.requests) == 1


def test_refused_connection_sends_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer() as gone:
        pass

    with pytest.raises(UnavailableError, match="EndpointConnectionError"):
        Ses(client("sesv2", gone.url, monkeypatch), "a@example.com").send(MAIL)


@pytest.mark.parametrize(("idle", "connections"), [(4.0, 1), (6.0, 2)])
def test_connection_that_was_idle_is_not_used_again(
    idle: float, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, idle])

    with peer([answer(SENT), answer(SENT)], [answer(SENT)]) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        given: Any = OneTryClient("sesv2", lambda: 29, clock=lambda: next(times))
        ses = Ses(given, "a@example.com")
        ses.send(MAIL)
        ses.send(MAIL)

    assert server.connections == connections
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("seconds", "read_timeout"), [(29, 10), (11, 10), (10.9, 9), (5, 4), (2, 1), (1.2, 1), (0.1, 1)]
)
def test_call_ends_within_the_records_time(seconds: float, read_timeout: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, int, int]] = []

    def create(service: str, *, read_timeout: int, tries: int) -> object:
        made.append((service, read_timeout, tries))
        return FakeMail()

    monkeypatch.setattr(aws, "aws_client", create)

    OneTryClient("sesv2", lambda: seconds).send_email()

    assert made == [("sesv2", read_timeout, 1)]


class FakeMail:
    def send_email(self) -> None: ...


@pytest.mark.parametrize("service", ["sesv2", "sns", "dynamodb"])
def test_functions_try_once_what_is_not_idempotent(service: str) -> None:
    found = client_of(service, lambda: 29)

    assert isinstance(found, OneTryClient) is (service in NOT_IDEMPOTENT)
