"""When to run again, and how long to wait."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.batch import retry
from lambdas.common.batch.retry import DeadLetterDecision, RetryDecision
from lambdas.common.clients.outbox import RefusedEntry
from lambdas.common.errors import RetryableError
from lambdas.common.times import timestamp
from schemas.event_type import Backoff
from schemas.reasons import Outcome, Reason
from tests.fakes.function import NOW

BACKOFF = Backoff(base=5, cap=60)


def after(error: Exception, *, attempt: int = 1) -> RetryDecision | DeadLetterDecision:
    return retry.after_failure(error, attempt, 3, BACKOFF, jitter=0.5, now=NOW)


@given(attempt=st.integers(1, 2**53), jitter=st.floats(0, 1), base=st.floats(0.1, 3600), cap=st.floats(1, 10_000))
def test_a_delay_is_never_negative_nor_over_the_cap_nor_over_what_sqs_takes(
    attempt: int, jitter: float, base: float, cap: float
) -> None:
    assert 0 <= retry.delay(Backoff(base=base, cap=cap), attempt, jitter) <= min(900, round(cap))


def test_the_ceiling_doubles_with_each_attempt_up_to_the_cap() -> None:
    assert [retry.delay(BACKOFF, attempt, 1) for attempt in range(1, 7)] == [5, 10, 20, 40, 60, 60]


@pytest.mark.parametrize(("stage", "longest"), [("", 60), ("7", 7), ("900", 60)])
def test_a_stages_cap_shortens_the_types_and_never_lengthens_it(stage: str, longest: int) -> None:
    assert retry.delay(BACKOFF.capped(stage), 6, 1) == longest


def test_the_jitter_is_full() -> None:
    assert [retry.delay(BACKOFF, 2, jitter) for jitter in (0, 0.5, 1)] == [0, 5, 10]


def test_retry_after_wins_over_the_backoff() -> None:
    error = RetryableError("busy", retry_after=33)

    assert after(error) == RetryDecision(Outcome.RETRYING, attempts=2, delay=33)


@pytest.mark.parametrize(("asked", "delay"), [(-5, 0), (0, 0), (900, 900), (900.4, 900)])
def test_retry_after_of_what_sqs_takes_is_a_delay_alone(asked: float, delay: int) -> None:
    again = after(RetryableError("busy", retry_after=asked))

    assert again == RetryDecision(Outcome.RETRYING, attempts=2, delay=delay)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (901, "2026-04-14T14:15:01.000Z"),
        (43_200, "2026-04-15T02:00:00.000Z"),
        (86_400, "2026-04-15T02:00:00.000Z"),
        (math.inf, "2026-04-15T02:00:00.000Z"),
    ],
)
def test_retry_after_beyond_what_sqs_takes_says_when_and_is_twelve_hours_at_most(asked: float, due: str) -> None:
    again = after(RetryableError("busy", retry_after=asked))

    assert again == RetryDecision(Outcome.RETRYING, attempts=2, delay=900, not_before=due)


@pytest.mark.parametrize(("minutes", "delay"), [(1, 60), (14.99, 900), (15, 900), (16, 900), (720, 900)])
def test_what_is_not_due_yet_goes_round_and_spends_no_attempt(minutes: float, delay: int) -> None:
    due = timestamp(NOW + timedelta(minutes=minutes))

    again = retry.not_yet_due(due, 2, NOW)

    assert again == RetryDecision(Outcome.DEFERRED, attempts=2, delay=delay, not_before=due)


@pytest.mark.parametrize("minutes", [0, -1, 721, 10**6])
def test_what_is_due_or_says_more_than_anything_may_wait_is_run(minutes: int) -> None:
    assert retry.not_yet_due(timestamp(NOW + timedelta(minutes=minutes)), 1, NOW) is None


def test_the_last_attempt_is_the_last() -> None:
    assert (
        after(ValueError(), attempt=3)
        == after(ValueError(), attempt=7)
        == DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    )


def test_a_deferral_spends_no_attempt() -> None:
    again = retry.after_refusal(RefusedEntry("ThrottlingException", is_permanent=False), 2, 0, 1)

    assert again == RetryDecision(Outcome.DEFERRED, attempts=2, delay=1, counted=True)


def test_what_waits_for_its_time_or_its_turn_is_not_counted() -> None:
    assert not retry.set_apart(1, 1).counted
    assert not retry.unrun(1).counted
    early = retry.not_yet_due("2026-04-14T15:00:00.000Z", 1, NOW)
    assert early is not None
    assert not early.counted


@pytest.mark.parametrize("deferrals", [20, 21])
def test_deferrals_are_bounded(deferrals: int) -> None:
    assert retry.not_now(1, deferrals, 1) == DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    assert retry.after_refusal(RefusedEntry("x", is_permanent=False), 1, deferrals, 1) == DeadLetterDecision(
        Reason.ATTEMPTS_EXHAUSTED
    )
