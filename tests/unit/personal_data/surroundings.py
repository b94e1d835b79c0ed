"""What functions talk to, with a value of ours in all that it answers; each client as it is deployed."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.client import HttpClient
from lambdas.common.clients.http.response import HttpResult
from lambdas.common.handlers import Handler
from lambdas.queue_processor.handler import handler as ingress
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.posting import Webhooks
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks
from schemas.event_type import EventType
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_record
from tests.fakes.service import client_error
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns
from tests.messages import appointment, company_admins, company_webhooks
from tests.unit.personal_data.sentinels import Sentinels

TIME = "2026-04-14T14:00:00Z"
ID = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"
"""Of everything in the contracts' examples, tenants and endpoints among them."""

START = "2030-04-15T14:00:00Z"


@dataclass
class FakeLine:
    """A connection to an endpoint."""

    error: Exception | None = None

    def post(self, _body: bytes, _headers: Mapping[str, str]) -> EndpointResponse:
        if self.error:
            raise self.error
        return EndpointResponse(200, None)

    def drain(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Surroundings:
    """One function's harness and all that it talks to."""

    sentinels: Sentinels = field(default_factory=Sentinels)
    status: int = 200
    """Of the CRM's answers."""

    spoil: Callable[[dict[str, Any]], Any] = lambda answer: answer
    """Makes of an answer of the CRM's what is no such answer."""

    code: str = ""
    """With which SES and SNS refuse; their words say what they refused, as both may."""

    line: FakeLine = field(default_factory=FakeLine)
    harness: FunctionHarness = field(default_factory=FunctionHarness)

    def __post_init__(self) -> None:
        self.harness.clients = {"sesv2": FakeSes(fail=self._refusal), "sns": FakeSns(fail=self._refusal)}
        token = "pii0q"  # noqa: S105 one of ours: to be found again
        self.sentinels.tokens[token] = "the CRM's token"
        self.harness.capabilities = {
            Crm: Crm(
                "https://crm.test",
                http=cast("HttpClient", FakeCrmHttp(self._answer)),
                read_token=lambda: token,
                seconds=lambda: 4,
                now=lambda: self.harness.now,
            ),
            Webhooks: Webhooks(
                seconds=lambda: 4,
                resolve=lambda _host, _port: ["93.184.215.14"],
                connect=lambda _to, _seconds: self.line,
            ),
        }

    def _refusal(self, _operation: str, request: Mapping[str, Any]) -> Exception | None:
        return client_error(self.code, "Send", json.dumps(request)) if self.code else None

    def _answer(self, method: str, url: str) -> HttpResult:
        """An answer for each kind of request, whatever the id."""
        return answer(self.status, self.spoil(self._answered(url)) if method == "GET" else {})

    def _answered(self, url: str) -> dict[str, Any]:
        if "/appointments/" in url:
            stands = appointment(id=ID, companyId=ID, startTime=START, endTime=START)
            return self.sentinels.answer(Appointment, stands)
        if url.endswith("/admins"):
            return self.sentinels.answer(CompanyAdmins, company_admins("ada@example.com"))
        return self.sentinels.answer(CompanyWebhooks, company_webhooks(ID))

    def body(self, event_type: EventType[Any], version: int = 0, **changes: Any) -> str:
        """A message with a value of ours in each marked field."""
        version = version or event_type.version
        payload = self.sentinels.payload(event_type, version)
        message = {"type": event_type.name, "payload": payload, "timestamp": TIME, "attempts": 1, "version": version}
        return json.dumps({**message, "id": "one", **changes})

    def handle(
        self, event_type: EventType[Any], body: str, *, handler: Handler[Any] | None = None, **record: Any
    ) -> None:
        """One delivery to the type's function."""
        received = sqs_record(body, **record)
        (handler or handler_of(event_type)).process({"Records": [received]}, FakeContext(), self.harness.runtime())

    def handle_again(self, *, handler: Handler[Any]) -> None:
        """Deliver all copies that are under way, and theirs."""
        while self.harness.copies:
            record = redelivered(self.harness.copies.pop(0))
            handler.process({"Records": [record]}, FakeContext(), self.harness.runtime())

    def route(self, body: str) -> None:
        """One delivery to the ingress."""
        ingress.process({"Records": [sqs_record(body)]}, FakeContext(), self.harness.runtime())


def handler_of(event_type: EventType[Any]) -> Handler[Any]:
    """The deployed function of a type."""
    return cast("Handler[Any]", importlib.import_module(f"lambdas.{event_type.folder}.handler").handler)


def raising(handler: Handler[Any], error: Exception) -> Handler[Any]:
    """The same function, whose code raises when all its work is done."""

    def decide(message: Any, **capabilities: Any) -> Iterable[Any]:
        list(handler.decide(message, **capabilities) or ())
        raise error

    decide.__annotations__ = handler.decide.__annotations__
    return Handler(handler.event_type, decide)
