"""A bad night: thousands of dead letters in one queue."""

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
"""No other case has dead letters of it, so that its queue can be emptied in the end."""


def places(count: int) -> tuple[str, ...]:
    """Pages that show some of so many letters, the last ones too."""
    return (
        "/",
        f"/redrive?type={TYPE}",
        "/letters",
        f"/letters?page={count // 100 - 1}",
        f"/find?id={UUID(int=count - 1)}",
        f"/discard?type={TYPE}",
    )


_A_CALL = 10
_CAUSES = 20
_TENANTS = 500
_LOOK_SECONDS = 200
_BEGAN = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)

_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
"""Seconds from where one went to another page until all of it was there; 0 before."""


@pytest.fixture(scope="module", params=COUNTS)
def letters(desk: ConsoleContext, request: pytest.FixtureRequest) -> Iterator[int]:
    """So many that lie in a type's dead-letter queue, and that the console knows."""
    count: int = request.param
    sqs, url = desk.stage.client("sqs"), service(TYPE, desk.stage).dead_letter_queue_url
    try:
        # The console looks when all are there.
        with desk.board.alone(TYPE), ThreadPoolExecutor(4) as threads:
            answers = threads.map(
                lambda first: sqs.send_message_batch(
                    QueueUrl=url, Entries=[_letter(number) for number in range(first, first + _A_CALL)]
                ),
                range(0, count, _A_CALL),
            )
            assert not any(answer.get("Failed") for answer in answers)
        desk.asked(at_once=True)
        poll(lambda: _known(desk) == count, what="the console to know all letters", seconds=_LOOK_SECONDS)
        yield count
    finally:
        sqs.purge_queue(QueueUrl=url)
        desk.board.look_again([TYPE])
        desk.asked(at_once=True)
        poll(lambda: _known(desk) == 0, what="the console to know that they are gone", seconds=_LOOK_SECONDS)


def _known(desk: ConsoleContext) -> int:
    looked = desk.board.seen.looked.get(TYPE)
    return len(looked.found) if looked else 0


def _letter(number: int) -> dict[str, object]:
    """As a function writes it."""
    at = (_BEGAN + timedelta(seconds=number)).isoformat()
    error = {"errorClass": "PermanentError", "message": f"the provider answered {400 + number % _CAUSES}"}
    attempt = {"attempt": 1, "at": at, "durationMs": 12, "error": "PermanentError", "message": error["message"]}
    story = {
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
    attributes = {"reason": Reason.PERMANENT, "fingerprint": f"{number % _CAUSES:012x}", "biography": json.dumps(story)}
    company = str(UUID(int=number % _TENANTS))
    message = {
        "id": str(UUID(int=number)),
        "type": TYPE,
        "payload": {"companyId": company, "to": "+491701234567", "text": "Your appointment is tomorrow"},
        "timestamp": at,
        "attempts": 1,
    }
    return {
        "Id": str(number % _A_CALL),
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


def test_a_page_is_there_within_two_seconds(tab: Tab, letters: int) -> None:
    took = {place: seconds_to(tab.page, place) for place in places(letters)}

    assert {place: seconds for place, seconds in took.items() if seconds >= SECONDS} == {}


def test_a_page_is_there_within_two_seconds_while_they_are_looked_through(
    desk: ConsoleContext, tab: Tab, letters: int
) -> None:
    tab.page.get_by_role("button", name="Look again").click()
    poll(lambda: desk.board.seen.looking.get(TYPE), what="a look through the letters", seconds=_LOOK_SECONDS)

    took = {place: seconds_to(tab.page, place) for place in places(letters)[:2]}

    assert desk.board.seen.looking[TYPE] < letters
    assert {place: seconds for place, seconds in took.items() if seconds >= SECONDS} == {}
