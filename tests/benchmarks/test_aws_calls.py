from collections import Counter

import pytest

from tests.benchmarks.batches import CASES, Case, run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_batch_asks_of_aws_what_it_must_and_no_more(case: Case) -> None:
    aws = run(case)

    assert Counter(call.api for call in aws.calls) == Counter(case.expected)


def test_what_is_recorded_is_what_would_be_sent() -> None:
    one, ten = (run(Case("", {}, follow_ups=count)) for count in (1, 10))

    (small,), (large,) = one.calls, ten.calls
    assert small.api == large.api == "events:PutEvents"
    assert 5 * small.size < large.size < 1_048_576
