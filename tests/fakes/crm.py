"""HTTP clients for the CRM: with responses in memory, or answered by the stand-in CRM without sockets."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.response import HttpResult
from local.standins.crm.api import CrmEndpoints
from local.standins.crm.http import CrmRequest
from local.standins.crm.state import CrmState
from schemas.destinations import Destination
from tests.fakes.function import FunctionHarness

Answering = Callable[[str, str], HttpResult | Exception]
"""Returns the response to a method and URL, or the exception of a failed connection."""

JSON = "application/json"


def answer(status: int, body: Any = "", *, content_type: str = JSON, **headers: str) -> HttpResult:
    """A response of the CRM; a body that is no text is encoded as JSON, and bytes are sent as they are."""
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    found = Message()
    if content_type:
        found["Content-Type"] = content_type
    for name, value in headers.items():
        found[name.replace("_", "-")] = value
    return HttpResult(status, found, text.encode(errors="replace") if isinstance(text, str) else text)


def in_turn(*answers: HttpResult | Exception) -> Answering:
    """Each response once, then the last one repeatedly."""
    left = list(answers)
    return lambda _method, _url: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class FakeCrmHttp:
    """The part of the HTTP client that `Crm` uses."""

    answering: Answering
    requests: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **more: Any) -> HttpResult:
        self.requests.append({"method": method, "url": url, **more})
        given = self.answering(method, url)
        if isinstance(given, Exception):
            raise given
        return given


class StandInHttp:
    """HTTP requests answered by the stand-in CRM, without sockets."""

    def __init__(self, state: CrmState) -> None:
        self._endpoints = CrmEndpoints(state, "t", lambda _seconds: None)

    def request(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes | None = None, **_more: Any
    ) -> HttpResult:
        parts = urlsplit(url)
        response = self._endpoints.answer(
            CrmRequest(
                method=method,
                path=f"{parts.path}?{parts.query}" if parts.query else parts.path,
                body=body or b"",
                token="t",  # noqa: S106 of a stand-in
                key=headers.get("Idempotency-Key", ""),
            )
        )
        return answer(response.status, dict(response.body))


def connect_stand_in(harness: FunctionHarness, state: CrmState) -> Crm:
    """Connect a function to the stand-in CRM."""
    return connect(harness, StandInHttp(state))


def connect(harness: FunctionHarness, http: FakeCrmHttp | StandInHttp) -> Crm:
    """Connect a function to a CRM, as `Crm.connect` does."""
    runtime = harness.runtime()
    client: Any = http
    crm = harness.capabilities[Crm] = Crm(
        "https://crm.test",
        http=client,
        read_token=lambda: "t",
        seconds=lambda: 4,
        now=runtime.now,
        circuit=runtime.capability(Circuits)[Destination.CRM],
    )
    return crm
