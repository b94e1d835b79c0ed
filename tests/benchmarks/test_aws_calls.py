from collections import Counter

import pytest

from tests.benchmarks.batches import CASES, Case, run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_batch_makes_exactly_the_expected_aws_calls(case: Case) -> None:
    aws = run(case)

    assert Counter(call.api for call in aws.calls) == Counter(case.expected)


def test_recorded_requests_have_the_sizes_of_real_ones() -> None:
    one, ten = (run(Case("", {}, follow_ups=count)) for count in (1, 10))

    (small,), (large,) = one.calls, ten.calls
    assert small.api == large.api == "events:PutEvents"
    assert 5 * small.size < large.size < 1_048_576
