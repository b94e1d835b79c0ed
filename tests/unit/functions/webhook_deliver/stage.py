"""The function with its table, bus and queue in memory, a CRM that lists endpoints, and endpoints that may fail."""

import heapq
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.connection import EndpointResponse
from lambdas.webhook_deliver.handler import handler
from lambdas.webhook_deliver.posting import Webhooks
from schemas.crm import CompanyWebhooks, read
from schemas.endpoints import INDEX_KEY, EndpointState, endpoint_key, endpoint_state, keys_in
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_record
from tests.messages import COMPANY, company_webhooks, text, webhook

_LONG = timedelta(days=30)

Answer = Callable[[Mapping[str, str]], EndpointResponse | Exception]
"""Answers one post, given its headers."""


def status(code: int, retry_after: str | None = None) -> Answer:
    """Answer all posts alike."""
    return lambda _headers: EndpointResponse(code, retry_after)


def unreachable(_headers: Mapping[str, str]) -> Exception:
    return NotDeliveredError("the endpoint did not answer: ConnectionRefusedError")


@dataclass
class Posts:
    """Stands for the endpoints on the internet."""

    now: Callable[[], datetime]
    answer: Answer = field(default_factory=lambda: status(200))
    during: Callable[[], None] = lambda: None
    """Called while a post goes on."""

    calls: list[tuple[datetime, str]] = field(default_factory=list)
    """When each post began, and its message's id."""

    def post(self, _url: str, _body: bytes, headers: Mapping[str, str]) -> EndpointResponse:
        self.calls.append((self.now(), headers["webhook-id"]))
        self.during()
        answer = self.answer(headers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Subscriptions:
    """Stands for the CRM."""

    answer: dict[str, Any] = field(default_factory=lambda: company_webhooks("we_1", "we_2"))
    fail: Exception | None = None

    def webhooks(self, _company_id: str, _event: str) -> CompanyWebhooks:
        if self.fail:
            raise self.fail
        return read(CompanyWebhooks, text(self.answer).encode())

    def enable(self, at: str) -> None:
        for row in self.answer["endpoints"]:
            row["enabledAt"] = at


class Stage:
    """Runs webhooks through the whole function; time passes from one message that is due to the next."""

    def __init__(self) -> None:
        self.harness = FunctionHarness(jitter=0.5)
        self.posts = Posts(lambda: self.harness.now)
        self.crm = Subscriptions()
        self._queue: list[tuple[datetime, int, SqsRecord]] = []
        self._count = 0

    def send(self, *ids: str, endpoint_id: str = "we_1", attempts: int = 1) -> None:
        """Put webhooks on the queue."""
        for message_id in ids:
            message = webhook(endpointId=endpoint_id) | {
                "id": message_id,
                "correlationId": "root",
                "attempts": attempts,
            }
            self._put(sqs_record(text(message), message_id=f"sqs-{message_id}"), 0)

    def run(self, *, until: timedelta = _LONG) -> None:
        """Run messages as they become due, until none is left or the time is over."""
        end = self.harness.now + until
        while self._queue and self._queue[0][0] <= end:
            self.run_next()
        if self._queue or until < _LONG:
            self.harness.now = max(self.harness.now, end)

    def run_next(self) -> None:
        """Run the message that is due first, if there is one, in a process of its own."""
        if not self._queue:
            return
        due, _, record = heapq.heappop(self._queue)
        self.harness.now = max(self.harness.now, due)
        capabilities: dict[type, Any] = {Crm: self.crm, Webhooks: self.posts}
        process = replace(self.harness.runtime(), capabilities=capabilities)
        failures = handler.process({"Records": [record]}, FakeContext(), process)["batchItemFailures"]
        assert not failures
        while self.harness.copies:
            copy = self.harness.copies.pop(0)
            self._count += 1
            self._put(redelivered(copy, message_id=f"copy-{self._count}"), copy.get("DelaySeconds", 0))

    def _put(self, record: SqsRecord, delay: int) -> None:
        self._count += 1
        heapq.heappush(self._queue, (self.harness.now + timedelta(seconds=delay), self._count, record))

    @property
    def waiting(self) -> int:
        """Messages on the queue."""
        return len(self._queue)

    def state(self, endpoint_id: str = "we_1") -> EndpointState:
        key = endpoint_key(COMPANY, endpoint_id)
        return endpoint_state(key, self.harness.dynamodb.items.get(key, {}))

    @property
    def listed(self) -> list[str]:
        return [key.rpartition("#")[2] for key in keys_in(self.harness.dynamodb.items.get(INDEX_KEY, {}))]

    @property
    def reports(self) -> list[dict[str, Any]]:
        """The messages that were published about endpoints."""
        return [json.loads(entry["Detail"]) for entry in self.harness.events.published]

    def outcomes(self, message_id: str) -> list[str]:
        return [line["outcome"] for line in self.harness.lines if line["id"] == message_id]
