"""What the table knows about each route."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from lambdas.common.availability.health import Health
from schemas.availability import RouteState
from schemas.destinations import READ_PAYMENT, RECORD_ACTIVITY, ROUTES
from schemas.identity import REMEMBERED_DAYS
from schemas.wire import timestamp
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.service import NOON, Clock, Fail, failing

ROUTE = RECORD_ACTIVITY


class Noted:
    """Health over a table in memory."""

    def __init__(self, fail: Fail | None = None, *, has_time: bool = True) -> None:
        self.clock = Clock()
        self.table = FakeDynamoDb(clock=self.clock)
        if fail:
            self.table.fail = fail
        self.health = Health(self.table, "taly-done", now=self.clock.now, has_time=lambda: has_time)

    def fails(self, by: str = "m-1", why: str = "it answered 503", to_do: str = "") -> None:
        self.health.failed(ROUTE, message_id=by, why=why, to_do=to_do)

    @property
    def item(self) -> dict[str, Any]:
        return self.table.items[ROUTE.health_key]


def moment(time: datetime) -> dict[str, str]:
    return {"S": timestamp(time)}


def test_of_a_new_route_nothing_is_known() -> None:
    assert Noted().health.read(ROUTE) == RouteState(route=ROUTE)


def test_a_failure_is_kept_with_its_message_its_reason_and_its_remedy() -> None:
    noted = Noted()

    noted.fails(by="m-7", why="it answered 401", to_do="Store a valid token.")

    assert noted.health.read(ROUTE) == RouteState(
        route=ROUTE,
        failing_since=NOON,
        failing_by="m-7",
        failed_at=NOON,
        failed_by="m-7",
        why="it answered 401",
        to_do="Store a valid token.",
    )
    assert noted.item == {
        "id": {"S": "health#crm#POST /internal/activity"},
        "failed_at": moment(NOON),
        "failing_since": moment(NOON),
        "failing_by": {"S": "m-7"},
        "failed_by": {"S": "m-7"},
        "why": {"S": "it answered 401"},
        "remedy": {"S": "Store a valid token."},
        "expiration": {"N": str(int((NOON + timedelta(days=REMEMBERED_DAYS)).timestamp()))},
    }


def test_an_outage_is_known_since_its_first_failure() -> None:
    noted = Noted()
    for _ in range(3):
        noted.fails()
        noted.clock.sleep(600)

    assert noted.item["failing_since"] == moment(NOON)
    assert noted.item["failed_at"] == moment(NOON + timedelta(minutes=20))


def test_a_message_that_fails_again_and_again_hides_no_failure_of_another() -> None:
    noted = Noted()
    noted.fails(by="first")
    for _ in range(3):
        noted.clock.sleep(60)
        noted.fails(by="mine")

    found = noted.health.read(ROUTE)

    assert found is not None
    assert found.failed_for_others("mine") == NOON


def test_a_success_ends_the_outage() -> None:
    noted = Noted()
    noted.fails(to_do="Store a valid token.")
    noted.clock.sleep(60)

    noted.health.succeeded(ROUTE)

    assert {"failing_since", "failing_by", "why", "remedy"}.isdisjoint(noted.item)
    found = noted.health.read(ROUTE)
    assert found is not None
    assert found.succeeded_at == NOON + timedelta(seconds=60)
    assert found.failed_at == NOON


def test_a_failure_after_a_success_begins_another_outage() -> None:
    noted = Noted()
    noted.fails()
    noted.health.succeeded(ROUTE)
    noted.clock.sleep(60)

    noted.fails()

    assert noted.item["failing_since"] == moment(NOON + timedelta(minutes=1))


@pytest.mark.parametrize(("minutes", "goes_on"), [(29, True), (30, True), (31, False)])
def test_an_outage_of_which_nothing_is_heard_for_half_an_hour_is_over(minutes: int, *, goes_on: bool) -> None:
    noted = Noted()
    noted.fails()
    noted.clock.sleep(60 * minutes)

    noted.fails()

    since = NOON if goes_on else NOON + timedelta(minutes=minutes)
    assert noted.item["failing_since"] == moment(since)


def test_expired_messages_are_counted() -> None:
    noted = Noted()
    for _ in range(3):
        noted.health.expired(ROUTE)

    assert noted.item["expired"] == {"N": "3"}


def test_each_route_has_its_own_item() -> None:
    noted = Noted()
    noted.fails()

    assert noted.health.read(READ_PAYMENT) == RouteState(route=READ_PAYMENT)
    assert len({route.health_key for route in ROUTES}) == len(ROUTES)
    assert all(route.health_key.startswith(f"health#{route.destination}#") for route in ROUTES)


def unreachable(*_: object) -> Exception:
    return EndpointConnectionError(endpoint_url="https://aws.test")


def unanswered(*_: object) -> Exception:
    return ReadTimeoutError(endpoint_url="https://aws.test")


CALLS: list[Callable[[Noted], object]] = [
    lambda noted: noted.fails(),
    lambda noted: noted.health.succeeded(ROUTE),
    lambda noted: noted.health.expired(ROUTE),
    lambda noted: noted.health.read(ROUTE),
]


@pytest.mark.parametrize(
    "fail", [unreachable, unanswered, failing("InternalServerError"), failing("AccessDeniedException")]
)
@pytest.mark.parametrize("call", CALLS)
def test_without_the_table_nothing_is_known_and_nothing_fails(call: Callable[[Noted], object], fail: Fail) -> None:
    noted = Noted(fail)

    assert not call(noted)

    assert len(noted.table.calls) == 1


@pytest.mark.parametrize("call", CALLS)
def test_without_time_the_table_is_not_called(call: Callable[[Noted], object]) -> None:
    noted = Noted(has_time=False)

    assert not call(noted)

    assert noted.table.calls == []


@pytest.mark.parametrize("time", ["", "yesterday", "2026-04-14", "2026-04-14T14:00:00"])
def test_what_is_no_time_is_unknown(time: str) -> None:
    noted = Noted()
    noted.fails()
    noted.item["failed_at"] = {"S": time}

    found = noted.health.read(ROUTE)

    assert found is not None
    assert found.failed_at is None
