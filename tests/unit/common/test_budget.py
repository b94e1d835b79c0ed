"""The time budget of each record of an invocation."""

import pytest

from lambdas.common.budget import MIN_SECONDS, Budget
from tests.fakes.function import FakeContext


@pytest.mark.parametrize(
    ("left_ms", "records", "seconds"),
    [(12_000, 5, 2.0), (12_000, 1, 10.0), (12_000, 100, MIN_SECONDS), (5_000, 10, MIN_SECONDS)],
)
def test_record_gets_an_equal_share_and_at_least_a_second(left_ms: int, records: int, seconds: float) -> None:
    budget = Budget()

    assert budget.begin(FakeContext(milliseconds=left_ms), records_left=records)
    assert budget.seconds() == pytest.approx(seconds)


@pytest.mark.parametrize(("left_ms", "begins"), [(3_001, True), (2_999, False), (0, False)])
def test_record_begins_only_with_a_second_beyond_the_reserve(left_ms: int, begins: bool) -> None:
    assert Budget().begin(FakeContext(milliseconds=left_ms), records_left=10) is begins


def test_timeout_shrinks_as_the_share_is_used() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)

    assert budget.seconds() == pytest.approx(2.0)
    context.milliseconds -= 1_500
    assert budget.seconds() == pytest.approx(0.5)


def test_timeout_is_always_positive() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)
    context.milliseconds = 0

    assert budget.seconds() == 0.1
    assert Budget().seconds() > 0


def test_record_gets_its_minimum_share_of_the_invocation() -> None:
    context = FakeContext(milliseconds=30_000)
    budget = Budget()

    assert budget.begin(context, records_left=10, min_share=0.5)
    assert budget.seconds() == pytest.approx(14.0)
    context.milliseconds -= 13_000
    assert budget.begin(context, records_left=9, min_share=0.5)
    assert budget.seconds() == pytest.approx(14.0)
    context.milliseconds -= 2_000
    assert not budget.begin(context, records_left=8, min_share=0.5)


def test_minimum_share_is_computed_anew_per_invocation() -> None:
    budget = Budget()
    budget.begin(FakeContext(milliseconds=30_000), records_left=2, min_share=0.5)

    assert budget.begin(FakeContext(milliseconds=8_000), records_left=2, min_share=0.5)
    assert budget.seconds() == pytest.approx(3.0)


def test_minimum_share_is_at_least_a_second() -> None:
    budget = Budget()

    assert budget.begin(FakeContext(milliseconds=3_500), records_left=2, min_share=0.5)
    assert budget.seconds() == pytest.approx(MIN_SECONDS)


@pytest.mark.parametrize(("left_ms", "seconds"), [(14_000, 12.0), (7_000, 5.0), (2_500, MIN_SECONDS)])
def test_record_run_without_enough_time_gets_all_beyond_the_reserve(left_ms: int, seconds: float) -> None:
    context = FakeContext(milliseconds=30_000)
    budget = Budget()
    budget.begin(context, records_left=1, min_share=0.5)
    context.milliseconds = left_ms

    assert not budget.begin(context, records_left=1, min_share=0.5)
    assert budget.seconds() == pytest.approx(seconds)
