"""When to run again, and how long to wait."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common import retry
from lambdas.common.failures import RetryableError
from lambdas.common.outbox import Refused
from lambdas.common.retry import Again, Dead
from schemas.event_type import Backoff
from schemas.reasons import Outcome, Reason
from tests.messages import booking, text

BACKOFF = Backoff(base=5, cap=60)


@given(attempt=st.integers(1, 2**53), jitter=st.floats(0, 1), base=st.floats(0.1, 3600), cap=st.floats(1, 10_000))
def test_a_delay_is_never_negative_nor_over_the_cap_nor_over_what_sqs_takes(
    attempt: int, jitter: float, base: float, cap: float
) -> None:
    assert 0 <= retry.delay(Backoff(base=base, cap=cap), attempt, jitter) <= min(900, round(cap))


def test_the_ceiling_doubles_with_each_attempt_up_to_the_cap() -> None:
    assert [retry.delay(BACKOFF, attempt, 1) for attempt in range(1, 7)] == [5, 10, 20, 40, 60, 60]


def test_the_jitter_is_full() -> None:
    assert [retry.delay(BACKOFF, 2, jitter) for jitter in (0, 0.5, 1)] == [0, 5, 10]


def test_retry_after_wins_over_the_backoff() -> None:
    error = RetryableError("busy", retry_after=33)

    assert retry.after_failure(error, 1, 3, BACKOFF, 0.5) == Again(Outcome.RETRYING, attempts=2, delay=33)


@pytest.mark.parametrize(("asked", "delay"), [(-5, 0), (0, 0), (900, 900), (86_400, 900)])
def test_retry_after_is_bounded_by_what_sqs_takes(asked: float, delay: int) -> None:
    again = retry.after_failure(RetryableError("busy", retry_after=asked), 1, 3, BACKOFF, 0.5)

    assert isinstance(again, Again)
    assert again.delay == delay


def test_the_last_attempt_is_the_last() -> None:
    assert retry.after_failure(ValueError(), 3, 3, BACKOFF, 1) == Dead(Reason.ATTEMPTS_EXHAUSTED)
    assert retry.after_failure(ValueError(), 7, 3, BACKOFF, 1) == Dead(Reason.ATTEMPTS_EXHAUSTED)


def test_a_deferral_spends_no_attempt() -> None:
    again = retry.after_refusal(Refused("ThrottlingException", for_good=False), 2, 0, 1)

    assert again == Again(Outcome.DEFERRED, attempts=2, delay=1)


@pytest.mark.parametrize("deferrals", [20, 21])
def test_deferrals_are_bounded(deferrals: int) -> None:
    assert retry.out_of_time(1, deferrals) == Dead(Reason.ATTEMPTS_EXHAUSTED)
    assert retry.after_refusal(Refused("x", for_good=False), 1, deferrals, 1) == Dead(Reason.ATTEMPTS_EXHAUSTED)


@pytest.mark.parametrize(("attempts", "receives", "attempt"), [(1, 1, 1), (1, 2, 2), (2, 1, 2), (3, 3, 5)])
def test_a_receive_beyond_the_first_is_an_attempt(attempts: int, receives: int, attempt: int) -> None:
    assert retry.attempt_number(attempts, receives) == attempt


def test_a_first_delivery_has_never_crashed() -> None:
    assert not retry.has_crashed_out(9, 1, 3)
    assert not retry.has_crashed_out(3, 3, 3)
    assert retry.has_crashed_out(4, 4, 3)


def test_the_body_of_the_same_attempt_is_not_touched() -> None:
    body = text(booking()).replace(": ", " :   ")

    assert retry.body_of_attempt(body, 1) is body


def test_the_body_of_another_attempt_differs_in_nothing_else() -> None:
    message = booking(unknown=[1.5, None, {"é": "ü"}])

    assert json.loads(retry.body_of_attempt(text(message), 2)) == message | {"attempts": 2}


def test_what_was_escaped_because_sqs_takes_no_such_character_stays_escaped() -> None:
    body = text(booking()).replace('"attempts"', '"x": "\\ufffe\\ud800", "attempts"')

    assert retry.body_of_attempt(body, 2).isascii()


def test_a_number_without_a_json_form_is_an_error_and_not_infinity() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        retry.body_of_attempt(text(booking()).replace('"attempts"', '"x": 1e400, "attempts"'), 2)
