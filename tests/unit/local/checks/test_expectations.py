"""Outcomes and schedules are compared with those that are expected."""

from collections import Counter
from datetime import UTC, datetime

from local.checks.expectations import outcome_differences, redelivered, schedule_differences
from local.traffic.publication import ExpectedSchedule
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

AT = datetime(2026, 4, 15, 12, tzinfo=UTC)
RETRY = ExpectedSchedule("payment/in_1/2", AT, "payment.retry")
AT_ANY_TIME = ExpectedSchedule("payment/in_1/2", None, "payment.retry")


def test_an_expected_schedule_is_not_a_difference() -> None:
    assert schedule_differences(Counter([RETRY]), Counter([RETRY])) == []


def test_a_schedule_expected_without_a_time_may_have_any() -> None:
    assert schedule_differences(Counter([AT_ANY_TIME]), Counter([RETRY])) == []
    (missing,) = schedule_differences(Counter([AT_ANY_TIME]), Counter())
    assert missing.sentence() == "payment.retry: 0 scheduled as payment/in_1/2, expected 1"


def test_a_schedule_at_another_time_is_two_differences() -> None:
    later = ExpectedSchedule(RETRY.key, AT.replace(hour=13), RETRY.type)

    assert [(each.expected, each.found) for each in schedule_differences(Counter([RETRY]), Counter([later]))] == [
        (1, 0),
        (0, 1),
    ]


def test_a_count_that_is_not_as_expected_is_a_difference() -> None:
    expected = Counter({("email.send", "succeeded"): 2})

    (missing,) = outcome_differences(expected, Counter({("email.send", "succeeded"): 1, ("email.send", "deferred"): 7}))

    assert missing.sentence() == "email.send: 1 succeeded, expected 2"


def test_only_failures_of_the_crm_may_be_attempts_or_deferrals() -> None:
    done = Counter({("activity.record", "succeeded"): 1, ("email.send", "succeeded"): 1})

    assert outcome_differences(done, done + Counter([("activity.record", "retrying")])) == []
    assert len(outcome_differences(done, done + Counter([("email.send", "retrying")]))) == 1


def test_redeliveries_may_repeat_outcomes_but_not_a_jobs_success() -> None:
    expected = Counter({("report.ready", "succeeded"): 1, ("email.send", "succeeded"): 1})
    more = Counter({("report.ready", "succeeded"): 2, ("email.send", "succeeded"): 1, ("email.send", "duplicate"): 1})

    assert len(outcome_differences(expected, more)) == 2
    assert outcome_differences(expected, more, redelivered=1) == []
    assert outcome_differences(expected, more + Counter({("email.send", "succeeded"): 1}), redelivered=1) != []
    assert outcome_differences(more, expected, redelivered=1) != []


def test_a_redelivery_may_stand_for_one_retry_that_was_not_logged() -> None:
    expected = Counter({("email.send", "retrying"): 3, ("email.send", "succeeded"): 1})
    fewer = Counter({("email.send", "retrying"): 2, ("email.send", "succeeded"): 1})

    assert outcome_differences(expected, fewer, redelivered=1) == []
    assert len(outcome_differences(expected, fewer)) == 1
    assert len(outcome_differences(expected, fewer - Counter([("email.send", "retrying")]), redelivered=1)) == 1
    assert len(outcome_differences(expected, fewer - Counter([("email.send", "succeeded")]), redelivered=1)) == 1


def test_a_delivery_with_a_receive_count_over_one_is_a_redelivery() -> None:
    first = LogLine(at=AT, what=Outcome.SUCCEEDED, service="email.send", receive_count=1)
    again = LogLine(at=AT, what=Outcome.DUPLICATE, service="email.send", receive_count=2)

    assert redelivered([first, again]) == 1
