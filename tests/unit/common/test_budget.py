"""How the time of an invocation is shared out."""

import pytest

from lambdas.common.budget import RESERVE, Budget
from tests.unit.fakes import FakeContext


def test_a_record_has_its_share_of_what_is_left_after_the_reserve() -> None:
    budget = Budget()

    assert budget.begin(FakeContext(milliseconds=12_000), records_left=5) == pytest.approx((12 - RESERVE) / 5)


def test_the_next_calls_timeout_shrinks_as_the_share_is_used() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)

    assert budget.seconds() == pytest.approx(2.0)
    context.milliseconds -= 1_500
    assert budget.seconds() == pytest.approx(0.5)


def test_a_timeout_is_never_nothing_or_less() -> None:
    context = FakeContext(milliseconds=12_000)
    budget = Budget()
    budget.begin(context, records_left=5)
    context.milliseconds = 0

    assert budget.seconds() == 0.1
    assert Budget().seconds() > 0
