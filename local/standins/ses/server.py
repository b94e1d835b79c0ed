"""A stand-in before Amazon SES v2 on loopback: it keeps the mails, and reports what became of them.

    POST /v2/email/outbound-emails   SendEmail: validated as by SES, then forwarded; what the emulator takes is kept.
                                     SES's events about it come on the default bus if the mail's configuration set has
                                     EventBridge as a destination for them
    …    /v2/email/…                 everything else is forwarded

The forwarded request is the caller's, signature and host header included. So the emulator's answer decides: with
policies enforced it refuses what the caller's role may not do, and a fault that a proxy injects reaches the caller.

    GET  /                           the mails, newest first; from there one mail, its HTML, source and attachments
    GET  /texts                      the text messages

Bodies are not logged: they contain personal data.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.emulator import Emulator
from local.standins.http_server import HttpReply, HttpRequest, http_stand_in
from local.standins.ses.default_bus import DefaultBus
from local.standins.ses.events import events_about
from local.standins.ses.pages import MailPages
from local.standins.ses.send_email import MAX_BYTES, RefusedMailError, mail_of
from local.standins.ses.state import SesState
from ops.stage.endpoint import Endpoint

_SES = "/v2/email/"
_SEND = ("POST", "/v2/email/outbound-emails")

_SECONDS = 30
"""Until a forwarded request must be answered."""

_LARGEST_BODY = 2 * MAX_BYTES
"""Bytes of a request: attachments are in base64."""

_OF_ONE_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding"}
"""Header fields that are not forwarded (RFC 9110, section 7.6.1), and those that the client library writes."""

_NO_ANSWER = HttpReply(status=0, is_cut=True)


@dataclass(frozen=True, slots=True)
class _Upstream:
    """Where SES's own API is, and what the account's default bus is deployed to."""

    endpoint: Endpoint
    """The emulator, with the account's root credentials."""

    url: str
    """Where the callers' requests go: the emulator, or a proxy before it."""


class SesStandIn:
    """A running stand-in."""

    def __init__(self, base_url: str, state: SesState) -> None:
        """Forward nothing yet."""
        self.base_url = base_url
        self.state = state
        self._upstream: _Upstream | None = None
        self._pages = MailPages(state, tuple)

    @contextmanager
    def before(self, running: Emulator, forward_to: str = "") -> Iterator[None]:
        """Stand before the emulator during the block.

        Args:
            running: the emulator, which has the text messages, too.
            forward_to: the address to which requests are forwarded, if it is not the emulator's.
        """
        self._upstream = _Upstream(running.endpoint, forward_to or running.endpoint.url)
        self._pages = MailPages(self.state, running.texts)
        with self.state.delivering(DefaultBus(running.endpoint)):
            yield

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answer a request to SES, or a browser's to the pages."""
        if request.method == "GET" and not request.path.startswith(_SES):
            return self._pages.answer(request)
        upstream = self._upstream
        if upstream is None:
            return _NO_ANSWER
        if (request.method, urlsplit(request.path).path) == _SEND:
            return self._send(request, upstream)
        return _forwarded(request, upstream)

    def _send(self, request: HttpRequest, upstream: _Upstream) -> HttpReply:
        try:
            mail = mail_of(request.body)
            reported = _reported(mail.configuration_set, upstream.endpoint)
        except RefusedMailError as refused:
            return _error(refused)
        except BotoCoreError:
            return _NO_ANSWER
        reply = _forwarded(request, upstream)
        if reply.status == HTTPStatus.OK:
            taken = replace(mail, ses_id=json.loads(reply.body)["MessageId"], at=datetime.now(UTC))
            self.state.add(taken)
            self.state.publish([event for event in events_about(taken) if event["detail"]["eventType"] in reported])
        return reply


@contextmanager
def ses_stand_in(log: Path) -> Iterator[SesStandIn]:
    """Serve on a free port during the block."""
    standing: list[SesStandIn] = []

    def answer(request: HttpRequest) -> HttpReply:
        return standing[0].answer(request)

    with http_stand_in(log, answer, Event(), largest_body=_LARGEST_BODY) as server:
        standing.append(SesStandIn(server.base_url, SesState()))
        yield standing[0]


def _reported(configuration_set: str, endpoint: Endpoint) -> frozenset[str]:
    """The types of events that SES puts on the default bus about a mail by this configuration set.

    Raises:
        RefusedMailError: there is no such set.
    """
    if not configuration_set:
        return frozenset()
    try:
        answer = endpoint.ses.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
    except ClientError as error:
        raise RefusedMailError("NotFoundException", str(error.response["Error"]["Message"])) from None
    return frozenset(
        type_name.title().replace("_", "")
        for destination in answer["EventDestinations"]
        if destination.get("Enabled") and "EventBridgeDestination" in destination
        for type_name in destination["MatchingEventTypes"]
    )


def _forwarded(request: HttpRequest, upstream: _Upstream) -> HttpReply:
    """The emulator's reply, or none where it or a proxy before it broke the connection."""
    address = urlsplit(upstream.url)
    host, port = str(address.hostname), address.port
    connection = (
        HTTPSConnection(host, port, timeout=_SECONDS, context=_trusting(upstream.endpoint.certificate))
        if address.scheme == "https"
        else HTTPConnection(host, port, timeout=_SECONDS)
    )
    headers = {name: value for name, value in request.headers.items() if name not in _OF_ONE_CONNECTION}
    try:
        with closing(connection):
            connection.request(request.method, request.path, request.body, headers)
            answer = connection.getresponse()
            body = answer.read()
    except (OSError, HTTPException):
        return _NO_ANSWER
    kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_ONE_CONNECTION}
    return HttpReply(status=answer.status, body=body, headers=kept)


@cache
def _trusting(certificate: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def _error(refused: RefusedMailError) -> HttpReply:
    status = HTTPStatus.NOT_FOUND if refused.code == "NotFoundException" else HTTPStatus.BAD_REQUEST
    return HttpReply(
        status=status,
        body=json.dumps({"message": str(refused)}).encode(),
        headers={"Content-Type": "application/json", "x-amzn-ErrorType": refused.code},
    )
