"""What the functions of the types ask: a CRM, mail, texts, others' systems. Each notes what breaks its rules."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from urllib3 import HTTPResponse

from lambdas.common.clients.crm import Crm
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.destination import Destination
from lambdas.webhook_deliver.posting import Webhooks
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.function import NOW
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns
from tests.fuzz.mutation import mutated
from tests.messages import SECRET, appointment, company_admins, company_webhooks

_ODD_ANSWERS = 0.1
"""The share of the CRM's answers that are not as agreed."""


@contextmanager
def _noting(wrong: list[str]) -> Iterator[None]:
    """Write down what is wrong: the layer takes what a fake raises in a handler for a failure like any other."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 also what is missing or no JSON is wrong
        wrong.append(f"{type(error).__name__}: {error}")


@dataclass
class Noting:
    """A client of AWS's that writes down what it was asked that it must not be asked."""

    client: Any
    wrong: list[str]

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with _noting(self.wrong):
                return getattr(self.client, name)(**request)

        return call


def _no_script(_operation: str, request: Mapping[str, Any]) -> None:
    html = request["Content"]["Simple"]["Body"]["Html"]["Data"]
    assert "<script" not in html.lower(), "a mail has a script"


@dataclass
class FakeLine:
    """A connection to somebody's system, which takes all."""

    wrong: list[str]

    def post(self, body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        with _noting(self.wrong):
            assert isinstance(json.loads(body), dict), "what is posted is no JSON object"
            assert all(text.isascii() and text.isprintable() for text in headers.values()), "a header brings another"
        return EndpointResponse(200, None)

    def drain(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Outside:
    """All of it, for one batch."""

    random: Random
    company_id: str
    wrong: list[str] = field(default_factory=list)
    """What the functions asked that they should not have."""

    def clients(self) -> dict[str, Any]:
        """AWS's, by their boto3 names."""
        return {"sesv2": Noting(FakeSes(fail=_no_script), self.wrong), "sns": Noting(FakeSns(), self.wrong)}

    def capabilities(self) -> dict[type, Any]:
        """What has a network behind it; the rest connects by itself."""
        http: Any = FakeCrmHttp(self._answer)
        crm = Crm("https://crm.test", http=http, read_token=lambda: SECRET, seconds=lambda: 4, now=lambda: NOW)
        webhooks = Webhooks(seconds=lambda: 4, resolve=lambda _host, _port: ["93.184.215.14"], connect=self._connected)
        return {Crm: crm, Webhooks: webhooks}

    def _answer(self, _method: str, url: str) -> HTTPResponse:
        """A CRM that knows whatever it is asked for, and now and then talks nonsense."""
        text = json.dumps(self._answered(url), ensure_ascii=False)
        status = 200
        if self.random.random() < _ODD_ANSWERS:
            text, status = mutated(text, self.random, [text]), self.random.choice([200, 200, 404, 409, 422, 429, 503])
        after = self.random.choice(["7", "-1", "1e9", "\u0661", "Tue, 14 Apr 2026 15:00:00 GMT", "x"])
        return answer(status, text, Retry_After=after)

    def _answered(self, url: str) -> Mapping[str, Any]:
        if "/appointments/" in url:
            return appointment(id=url.rpartition("/")[2], companyId=self.company_id)
        if "/admins" in url:
            return company_admins("ada@example.com", "grace@example.com")
        return company_webhooks("we_1", "we_2") if "/webhooks" in url else {}

    def _connected(self, _to: Destination, _seconds: float) -> FakeLine:
        return FakeLine(self.wrong)
