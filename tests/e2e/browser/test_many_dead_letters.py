"""Pages stay fast with thousands of dead letters in one queue."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page

from local.polling import poll
from ops.console.context import ConsoleContext
from ops.stage.services import service
from schemas.reasons import Reason
from schemas.sms import SMS_SEND
from tests.e2e.browser.tab import Tab

COUNTS = (2_000, pytest.param(10_000, marks=pytest.mark.long))
SECONDS = 2.0
TYPE = SMS_SEND.name
"""Type without dead letters in other tests, so that its queue can be purged afterwards."""


def places(count: int) -> tuple[str, ...]:
    """Addresses of pages that show some of the dead letters, including the last ones."""
    return (
        "/",
        f"/redrive?type={TYPE}",
        "/dead-letters",
        f"/dead-letters?page={count // 100 - 1}",
        f"/find?id={UUID(int=count - 1)}",
        f"/discard?type={TYPE}",
    )


_BATCH_SIZE = 10
_CAUSES = 20
_TENANTS = 500
_READ_SECONDS = 200
_FIRST = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)

_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
"""Seconds from the start of the navigation until the page was loaded; 0 before that."""


@pytest.fixture(scope="module", params=COUNTS)
def count(console: ConsoleContext, request: pytest.FixtureRequest) -> Iterator[int]:
    """Number of dead letters that are in the queue and known to the console."""
    number: int = request.param
    sqs, url = console.stage.client("sqs"), service(TYPE, console.stage).dead_letter_queue_url
    try:
        # The console reads the queue when all are there.
        with console.cache.exclusive(TYPE), ThreadPoolExecutor(4) as threads:
            responses = threads.map(
                lambda first: sqs.send_message_batch(
                    QueueUrl=url, Entries=[_entry(each) for each in range(first, first + _BATCH_SIZE)]
                ),
                range(0, number, _BATCH_SIZE),
            )
            assert not any(response.get("Failed") for response in responses)
        console.page_requested(at_once=True)
        poll(lambda: _known(console) == number, what="the console to know all dead letters", seconds=_READ_SECONDS)
        yield number
    finally:
        sqs.purge_queue(QueueUrl=url)
        console.cache.request_refresh([TYPE])
        console.page_requested(at_once=True)
        poll(lambda: _known(console) == 0, what="the console to know that they are gone", seconds=_READ_SECONDS)


def _known(console: ConsoleContext) -> int:
    queue = console.cache.snapshot.queues.get(TYPE)
    return len(queue.found) if queue else 0


def _entry(number: int) -> dict[str, object]:
    """A dead letter as a function writes it."""
    at = (_FIRST + timedelta(seconds=number)).isoformat()
    error = {"errorClass": "PermanentError", "message": f"the provider answered {400 + number % _CAUSES}"}
    attempt = {"attempt": 1, "at": at, "durationMs": 12, "error": "PermanentError", "message": error["message"]}
    history = {
        **error,
        "type": TYPE,
        "reason": Reason.PERMANENT,
        "frame": "lambdas.common.clients.sms:send",
        "firstEnqueuedAt": at,
        "deadLetteredAt": at,
        "function": "sms",
        "functionVersion": "1",
        "requestId": str(UUID(int=number)),
        "attempts": [attempt],
    }
    attributes = {
        "reason": Reason.PERMANENT,
        "fingerprint": f"{number % _CAUSES:012x}",
        "biography": json.dumps(history),
    }
    company = str(UUID(int=number % _TENANTS))
    message = {
        "id": str(UUID(int=number)),
        "type": TYPE,
        "payload": {"companyId": company, "to": "+491701234567", "text": "Your appointment is tomorrow"},
        "timestamp": at,
        "attempts": 1,
    }
    return {
        "Id": str(number % _BATCH_SIZE),
        "MessageBody": json.dumps(message),
        "MessageGroupId": company,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
        },
    }


def seconds_to(page: Page, place: str) -> float:
    page.goto(place)
    page.wait_for_function(f"{_LOADED} > 0")
    return float(page.evaluate(_LOADED))


def test_page_loads_within_two_seconds(tab: Tab, count: int) -> None:
    took = {place: seconds_to(tab.page, place) for place in places(count)}

    assert {place: seconds for place, seconds in took.items() if seconds >= SECONDS} == {}


def test_page_loads_within_two_seconds_while_the_queue_is_read(console: ConsoleContext, tab: Tab, count: int) -> None:
    tab.page.get_by_role("button", name="Refresh").click()
    poll(
        lambda: console.cache.snapshot.reading.get(TYPE), what="a read of the dead-letter queue", seconds=_READ_SECONDS
    )

    took = {place: seconds_to(tab.page, place) for place in places(count)[:2]}

    assert console.cache.snapshot.reading[TYPE] < count
    assert {place: seconds for place, seconds in took.items() if seconds >= SECONDS} == {}
