from collections import Counter

import pytest

from tests.benchmarks.healthy_calls import TRAFFICS, Traffic, run


@pytest.mark.parametrize("traffic", TRAFFICS, ids=str)
def test_healthy_calls_make_no_call_to_aws_but_few_notes(traffic: Traffic) -> None:
    aws = run(traffic)

    assert Counter(call.api for call in aws.calls) == Counter(traffic.expected)
    assert len(aws.calls) <= min(traffic.calls / 10, 1 + traffic.seconds / 30)
