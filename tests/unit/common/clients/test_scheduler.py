"""Schedules: set, moved and called off by name, as often as one likes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.clients.outbox import Receipt, RefusedEntry
from lambdas.common.clients.scheduler import AWAY, Change, Pending, carry_out
from tests.fakes.function import NOW, World
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service import Clock, failing
from tests.messages import COMPANY

TOMORROW = NOW + timedelta(days=1)


def pending(body: str = "{}") -> Pending:
    return Pending(TOMORROW, "m-1", body, COMPANY)


def change(name: str = "reminder.a", to: Pending | None = AWAY) -> Change:
    return Change(name, name.replace(".", "/"), to)


def make(scheduler: FakeScheduler, *changes: Change, in_time: Callable[[], bool] = lambda: True) -> Receipt:
    return carry_out(scheduler, World().runtime().environment, changes, in_time=in_time)


@pytest.fixture
def scheduler() -> FakeScheduler:
    return FakeScheduler(clock=Clock(NOW))


def test_a_new_schedule_sends_its_message_once_in_utc_as_its_tenant_and_is_then_gone(scheduler: FakeScheduler) -> None:
    assert make(scheduler, change(to=pending('{"a":1}'))) is None

    assert scheduler.schedules["reminder.a"] == {
        "Name": "reminder.a",
        "GroupName": "taly-schedules",
        "Description": "reminder/a",
        "ScheduleExpression": "at(2026-04-15T14:00:00)",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": "arn:aws:sqs:us-east-1:123456789012:ingress",
            "RoleArn": "arn:aws:iam::123456789012:role/schedules",
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead-schedules"},
            "Input": '{"a":1}',
            "SqsParameters": {"MessageGroupId": COMPANY},
        },
    }


def test_a_schedule_of_the_same_name_is_moved(scheduler: FakeScheduler) -> None:
    make(scheduler, change(to=pending("old")))

    assert make(scheduler, change(to=pending("new"))) is None

    assert scheduler.schedules["reminder.a"]["Target"]["Input"] == "new"
    assert scheduler.calls == ["create_schedule", "create_schedule", "update_schedule"]


def test_what_is_called_off_is_gone_and_calling_it_off_again_is_fine(scheduler: FakeScheduler) -> None:
    make(scheduler, change(to=pending()))

    assert make(scheduler, change()) is None
    assert make(scheduler, change()) is None

    assert scheduler.schedules == {}


@pytest.mark.parametrize(
    ("code", "for_good"),
    [
        ("ThrottlingException", False),
        ("InternalServerException", False),
        ("ServiceQuotaExceededException", False),
        ("ResourceNotFoundException", False),
        ("AccessDeniedException", False),
        ("ValidationException", True),
    ],
)
def test_a_refusal_says_whether_it_is_for_good_and_stops_the_rest(
    scheduler: FakeScheduler, code: str, for_good: bool
) -> None:
    scheduler.fail = failing(code)

    refused = make(scheduler, change(to=pending()), change("reminder.b", to=pending()))

    assert refused == RefusedEntry(code, for_good=for_good)
    assert scheduler.calls == ["create_schedule"]


def test_a_schedule_that_fires_while_it_is_moved_is_a_refusal_for_now(scheduler: FakeScheduler) -> None:
    make(scheduler, change(to=pending()))
    scheduler.fail = failing("ResourceNotFoundException", "update_schedule")

    assert make(scheduler, change(to=pending())) == RefusedEntry("ResourceNotFoundException", for_good=False)


def test_no_answer_is_a_refusal_for_now(scheduler: FakeScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://scheduler.test")

    monkeypatch.setattr(scheduler, "delete_schedule", unreachable)

    assert make(scheduler, change()) == RefusedEntry("EndpointConnectionError", for_good=False)


def test_a_message_over_what_a_schedule_carries_is_too_large_and_not_even_sent(scheduler: FakeScheduler) -> None:
    refused = make(scheduler, change(to=pending("x" * 262_145)))

    assert refused
    assert refused.too_large
    assert scheduler.calls == []
    assert make(scheduler, change(to=pending("x" * 262_144))) is None


def test_without_time_left_no_call_is_begun(scheduler: FakeScheduler) -> None:
    times = iter([True, False])

    refused = make(scheduler, change(to=pending()), change("reminder.b", to=pending()), in_time=lambda: next(times))

    assert refused == RefusedEntry("OutOfTime", for_good=False)
    assert list(scheduler.schedules) == ["reminder.a"]
