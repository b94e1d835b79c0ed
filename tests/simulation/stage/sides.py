"""The other systems as the product's clients see them: the CRM's HTTP, and AWS services behind boto3's clients."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from json import loads
from os import environ
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from lambdas.common.clients.aws import NOT_IDEMPOTENT, ONE_TRY_SECONDS, aws_client
from lambdas.common.clients.http.errors import NoConnectionError, NoResponseError
from lambdas.common.clients.http.response import HttpResult
from lambdas.webhook_deliver.connection import EndpointResponse
from tests import messages
from tests.fakes.crm import answer
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.service import Clock, Fail
from tests.simulation.stage.behaviours import Behaviour, Call, Reply, ReplyKind
from tests.simulation.stage.timeline import Timeline, current_task

_STATUSES = {
    ReplyKind.TOO_FAST: 429,
    ReplyKind.BUSY: 503,
    ReplyKind.FAULT: 500,
    ReplyKind.NO_ACCESS: 401,
    ReplyKind.REFUSED: 400,
    ReplyKind.NOT_FOUND: 404,
    ReplyKind.GONE: 410,
}
"""Statuses of HTTP for these replies."""

ENDPOINT = "we_1"
"""The id of each company's only webhook endpoint."""

_GIVES_UP = (ReplyKind.UNANSWERED, ReplyKind.LOST)
_DONE = (ReplyKind.SERVED, ReplyKind.LOST)


class VirtualClock(Clock):
    """The clock of the fakes: a call's duration passes for the invocation that made it."""

    def __init__(self, timeline: Timeline) -> None:
        """Read one timeline."""
        self.timeline = timeline

    def __call__(self) -> float:
        """Seconds since the beginning."""
        return self.timeline.seconds

    def now(self) -> datetime:
        """The time in UTC."""
        return self.timeline.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if seconds:
            self.timeline.wait(seconds)


@dataclass
class Side:
    """Another system, and a record of the calls that it got."""

    timeline: Timeline
    behaviour: Behaviour
    replies: list[tuple[float, ReplyKind]] = field(default_factory=list)
    """When each call came, and what came of it."""

    effects: Counter[str] = field(default_factory=Counter)
    """How often each key's work was done."""

    def call(self, route: str, key: str, patience: float) -> Reply:
        """Answer one call after its time; a caller waits for `patience` seconds at most."""
        at = self.timeline.seconds
        reply = self.behaviour(Call(at, route, key))
        if reply.seconds > patience or reply.kind in _GIVES_UP:
            kind = ReplyKind.LOST if reply.kind in _DONE else ReplyKind.UNANSWERED
            reply = Reply(kind, patience)
        self.replies.append((at, reply.kind))
        if reply.kind in _DONE and key:
            self.effects[key] += 1
        self.timeline.wait(reply.seconds)
        return reply

    @property
    def refused(self) -> int:
        """How many calls were not served."""
        return sum(kind is not ReplyKind.SERVED for _, kind in self.replies)


@dataclass
class CrmTransport:
    """The part of the HTTP client that `Crm` uses."""

    side: Side

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        seconds: float,
    ) -> HttpResult:
        """Make one request."""
        path = urlsplit(url).path
        reply = self.side.call(f"{method} {_route(path)}", headers.get("Idempotency-Key", ""), seconds)
        if reply.kind is ReplyKind.SERVED:
            return answer(200, _body(method, path))
        if status := _STATUSES.get(reply.kind):
            asked = {} if reply.retry_after is None else {"Retry-After": f"{reply.retry_after:g}"}
            return answer(status, "not now", content_type="text/plain", **asked)
        if reply.kind is ReplyKind.NO_CONNECTION:
            raise NoConnectionError("ConnectionRefusedError")
        raise NoResponseError("TimeoutError")


@dataclass
class EndpointConnection:
    """A connection of `Webhooks` for one post."""

    side: Side
    host: str
    seconds: float

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        """Post once; the webhook's id is the key of the work."""
        reply = self.side.call(self.host, headers["webhook-id"], self.seconds)
        if reply.kind is ReplyKind.SERVED:
            return EndpointResponse(204, None)
        if status := _STATUSES.get(reply.kind):
            return EndpointResponse(status, None if reply.retry_after is None else f"{reply.retry_after:g}")
        raise ConnectionRefusedError if reply.kind is ReplyKind.NO_CONNECTION else TimeoutError

    def drain(self) -> None:
        """Find nothing more to receive."""

    def abort(self) -> None:
        """Leave the post to end by itself: it ends in virtual time."""

    def close(self) -> None:
        """Close nothing."""


@cache
def _route(path: str) -> str:
    return re.sub("(?<=/)(appointments|companies|payments|reports)/[^/]+", r"\1/{id}", path)


def _body(method: str, path: str) -> Any:
    if path == "/internal/health":
        return {"status": "ok"}
    if method == "POST":
        return {"result": "done"}
    *_, kind, the_id = path.split("/")[:4]
    if kind == "appointments":
        return messages.appointment(id=the_id)
    if kind == "payments":
        return {"id": the_id, "status": "open"}
    if path.endswith("admins"):
        return messages.company_admins("ada@example.com")
    return messages.company_webhooks(ENDPOINT, url=f"https://{host_of(the_id)}/hooks")


def host_of(company_id: str) -> str:
    """The host of a company's webhook endpoint."""
    return f"{company_id}.test"


_CODES: dict[ReplyKind, tuple[int, str]] = {
    ReplyKind.BUSY: (503, "ServiceUnavailable"),
    ReplyKind.FAULT: (500, "InternalFailure"),
    ReplyKind.NO_ACCESS: (403, "AccessDeniedException"),
}
_THROTTLES = {"sesv2": (429, "TooManyRequestsException"), "sns": (429, "Throttled")}
_THROTTLE = (400, "ThrottlingException")

_RETRIED = (ReplyKind.TOO_FAST, ReplyKind.BUSY, ReplyKind.FAULT, ReplyKind.NO_CONNECTION, *_GIVES_UP)
"""What botocore's standard mode tries again (botocore, `retries/standard.py`)."""

_LONGEST_RETRY_WAIT = 20.0


@dataclass(frozen=True)
class ClientSettings:
    """The settings of a boto3 client that decide how it tries again."""

    tries: int
    read_timeout: float
    """Seconds."""


@cache
def client_settings(service: str) -> ClientSettings:
    """The settings of the client with which a deployed function calls a service."""
    if service in NOT_IDEMPOTENT:  # the time that is left for a record is longer in all scenarios
        return ClientSettings(tries=1, read_timeout=ONE_TRY_SECONDS)
    environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    config = aws_client(service).meta.config
    return ClientSettings(tries=config.retries["total_max_attempts"], read_timeout=config.read_timeout)


def aws_hook(service: str, side: Side, random: Callable[[], float], key_of: Callable[[Any], str]) -> Fail:
    """The hook of a fake AWS client: each call goes to the side, as often as botocore tries.

    Args:
        service: boto3's name.
        side: who answers.
        random: from 0 to 1, for the waits between tries.
        key_of: what a request's work is for.
    """
    settings = client_settings(service)

    def fail(operation: str, request: Mapping[str, Any]) -> Exception | None:
        error: Exception | None = None
        for number in range(settings.tries):
            if number:
                side.timeline.wait(random() * min(2.0 ** (number - 1), _LONGEST_RETRY_WAIT))
            reply = side.call(operation, key_of(request), settings.read_timeout)
            if reply.kind is ReplyKind.SERVED:
                return None
            error = _aws_error(service, operation, reply)
            if reply.kind not in _RETRIED:
                break
        return error

    return fail


def _aws_error(service: str, operation: str, reply: Reply) -> Exception:
    if reply.kind in _GIVES_UP:
        return ReadTimeoutError(endpoint_url="https://aws.test")
    if reply.kind is ReplyKind.NO_CONNECTION:
        return EndpointConnectionError(endpoint_url="https://aws.test")
    status, code = _CODES.get(reply.kind) or _THROTTLES.get(service, _THROTTLE)
    asked = {} if reply.retry_after is None else {"retry-after": f"{reply.retry_after:g}"}
    response: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": asked},
    }
    return ClientError(response, operation.title().replace("_", ""))


@dataclass(kw_only=True)
class SimulatedTable(FakeDynamoDb):
    """The idempotency table. A job in progress expires by virtual time: at its invocation's deadline."""

    deadlines: dict[str, float] = field(default_factory=dict)
    units: int = 0
    """Requests, each of which counts as a write of 1 KB: reads are rare, and cost less."""

    def put_item(self, **request: Any) -> None:
        """Put an item if there is none, or only an expired one."""
        key = request["Item"]["id"]["S"]
        existing = self.items.get(key)
        if existing and self.clock() >= self.deadlines.get(key, 0):
            existing["in_progress_expiration"] = {"N": "0"}
        super().put_item(**request)
        if "in_progress_expiration" in request["Item"]:
            request["Item"]["in_progress_expiration"] = {"N": "9" * 16}
            self.deadlines[key] = current_task().deadline

    def called(self, operation: str, request: Mapping[str, Any]) -> Any:
        """Count what the table bills, and keep no requests: a long scenario has many."""
        self.requests.clear()
        self.units += 1
        return super().called(operation, request)


def key_of_mail(request: Mapping[str, Any]) -> str:
    """The address: each message of a simulation has its own."""
    return str(request["Destination"]["ToAddresses"][0]) if "Destination" in request else ""


def key_of_text(request: Mapping[str, Any]) -> str:
    """The phone number: each message of a simulation has its own."""
    return str(request.get("PhoneNumber", ""))


def ids_of_events(request: Mapping[str, Any]) -> str:
    """The ids of a PutEvents call."""
    return ",".join(loads(entry["Detail"])["id"] for entry in request["Entries"])
