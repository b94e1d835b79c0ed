"""Fakes of the services that functions call: CRM, SES, SNS, webhook endpoints. Each records broken rules."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from lambdas.common.clients.http.response import HttpResult
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.destination import Destination
from lambdas.webhook_deliver.posting import Webhooks
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import FunctionHarness
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns
from tests.fuzz.mutation import mutated
from tests.messages import appointment, company_admins, company_webhooks

_INVALID_SHARE = 0.1
"""Share of the CRM's responses that are invalid."""


@contextmanager
def _recording(violations: list[str]) -> Iterator[None]:
    """Record errors: the shared layer treats a fake's exception in a handler as an ordinary failure."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 missing fields and invalid JSON are violations too
        violations.append(f"{type(error).__name__}: {error}")


@dataclass
class RecordingClient:
    """An AWS client that records invalid requests."""

    client: Any
    violations: list[str]

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with _recording(self.violations):
                return getattr(self.client, name)(**request)

        return call


def _no_script(_operation: str, request: Mapping[str, Any]) -> None:
    html = request["Content"]["Simple"]["Body"]["Html"]["Data"]
    assert "<script" not in html.lower(), "a mail has a script"


@dataclass
class FakeConnection:
    """A connection to a webhook endpoint that accepts everything."""

    violations: list[str]

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        with _recording(self.violations):
            assert isinstance(json.loads(body), dict), "the body is no JSON object"
            assert all(text.isascii() and text.isprintable() for text in headers.values()), "a header brings another"
        return EndpointResponse(200, None)

    def drain(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class FakeServices:
    """All fake services, for one batch."""

    random: Random
    company_id: str
    violations: list[str] = field(default_factory=list)
    """Rules that the functions' requests broke."""

    def harness(self) -> FunctionHarness:
        """Return a function's runtime with these services: AWS clients, and clients of HTTP services."""
        webhooks = Webhooks(seconds=lambda: 4, resolve=lambda _host, _port: ["93.184.215.14"], connect=self._connected)
        clients = {
            "sesv2": RecordingClient(FakeSes(fail=_no_script), self.violations),
            "sns": RecordingClient(FakeSns(), self.violations),
        }
        harness = FunctionHarness(clients=clients, capabilities={Webhooks: webhooks})
        connect(harness, FakeCrmHttp(self._answer))
        return harness

    def _answer(self, _method: str, url: str) -> HttpResult:
        """Respond as a CRM that has every record, and sometimes with an invalid response."""
        text = json.dumps(self._record(url), ensure_ascii=False)
        status = 200
        if self.random.random() < _INVALID_SHARE:
            text, status = mutated(text, self.random, [text]), self.random.choice([200, 200, 404, 409, 422, 429, 503])
        after = self.random.choice(["7", "-1", "1e9", "\u0661", "Tue, 14 Apr 2026 15:00:00 GMT", "x"])
        return answer(status, text, Retry_After=after)

    def _record(self, url: str) -> Mapping[str, Any]:
        if "/appointments/" in url:
            return appointment(id=url.rpartition("/")[2], companyId=self.company_id)
        if "/admins" in url:
            return company_admins("ada@example.com", "grace@example.com")
        if "/payments/" in url:
            return {"status": self.random.choice(["open", "paid"]), "retries": self.random.randrange(5)}
        if url.endswith("/health"):
            return {"status": "ok"}
        return company_webhooks("we_1", "we_2") if "/webhooks" in url else {}

    def _connected(self, _to: Destination, _seconds: float) -> FakeConnection:
        return FakeConnection(self.violations)
