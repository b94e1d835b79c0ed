"""When to run again, and how long to wait."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.batch import retry
from lambdas.common.batch.decision import DeadLetterDecision, RetryDecision
from lambdas.common.errors import MaybeDoneError, RetryableError
from schemas.catalogue import CATALOGUE
from schemas.destinations import SEND_EMAIL
from schemas.event_type import Backoff
from schemas.reasons import Outcome, Reason
from schemas.wire import timestamp
from tests.fakes.function import NOW

BACKOFF = Backoff(base=5, cap=60)


def after(error: Exception, *, attempt: int = 1) -> RetryDecision | DeadLetterDecision:
    return retry.after_failure(error, attempt, 3, BACKOFF, jitter=0.5, now=NOW)


@given(attempt=st.integers(1, 2**53), jitter=st.floats(0, 1), base=st.floats(0.1, 3600), cap=st.floats(1, 10_000))
def test_a_delay_is_between_0_and_the_lower_of_cap_and_sqs_limit(
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


def test_a_longer_retry_after_wins_over_the_backoff() -> None:
    error = RetryableError("busy", retry_after=33)

    assert after(error) == RetryDecision(Outcome.RETRYING, attempts=2, delay=33)


@pytest.mark.parametrize(("asked", "delay"), [(-5, 2), (0, 2), (1, 2), (2.1, 3), (60, 60), (900, 900)])
def test_a_copy_comes_after_what_was_asked_and_after_its_backoff(asked: float, delay: int) -> None:
    again = after(RetryableError("busy", retry_after=asked))

    assert again == RetryDecision(Outcome.RETRYING, attempts=2, delay=delay)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (900.4, "2026-04-14T14:15:01.000Z"),
        (901, "2026-04-14T14:15:01.000Z"),
        (43_200, "2026-04-15T02:00:00.000Z"),
        (86_400, "2026-04-15T02:00:00.000Z"),
        (math.inf, "2026-04-15T02:00:00.000Z"),
    ],
)
def test_a_long_retry_after_sets_a_due_time_at_most_12_hours_ahead(asked: float, due: str) -> None:
    again = after(RetryableError("busy", retry_after=asked))

    assert again == RetryDecision(Outcome.RETRYING, attempts=2, delay=900, not_before=due)


@pytest.mark.parametrize(("minutes", "delay"), [(1, 60), (14.99, 900), (15, 900), (16, 900), (720, 900)])
def test_a_record_not_due_yet_is_deferred_without_spending_an_attempt(minutes: float, delay: int) -> None:
    due = timestamp(NOW + timedelta(minutes=minutes))

    again = retry.defer_until(due, 2, NOW)

    assert again == RetryDecision(Outcome.DEFERRED, attempts=2, delay=delay, not_before=due)


@pytest.mark.parametrize("minutes", [0, -1, 1621, 10**6])
def test_a_record_due_now_or_too_far_ahead_runs(minutes: int) -> None:
    assert retry.defer_until(timestamp(NOW + timedelta(minutes=minutes)), 1, NOW) is None


def test_a_failed_last_attempt_exhausts_the_attempts() -> None:
    assert (
        after(ValueError(), attempt=3)
        == after(ValueError(), attempt=7)
        == DeadLetterDecision(Reason.ATTEMPTS_EXHAUSTED)
    )


@pytest.mark.parametrize(("cap", "delay"), [(900, 300), (300, 300), (7, 7)])
def test_what_may_have_been_done_is_tried_again_after_5_minutes(cap: float, delay: int) -> None:
    error = MaybeDoneError("SES did not answer", SEND_EMAIL)

    again = retry.after_failure(error, 1, 3, Backoff(base=5, cap=cap), jitter=0, now=NOW)

    assert again == RetryDecision(Outcome.RETRYING, attempts=2, delay=delay)


def test_a_deferral_spends_no_attempt() -> None:
    assert retry.defer(2, 33, NOW) == RetryDecision(Outcome.DEFERRED, attempts=2, delay=33)


def test_a_deferral_beyond_sqs_limit_has_a_due_time() -> None:
    again = retry.defer(1, 3600, NOW)

    assert again == RetryDecision(Outcome.DEFERRED, attempts=1, delay=900, not_before="2026-04-14T15:00:00.000Z")


def test_a_stage_caps_the_backoff_of_deferrals_too() -> None:
    assert retry.deferral_delay(8, 600, 1, cap="1") == 1


def test_the_backoff_of_deferrals_doubles_to_a_minute() -> None:
    assert [retry.deferral_delay(number, 600, 1) for number in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("waited", "longest"),
    [(0, 4), (16, 4), (120, 30), (240, 60), (600, 60), (1200, 120), (3600, 360), (9000, 900), (10**6, 900)],
)
def test_a_deferral_adds_a_quarter_of_a_young_wait_later_a_tenth(waited: float, longest: int) -> None:
    assert retry.deferral_delay(50, waited, 1) == longest


@given(deferrals=st.integers(1, 2**53), waited=st.floats(0, 10**7), jitter=st.floats(0, 1))
def test_a_deferrals_backoff_is_what_sqs_takes(deferrals: int, waited: float, jitter: float) -> None:
    assert 0 <= retry.deferral_delay(deferrals, waited, jitter) <= min(900, max(60, round(waited / 10)))


def test_the_module_docstrings_table_shows_the_catalogues_backoffs() -> None:
    rows = {row.split("  ")[0]: [int(word) for word in row.split() if word.isdigit()] for row in _table_rows()}

    for event_type in CATALOGUE:
        delays = rows.get(event_type.name) or rows[f"every {event_type.kind}"]
        longest = [retry.delay(event_type.backoff, attempt, 1) for attempt in range(1, event_type.max_attempts)]
        assert delays == [event_type.max_attempts, *longest], event_type.name


def _table_rows() -> list[str]:
    before, _, after = (retry.__doc__ or "").partition("type  ")
    assert before
    return after.splitlines()[1:]
