"""What the cases beside this file share. Run each from the project's root: .venv/bin/python tests/cases/<case>.py."""

import importlib
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

sys.path.insert(0, str(Path.cwd()))

from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.client import HttpClient
from lambdas.common.clients.http.response import HttpResult
from lambdas.common.reminders import Reminders
from lambdas.payment_failed.dunning import Dunning
from lambdas.queue_processor.handler import handler as queue_processor
from tests.fakes.crm import FakeCrmHttp
from tests.fakes.crm import answer as crm_answer
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.ses import FakeSes

Json = dict[str, Any]

COMPANY = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"
APPOINTMENT: Json = {
    "id": "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11",
    "companyId": COMPANY,
    "companyName": "Cafe",
    "status": "booked",
    "customer": {"name": "Ada", "email": "ada@example.com", "phone": "+14155550123", "locale": "en"},
    "service": "Haircut",
    "staff": "Grace",
    "startTime": "2026-04-15T14:00:00Z",
    "endTime": "2026-04-15T14:45:00Z",
    "timeZone": "Europe/Berlin",
}
BOOKING: Json = {
    "bookingId": "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d",
    "companyName": "Cafe",
    "customer": {"name": "Ada", "email": "ada@example.com", "phone": "+14155550123"},
    "service": "Haircut",
    "staff": "Grace",
    "startTime": "2030-04-15T14:00:00Z",
    "endTime": "2030-04-15T14:45:00Z",
    "timeZone": "Europe/Berlin",
}


def message(type_name: str, payload: Json, **more: Any) -> Json:
    """A message of the tenant `COMPANY`."""
    return {
        "type": type_name,
        "payload": {"companyId": COMPANY, **payload},
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
        **more,
    }


def ingress(body: str | Json) -> FunctionHarness:
    """What the ingress makes of a body: the harness with its outcome."""
    harness = FunctionHarness()
    queue_processor.process(sqs_event(_text(body)), FakeContext(), harness.runtime())
    return harness


def routed(body: str | Json) -> str:
    """The event that the ingress puts on the bus; ends the case where it refuses."""
    harness = ingress(body)
    if harness.outcomes != ["routed"]:
        fail(f"the ingress refused: {harness.lines[0].get('detail')}")
    return str(harness.events.published[0]["Detail"])


def run(body: str | Json, harness: FunctionHarness | None = None) -> FunctionHarness:
    """A message through its own function."""
    harness = harness or FunctionHarness()
    text = _text(body)
    name = json.loads(text)["type"].replace(".", "_")
    handler = importlib.import_module(f"lambdas.{name}.handler").handler
    handler.process(sqs_event(text), FakeContext(), harness.runtime())
    return harness


def _text(body: str | Json) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def with_crm(answer: Callable[[str, str], tuple[int, Any]], now: datetime = NOW) -> FunctionHarness:
    """A harness whose CRM answers a method and a URL with a status and a body."""

    def answering(method: str, url: str) -> HttpResult:
        return crm_answer(*answer(method, url))

    harness = FunctionHarness(now=now)
    http = cast("HttpClient", FakeCrmHttp(answering))
    harness.capabilities = {
        Crm: Crm("https://crm.test", http=http, read_token=lambda: "t", seconds=lambda: 5.0, now=lambda: now),
        Reminders: Reminders([timedelta(hours=24), timedelta(hours=1)], lambda: now),
        Dunning: Dunning([timedelta(days=1), timedelta(days=3), timedelta(days=5)]),
    }
    return harness


def types(harness: FunctionHarness) -> list[str]:
    """The types of what was published."""
    return [entry["DetailType"] for entry in harness.events.published]


def mail(**to: Any) -> tuple[Json | None, FunctionHarness]:
    """What SES is asked to send for an email.send; None and the harness where nothing is."""
    values = {
        "service": "Haircut",
        "staff": "Grace",
        "startTime": "2030-04-15T14:00:00Z",
        "endTime": "2030-04-15T14:45:00Z",
    }
    recipient = {"email": "ada@example.com", "name": "Ada", "timeZone": "Europe/Berlin", **to}
    payload = {"template": "booking_confirmation", "to": recipient, "companyName": "Cafe", "values": values}
    ses = FakeSes()
    harness = FunctionHarness(clients={"sesv2": ses})
    run(routed(message("email.send", payload)), harness)
    return (ses.sent[0] if ses.sent else None), harness


def fail(why: str) -> NoReturn:
    """End the case: what it asserts does not hold."""
    print(f"FAIL {Path(sys.argv[0]).name}: {why}")
    sys.exit(1)


def check(right: object, why: str) -> None:
    """Go on where something holds."""
    if not right:
        fail(why)


def ok() -> NoReturn:
    """End the case: what it asserts holds."""
    print(f"ok   {Path(sys.argv[0]).name}")
    sys.exit(0)
