"""The items about endpoints: what is written, and which of several writers wins."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from lambdas.webhook_deliver import breaker
from lambdas.webhook_deliver.breaker import EndpointFailure
from lambdas.webhook_deliver.endpoint_items import EndpointItems
from schemas.endpoints import (
    INDEX_KEY,
    EndpointState,
    attributes_of,
    endpoint_key,
    endpoint_state,
    keys_in,
)
from schemas.identity import REMEMBERED_DAYS
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.service import NOON, Clock, client_error, failing
from tests.messages import COMPANY

KEY = f"health#webhook#{COMPANY}#we_1"


class Stage:
    """The items of one stage."""

    def __init__(self, *, has_time: bool = True) -> None:
        self.clock = Clock()
        self.table = FakeDynamoDb(clock=self.clock)
        self.items = EndpointItems(self.table, "taly-done", now=self.clock.now, has_time=lambda: has_time)

    def read(self, endpoint_id: str = "we_1") -> EndpointState:
        found = self.items.read(COMPANY, endpoint_id)
        assert found is not None
        return found

    def fails(self, known: EndpointState, by: str = "m-1") -> bool:
        failure = EndpointFailure(by, "the endpoint answered 503")
        return self.items.change(known, breaker.after_failure(known, failure, self.clock.now(), ""))

    def recovers(self, known: EndpointState) -> bool:
        return self.items.change(known, breaker.after_success(known, self.clock.now()))

    @property
    def listed(self) -> list[str]:
        return list(keys_in(self.table.items.get(INDEX_KEY, {})))


@pytest.fixture
def stage() -> Stage:
    return Stage()


_TIMES = st.none() | st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 hypothesis adds the zone
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@given(st.data())
def test_an_item_says_all_that_was_written(data: st.DataObject) -> None:
    kinds: dict[str, st.SearchStrategy[Any]] = {"str": st.text(max_size=200), "int": st.integers(0, 10**9)}
    values = {
        each.name: data.draw(kinds.get(str(getattr(each.type, "__name__", "")), _TIMES))
        for each in fields(EndpointState)
        if each.name not in {"company_id", "endpoint_id"}
    }
    state = EndpointState(company_id=COMPANY, endpoint_id="we_1", **values)

    item = {name: value for name, value in attributes_of(state).items() if value}

    assert endpoint_state(KEY, item) == state


def test_a_failure_is_kept_with_its_endpoint_its_answer_and_an_end(stage: Stage) -> None:
    assert stage.fails(stage.read())

    assert stage.table.items[KEY] == {
        "id": {"S": KEY},
        "failing_since": {"S": "2026-04-14T12:00:00.000Z"},
        "failing_by": {"S": "m-1"},
        "failed_at": {"S": "2026-04-14T12:00:00.000Z"},
        "failures": {"N": "1"},
        "asked_from": {"S": "2026-04-14T12:00:02.000Z"},
        "last_answer": {"S": "the endpoint answered 503"},
        "expiration": {"N": str(int((NOON + timedelta(days=REMEMBERED_DAYS)).timestamp()))},
    }
    assert stage.listed == [KEY] == [endpoint_key(COMPANY, "we_1")]


def test_calls_that_fail_at_once_are_one_failure(stage: Stage) -> None:
    known = [stage.read() for _ in range(16)]

    noted = [stage.fails(each, f"m-{number}") for number, each in enumerate(known)]

    assert noted == [True, *[False] * 15]
    assert stage.read().failures == 1
    assert stage.table.calls.count("update_item") == 16 + 1, "a failure that is noted already changed the index"


def test_a_failure_of_a_call_begun_before_a_success_says_nothing(stage: Stage) -> None:
    before_all = stage.read()
    stage.fails(before_all)
    before_the_success = stage.read()
    stage.clock.sleep(60)
    assert stage.recovers(stage.read())
    stage.clock.sleep(1)

    assert not stage.fails(before_all, "late")
    assert not stage.fails(before_the_success, "late")

    assert stage.read().failing_since is None
    assert stage.listed == []


def test_a_success_of_a_call_begun_before_a_failure_says_nothing(stage: Stage) -> None:
    stage.fails(stage.read())
    known = stage.read()
    stage.clock.sleep(60)
    stage.fails(stage.read(), "m-2")

    assert not stage.recovers(known)

    assert stage.read().failures == 2


def test_one_of_two_messages_takes_the_probe(stage: Stage) -> None:
    stage.fails(stage.read())
    stage.clock.sleep(60)
    first, second = stage.read(), stage.read()

    taken = [stage.items.change(each, breaker.probing(each, stage.clock.now())) for each in (first, second)]

    assert taken == [True, False]


def test_a_probe_that_outlived_its_lease_changes_nothing(stage: Stage) -> None:
    stage.fails(stage.read())
    stage.clock.sleep(60)
    slow = breaker.probing(stage.read(), stage.clock.now())
    stage.items.change(stage.read(), slow)
    stage.clock.sleep(31)
    stage.items.change(stage.read(), breaker.probing(stage.read(), stage.clock.now()))

    assert not stage.fails(slow, "m-2")
    assert not stage.recovers(slow)


def test_a_new_failure_after_a_success_is_noted(stage: Stage) -> None:
    stage.fails(stage.read())
    stage.clock.sleep(60)
    stage.recovers(stage.read())
    stage.clock.sleep(60)

    assert stage.fails(stage.read(), "m-2")

    state = stage.read()
    assert (state.failing_since, state.failing_by, state.failures) == (NOON + timedelta(minutes=2), "m-2", 1)
    assert stage.listed == [KEY]


def test_endpoints_of_two_companies_with_one_id_are_two(stage: Stage) -> None:
    other = "11111111-3c1e-4d5b-9a64-2f8e1c0b9a11"
    stage.fails(stage.read())

    found = stage.items.read(other, "we_1")

    assert found == EndpointState(company_id=other, endpoint_id="we_1")


def test_the_index_lists_what_fails_and_nothing_else(stage: Stage) -> None:
    for endpoint_id in ("we_1", "we_2", "we_3"):
        stage.fails(stage.read(endpoint_id))
    stage.clock.sleep(60)
    stage.recovers(stage.read("we_2"))

    assert stage.listed == [endpoint_key(COMPANY, "we_1"), endpoint_key(COMPANY, "we_3")]


def test_an_endpoint_enters_the_index_if_the_process_died_before(stage: Stage) -> None:
    stage.fails(stage.read())
    del stage.table.items[INDEX_KEY]
    stage.clock.sleep(60)

    stage.fails(stage.read(), "m-2")

    assert stage.listed == [KEY]


def test_a_full_index_begins_anew_and_fills_within_a_day(stage: Stage) -> None:
    def full(_operation: str, request: Any) -> Exception | None:
        is_full = request.get("UpdateExpression", "").startswith("ADD") and len(stage.listed) > 1
        return client_error("ValidationException", "UpdateItem") if is_full else None

    stage.table.fail = full
    stage.fails(stage.read("we_1"))
    stage.fails(stage.read("we_2"))
    stage.fails(stage.read("we_3"))
    assert stage.listed == [endpoint_key(COMPANY, "we_3")]

    for _ in range(47):
        stage.clock.sleep(1800)
        stage.fails(stage.read("we_1"), "m-2")

    assert KEY in stage.listed


def test_a_failure_in_between_costs_one_write(stage: Stage) -> None:
    for number in range(2):
        stage.fails(stage.read(), f"m-{number}")
    stage.table.calls.clear()

    stage.fails(stage.read(), "m-3")

    assert stage.table.calls == ["get_item", "update_item"]


@pytest.mark.parametrize(
    "error", [client_error("ProvisionedThroughputExceededException"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_without_the_table_nothing_is_known_and_nothing_fails(stage: Stage, error: Exception) -> None:
    stage.table.fail = lambda _operation, _request: error

    assert stage.items.read(COMPANY, "we_1") is None
    assert not stage.fails(EndpointState(company_id=COMPANY, endpoint_id="we_1"))


def test_an_index_that_cannot_be_written_costs_no_failure(stage: Stage) -> None:
    stage.table.fail = lambda _operation, request: (
        client_error("InternalServerError") if request["Key"]["id"]["S"] == INDEX_KEY else None
    )

    assert stage.fails(stage.read())
    assert stage.read().failures == 1


def test_without_time_the_table_is_not_asked() -> None:
    stage = Stage(has_time=False)

    assert stage.items.read(COMPANY, "we_1") is None
    assert stage.table.calls == []


def test_a_broken_item_counts_as_nothing_known(stage: Stage) -> None:
    stage.table.items[KEY] = {"id": {"S": KEY}, "failing_since": {"S": "soon"}, "failures": {"N": "-1e9"}}

    state = stage.read()

    assert state == replace(state, failing_since=None, failures=0)
    assert breaker.wait(state, "m-1", NOON, 1.0) == 0


def test_a_table_that_refuses_all_writes_lets_failures_pass(stage: Stage) -> None:
    stage.table.fail = failing("AccessDeniedException", "update_item")

    assert not stage.fails(stage.read())
    assert stage.listed == []
