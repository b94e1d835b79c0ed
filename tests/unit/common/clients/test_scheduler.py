"""Schedules: created, moved and cancelled by name, idempotently."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.clients.outbox import Receipt, RefusedEntry
from lambdas.common.clients.scheduler import ScheduleChange, ScheduledMessage, apply_changes
from tests.fakes.function import NOW, FunctionHarness
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service import Clock, failing

TOMORROW = NOW + timedelta(days=1)


def message(body: str = "{}") -> ScheduledMessage:
    return ScheduledMessage(TOMORROW, "m-1", body)


def change(name: str = "reminder.a", to: ScheduledMessage | None = None) -> ScheduleChange:
    return ScheduleChange(name, name.replace(".", "/"), to)


def apply(scheduler: FakeScheduler, *changes: ScheduleChange, has_time: Callable[[], bool] = lambda: True) -> Receipt:
    return apply_changes(scheduler, FunctionHarness().runtime().environment, changes, has_time=has_time)


@pytest.fixture
def scheduler() -> FakeScheduler:
    return FakeScheduler(clock=Clock(NOW))


def test_new_schedule_has_the_whole_request(scheduler: FakeScheduler) -> None:
    assert apply(scheduler, change(to=message('{"a":1}'))) is None

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
        },
    }


def test_schedule_of_the_same_name_is_updated(scheduler: FakeScheduler) -> None:
    apply(scheduler, change(to=message("old")))

    assert apply(scheduler, change(to=message("new"))) is None

    assert scheduler.schedules["reminder.a"]["Target"]["Input"] == "new"
    assert scheduler.calls == ["create_schedule", "create_schedule", "update_schedule"]


def test_cancelling_a_schedule_is_idempotent(scheduler: FakeScheduler) -> None:
    apply(scheduler, change(to=message()))

    assert apply(scheduler, change()) is None
    assert apply(scheduler, change()) is None

    assert scheduler.schedules == {}


@pytest.mark.parametrize(
    ("code", "is_permanent", "throttled", "is_ours"),
    [
        ("ThrottlingException", False, True, False),
        ("InternalServerException", False, False, False),
        ("ServiceQuotaExceededException", False, False, True),
        ("ResourceNotFoundException", False, False, True),
        ("AccessDeniedException", False, False, True),
        ("ValidationException", True, False, False),
    ],
)
def test_refusal_is_classified_and_stops_further_changes(
    scheduler: FakeScheduler, code: str, *, is_permanent: bool, throttled: bool, is_ours: bool
) -> None:
    scheduler.fail = failing(code)

    refused = apply(scheduler, change(to=message()), change("reminder.b", to=message()))

    assert refused is not None
    assert (refused.code, refused.is_permanent, refused.throttled) == (code, is_permanent, throttled)
    assert bool(refused.to_do) is is_ours
    assert scheduler.calls == ["create_schedule"]


def test_schedule_that_runs_during_its_update_is_a_temporary_refusal(scheduler: FakeScheduler) -> None:
    apply(scheduler, change(to=message()))
    scheduler.fail = failing("ResourceNotFoundException", "update_schedule")

    assert apply(scheduler, change(to=message())) == RefusedEntry("ResourceNotFoundException", is_permanent=False)


def test_network_error_of_the_scheduler_is_a_temporary_refusal(
    scheduler: FakeScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://scheduler.test")

    monkeypatch.setattr(scheduler, "delete_schedule", unreachable)

    assert apply(scheduler, change()) == RefusedEntry("EndpointConnectionError", is_permanent=False)


def test_message_over_the_schedule_limit_is_refused_without_a_call(scheduler: FakeScheduler) -> None:
    refused = apply(scheduler, change(to=message("x" * 262_145)))

    assert refused
    assert refused.too_large
    assert scheduler.calls == []
    assert apply(scheduler, change(to=message("x" * 262_144))) is None


def test_no_call_is_made_without_time_left(scheduler: FakeScheduler) -> None:
    times = iter([True, False])

    refused = apply(scheduler, change(to=message()), change("reminder.b", to=message()), has_time=lambda: next(times))

    assert refused == RefusedEntry("OutOfTime", is_permanent=False)
    assert list(scheduler.schedules) == ["reminder.a"]
