"""The stand-in forwards requests as they are; the answer of what it stands before decides."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from pytest_socket import enable_socket

from local.emulator.emulator import Emulator
from local.standins.http_server import HttpReply, HttpRequest, http_stand_in
from local.standins.ses.server import SesStandIn, ses_stand_in
from tests.unit.local.standins.ses.sample_mail import MAIL, body

SEND = "/v2/email/outbound-emails"
TAKEN = HttpReply(
    status=200, body=b'{"MessageId": "ses-1"}', headers={"Content-Type": "application/json", "x-amzn-RequestId": "7"}
)
DENIED = HttpReply(status=403, body=b'{"Message": "no"}', headers={"x-amzn-ErrorType": "AccessDeniedException"})
DESTINATION = {
    "Enabled": True,
    "EventBridgeDestination": {"EventBusArn": "arn:aws:events:us-east-1:000000000000:event-bus/default"},
    "MatchingEventTypes": ["DELIVERY", "BOUNCE", "COMPLAINT", "REJECT"],
}


@dataclass
class FakeUpstream:
    """The API behind the stand-in: it gives one answer to all requests, and knows one configuration set."""

    url: str = ""
    reply: HttpReply = TAKEN
    destinations: list[dict[str, Any]] = field(default_factory=lambda: [DESTINATION])
    requests: list[HttpRequest] = field(default_factory=list)
    certificate: Path | None = None

    @property
    def endpoint(self) -> "FakeUpstream":
        return self

    @property
    def ses(self) -> "FakeUpstream":
        return self

    @property
    def events(self) -> "FakeUpstream":
        return self

    def texts(self) -> tuple[object, ...]:
        return ()

    def get_paginator(self, operation: str) -> "FakeUpstream":
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Rules": []}]

    def get_configuration_set_event_destinations(self, **request: str) -> dict[str, Any]:
        if request["ConfigurationSetName"] != MAIL.configuration_set:
            message = f"Configuration set <{request['ConfigurationSetName']}> does not exist."
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": message}}, "Get")
        return {"EventDestinations": self.destinations}

    def answer(self, request: HttpRequest) -> HttpReply:
        self.requests.append(request)
        return self.reply


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


@pytest.fixture
def stand_in(tmp_path: Path, upstream: FakeUpstream) -> Iterator[SesStandIn]:
    enable_socket()
    with (
        http_stand_in(tmp_path / "upstream", upstream.answer, Event()) as server,
        ses_stand_in(tmp_path / "ses") as stand_in,
    ):
        upstream.url = server.base_url
        with stand_in.before(cast("Emulator", upstream)):
            yield stand_in


def call(
    stand_in: SesStandIn, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    with connected(stand_in) as connection:
        connection.request(method, path, content, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


@contextmanager
def connected(stand_in: SesStandIn) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(stand_in.base_url).netloc, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def test_a_mail_is_forwarded_as_it_is_and_kept(stand_in: SesStandIn, upstream: FakeUpstream) -> None:
    signed = {
        "Host": "ses.example:7",
        "Authorization": "AWS4-HMAC-SHA256 …".encode().decode("latin-1"),
        "X-Amz-Date": "1",
    }

    answer = call(stand_in, "POST", SEND, body(), signed)

    (forwarded,) = upstream.requests
    assert (forwarded.method, forwarded.path, forwarded.body) == ("POST", SEND, body())
    assert {name: forwarded.headers[name.lower()] for name in signed} == signed
    assert (answer.status, answer.body, answer.headers["x-amzn-requestid"]) == (200, TAKEN.body, "7")
    (mail,) = stand_in.state.mails()
    assert (mail.ses_id, mail.tags) == ("ses-1", MAIL.tags)


def test_a_taken_mail_is_reported(stand_in: SesStandIn) -> None:
    call(stand_in, "POST", SEND, body())

    (event,) = stand_in.state.events()
    assert (event["detail-type"], event["detail"]["mail"]["messageId"]) == ("Email Delivered", "ses-1")


@pytest.mark.parametrize(
    "destinations",
    [
        [],
        [{**DESTINATION, "Enabled": False}],
        [{**DESTINATION, "MatchingEventTypes": ["BOUNCE"]}],
        [{"Enabled": True, "SnsDestination": {}, "MatchingEventTypes": ["DELIVERY"]}],
    ],
)
def test_what_no_event_destination_asks_for_is_not_reported(
    stand_in: SesStandIn, upstream: FakeUpstream, destinations: list[dict[str, Any]]
) -> None:
    upstream.destinations = destinations

    call(stand_in, "POST", SEND, body())

    assert len(stand_in.state.mails()) == 1
    assert stand_in.state.events() == ()


def test_a_mail_without_a_configuration_set_is_not_reported(stand_in: SesStandIn) -> None:
    call(stand_in, "POST", SEND, body(ConfigurationSetName=""))

    assert len(stand_in.state.mails()) == 1
    assert stand_in.state.events() == ()


def test_a_denied_mail_is_neither_kept_nor_reported(stand_in: SesStandIn, upstream: FakeUpstream) -> None:
    upstream.reply = DENIED

    answer = call(stand_in, "POST", SEND, body())

    assert (answer.status, answer.body) == (403, DENIED.body)
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert (stand_in.state.mails(), stand_in.state.events()) == ((), ())


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"EmailTags": [{"Name": "a", "Value": "x y"}]}, (400, "BadRequestException"), "EmailTags: 'a' must have"),
        ({"ConfigurationSetName": "nothing"}, (404, "NotFoundException"), "<nothing> does not exist"),
    ],
)
def test_an_invalid_mail_is_refused_and_not_forwarded(
    stand_in: SesStandIn, upstream: FakeUpstream, change: dict[str, Any], error: tuple[int, str], why: str
) -> None:
    answer = call(stand_in, "POST", SEND, body(**change))

    assert (answer.status, answer.headers["x-amzn-errortype"]) == error
    assert why in json.loads(answer.body)["message"]
    assert upstream.requests == []


@pytest.mark.parametrize("reply", [HttpReply(status=0, is_cut=True), HttpReply(status=0, is_garbage=True)])
def test_a_connection_that_breaks_before_the_answer_breaks_for_the_caller(
    stand_in: SesStandIn, upstream: FakeUpstream, reply: HttpReply
) -> None:
    upstream.reply = reply

    with connected(stand_in) as connection:
        connection.request("POST", SEND, body())
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()

    assert stand_in.state.mails() == ()


def test_other_calls_of_ses_are_forwarded(stand_in: SesStandIn, upstream: FakeUpstream) -> None:
    upstream.reply = HttpReply(status=200, body=b'{"SendingEnabled": true}')

    assert call(stand_in, "GET", "/v2/email/account").body == b'{"SendingEnabled": true}'
    assert [request.path for request in upstream.requests] == ["/v2/email/account"]


def test_nothing_is_answered_before_there_is_an_emulator(tmp_path: Path) -> None:
    enable_socket()
    with ses_stand_in(tmp_path / "ses") as stand_in, connected(stand_in) as connection:
        connection.request("GET", "/v2/email/account")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()


def test_neither_address_nor_content_is_in_the_log(stand_in: SesStandIn, tmp_path: Path) -> None:
    call(stand_in, "POST", SEND, body())

    log = (tmp_path / "ses").read_text()
    assert "outbound-emails" in log
    assert "ada@example.com" not in log
    assert "Hello" not in log
