"""Deliver one message to its function, and collect what the function did for whom."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lambdas.common.clients.http.response import HttpResult
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.destination import Destination
from lambdas.webhook_deliver.posting import Webhooks
from schemas.catalogue import BY_NAME
from tests.fakes.crm import FakeCrmHttp, connect
from tests.fakes.function import FakeContext, FunctionHarness, sqs_record
from tests.fuzz.conservation import check_conservation
from tests.fuzz.consumers import handler_of

Unit = tuple[str, str]
"""What is served at one cost: a kind, such as `email.send`, and for whom, such as the address."""

_KEYS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "email.send": lambda payload: str(payload["to"]["email"]),
    "sms.send": lambda payload: str(payload["to"]),
    "report.ready": lambda payload: str(payload["reportId"]),
    "webhook.deliver": lambda payload: str(payload["endpointId"]),
    "payment.failed": lambda payload: f"charged again: {payload['chargeable']}",
}
"""For whom a follow-up is; of the other types there is one of each."""


class Served(NamedTuple):
    """One thing that the function did."""

    unit: Unit
    content: Any
    """Without ids and times of this run."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """A delivery's result."""

    line: Mapping[str, Any]
    """The outcome line."""

    served: Sequence[Served]
    log: str
    requests: Sequence[Mapping[str, Any]]
    """Requests to the CRM."""

    copies: Sequence[Mapping[str, Any]]
    """Bodies of the copies that will be delivered later."""

    @property
    def outcome(self) -> str:
        return str(self.line["outcome"])

    @property
    def units(self) -> Sequence[Unit]:
        return [each.unit for each in self.served]


@dataclass
class _Endpoints:
    """Endpoints that accept everything."""

    posted: list[Served] = field(default_factory=list)

    def connected(self, to: Destination, _seconds: float) -> "_EndpointConnection":
        return _EndpointConnection(self, f"{to.host}{to.target}")


@dataclass
class _EndpointConnection:
    endpoints: _Endpoints
    to: str

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        signatures = headers["webhook-signature"].count("v1,")
        self.endpoints.posted.append(Served(("post", self.to), [json.loads(body), signatures]))
        return EndpointResponse(200, None)

    def drain(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


def deliver(type_name: str, body: str, answering: Callable[[str, str], HttpResult | Exception]) -> Delivered:
    """Deliver a message once to the function of a type, with a CRM that answers so.

    Raises:
        AssertionError: the message was lost or changed.
    """
    http, endpoints, harness = FakeCrmHttp(answering), _Endpoints(), FunctionHarness()
    harness.capabilities = {
        Webhooks: Webhooks(
            seconds=lambda: 4, resolve=lambda _host, _port: ["93.184.215.14"], connect=endpoints.connected
        ),
    }
    connect(harness, http)
    records = [sqs_record(body)]
    handler = handler_of(BY_NAME[type_name])
    answer = handler.process({"Records": records}, FakeContext(), harness.runtime())
    (line,) = check_conservation(records, answer, harness).values()
    return Delivered(
        line=line,
        served=[*_published(harness), *_schedules(harness), *endpoints.posted],
        log="\n".join(harness.log),
        requests=http.requests,
        copies=[json.loads(copy["MessageBody"]) for copy in harness.copies],
    )


def _published(harness: FunctionHarness) -> list[Served]:
    found = []
    for entry in harness.events.published:
        name, payload = entry["DetailType"], json.loads(entry["Detail"])["payload"]
        found.append(Served((name, _KEYS[name](payload) if name in _KEYS else ""), payload))
    return found


def _schedules(harness: FunctionHarness) -> list[Served]:
    found = []
    for operation, request in zip(harness.scheduler.calls, harness.scheduler.requests, strict=True):
        if operation == "delete_schedule":
            found.append(Served(("unschedule", ""), request["Name"]))
        else:
            payload = json.loads(request["Target"]["Input"])["payload"]
            found.append(Served(("schedule", ""), [request["Name"], payload, request["ScheduleExpression"]]))
    return found
