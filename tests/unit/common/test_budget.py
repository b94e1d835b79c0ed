"""How the time of an invocation is shared out."""

import pytest

from lambdas.common.budget import SMALLEST, Budget
from tests.fakes.function import FakeContext


@pytest.mark.parametrize(
    ("left_ms", "records", "seconds"),
    [(12_000, 5, 2.0), (12_000, 1, 10.0), (12_000, 100, SMALLEST), (5_000, 10, SMALLEST)],
)
def test_a_record_gets_an_equal_share_and_at_least_a_second(left_ms: int, records: int, seconds: float) -> None:
    budget = Budget()

    assert budget.begin(FakeContext(milliseconds=left_ms), records_left=records)
    assert budget.seconds() == pytest.approx(seconds)


@pytest.mark.parametrize(("left_ms", "in_time"), [(3_001, True), (2_999, False), (0, False)])
def test_a_record_is_begun_only_with_a_second_left_beside_the_reserve(left_ms: int, in_time: bool) -> None:
    assert Budget().begin(FakeContext(milliseconds=left_ms), records_left=10) is in_time


def test_the_next_calls_timeout_shrinks_as_the_share_is_used() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)

    assert budget.seconds() == pytest.approx(2.0)
    context.milliseconds -= 1_500
    assert budget.seconds() == pytest.approx(0.5)


def test_a_timeout_is_never_0_or_less() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)
    context.milliseconds = 0

    assert budget.seconds() == 0.1
    assert Budget().seconds() > 0


def test_a_record_gets_its_least_share_in_a_batch_of_any_size() -> None:
    context = FakeContext(milliseconds=30_000)
    budget = Budget()

    assert budget.begin(context, records_left=10, least=0.5)
    assert budget.seconds() == pytest.approx(14.0)
    context.milliseconds -= 13_000
    assert budget.begin(context, records_left=9, least=0.5)
    assert budget.seconds() == pytest.approx(14.0)
    context.milliseconds -= 2_000
    assert not budget.begin(context, records_left=8, least=0.5)


def test_the_next_invocation_starts_with_its_whole_time() -> None:
    budget = Budget()
    budget.begin(FakeContext(milliseconds=30_000), records_left=2, least=0.5)

    assert budget.begin(FakeContext(milliseconds=8_000), records_left=2, least=0.5)
    assert budget.seconds() == pytest.approx(3.0)


def test_a_least_share_is_at_least_a_second() -> None:
    budget = Budget()

    assert budget.begin(FakeContext(milliseconds=3_500), records_left=2, least=0.5)
    assert budget.seconds() == pytest.approx(SMALLEST)


@pytest.mark.parametrize(("left_ms", "seconds"), [(14_000, 12.0), (7_000, 5.0), (2_500, SMALLEST)])
def test_a_record_run_with_too_little_time_gets_all_but_the_reserve(left_ms: int, seconds: float) -> None:
    context = FakeContext(milliseconds=30_000)
    budget = Budget()
    budget.begin(context, records_left=1, least=0.5)
    context.milliseconds = left_ms

    assert not budget.begin(context, records_left=1, least=0.5)
    assert budget.seconds() == pytest.approx(seconds)
