"""A stage in memory: the ingress, a bus, every type's function and one idempotency table, which messages go through."""

import importlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any, cast

from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.client import HttpClient
from lambdas.common.clients.http.response import HttpResult
from lambdas.queue_processor.handler import handler as queue_processor
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.posting import Webhooks
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import FakeEvents
from tests.fakes.function import NOW, FakeContext, FunctionHarness, sqs_event
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns
from tests.messages import APPOINTMENT, COMPANY, appointment, company_admins, company_webhooks

OTHER_COMPANY = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"
APPOINTMENTS = {APPOINTMENT: COMPANY, "1c8e5d3f-7a2b-4e6d-9f0a-2b4c6d8e0f12": OTHER_COMPANY}
"""The tenants of the CRM's appointments."""


class AcceptingReceivers:
    """The subscribers' endpoints."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, bytes]] = []

    def post(self, url: str, body: bytes, _headers: Mapping[str, str]) -> EndpointResponse:
        self.posted.append((url, body))
        return EndpointResponse(200, None)


def _crm(method: str, url: str) -> HttpResult:
    """A CRM that has every record and does all that it is asked for."""
    if method == "POST":
        return answer(200, {"result": "done"})
    found: dict[str, Any] = {}
    match url.split("?", maxsplit=1)[0].split("/")[-2:]:
        case ["appointments", id_]:
            found = appointment(id=id_, companyId=APPOINTMENTS[id_])
        case [_, "admins"]:
            found = company_admins("ada@example.com", "grace@example.com")
        case [_, "webhooks"]:
            found = company_webhooks("we_0", "we_1")
    return answer(200, found)


class Chains:
    """Takes messages by both doors, and follows each until nothing is on its way."""

    def __init__(self, order: Random | None = None) -> None:
        """Take the waiting messages in a random order; without one, as they come."""
        self._order = order
        self._waiting: list[tuple[str, str]] = []
        """Messages in the queues, each with its function's name."""

        self.lines: list[dict[str, Any]] = []
        self.dead_letters: list[str] = []
        self.bus = FakeEvents(deliver=lambda event: self.put_on_bus(event["Detail"]))
        self.scheduler = FakeScheduler()
        self._now = NOW
        self._table = FakeDynamoDb()
        self._ses, self._sns = FakeSes(), FakeSns()
        self._crm, self._receivers = FakeCrmHttp(_crm), AcceptingReceivers()

    def put_on_bus(self, body: str) -> None:
        name = json.loads(body)["type"]
        if name in BY_NAME:
            self._waiting.append((name, body))

    def send_to_ingress(self, body: str) -> None:
        self._waiting.append((QUEUE_PROCESSOR, body))

    def follow(self) -> None:
        """Handle every message on its way, and all that follows at once."""
        while self._waiting:
            at = self._order.randrange(len(self._waiting)) if self._order else 0
            self._handle(*self._waiting.pop(at))

    def let_schedules_come_due(self) -> None:
        """Follow every schedule at its time, and those that it leads to."""
        while self.scheduler.schedules:
            name, schedule = min(self.scheduler.schedules.items(), key=lambda each: each[1]["ScheduleExpression"])
            del self.scheduler.schedules[name]
            self._now = datetime.fromisoformat(schedule["ScheduleExpression"][3:-1] + "+00:00")
            self.send_to_ingress(schedule["Target"]["Input"])
            self.follow()

    @property
    def effects(self) -> Counter[str]:
        """What customers, companies and the CRM were sent."""
        mails = [(mail["Destination"], mail["Content"]["Simple"]["Body"]["Text"]) for mail in self._ses.sent]
        texts = [(text["PhoneNumber"], text["Message"]) for text in self._sns.published]
        writes = [(call["url"], call["body"]) for call in self._crm.requests if call["method"] == "POST"]
        posted = [(url, json.dumps(json.loads(body), sort_keys=True)) for url, body in writes + self._receivers.posted]
        return Counter(map(str, [*mails, *texts, *posted]))

    @property
    def scheduled(self) -> dict[str, str]:
        """The payloads of pending schedules, by their keys."""
        return {
            each["Description"]: json.dumps(json.loads(each["Target"]["Input"])["payload"], sort_keys=True)
            for each in self.scheduler.schedules.values()
        }

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        return Counter((line["service"], line["outcome"]) for line in self.lines)

    def _handle(self, function: str, body: str) -> None:
        harness = FunctionHarness(
            events=self.bus,
            scheduler=self.scheduler,
            dynamodb=self._table,
            clients={"sesv2": self._ses, "sns": self._sns},
            now=self._now,
        )
        http, now = cast("HttpClient", self._crm), self._now
        harness.capabilities = {
            Crm: Crm("https://crm.test", http=http, read_token=lambda: "t", seconds=lambda: 5.0, now=lambda: now),
            Webhooks: self._receivers,
        }
        handler = queue_processor if function == QUEUE_PROCESSOR else _handler(function)
        handler.process(sqs_event(body), FakeContext(), harness.runtime())
        self.lines += harness.lines
        self.dead_letters += [letter["MessageBody"] for letter in harness.dead_letters]
        assert not harness.copies, f"{function} retries: {harness.lines}"


def _handler(name: str) -> Any:
    return importlib.import_module(f"lambdas.{BY_NAME[name].folder}.handler").handler
