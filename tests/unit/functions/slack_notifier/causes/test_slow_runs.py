"""Causes in runs that take nearly all their time: claims last, and what is noted is deleted."""

import pytest

from schemas.causes import Cause, cause_in
from tests.unit.functions.slack_notifier.causes.cause_harness import CauseHarness


@pytest.fixture
def harness() -> CauseHarness:
    return CauseHarness()


def causes_in(harness: CauseHarness) -> list[Cause]:
    return [cause for item in harness.dynamodb.causes.values() if (cause := cause_in(item))]


def test_a_claim_lasts_while_its_card_is_posted_late_in_a_run(harness: CauseHarness) -> None:
    claims: list[bool] = []

    def look(_payload: object) -> bool:
        claims.append(any(cause.is_claimed(harness.clock.now()) for cause in causes_in(harness)))
        return False

    harness.slack.latency, harness.slack.refuses = 9, look

    harness.minutes(1, causes=4)

    assert claims == [True] * len(claims)
    assert len(claims) >= 4


def test_a_slow_table_leaves_time_to_delete_what_was_noted(harness: CauseHarness) -> None:
    causes, each = 100, 10
    harness.minutes(1, causes=causes, each=each)
    while harness.waiting:
        harness.run()
    harness.sqs.latency, harness.dynamodb.latency = 0.19, 0.13

    for _ in range(each):
        for number in range(causes):
            harness.dead_letter(number)
    harness.run()

    harness.sqs.latency = harness.dynamodb.latency = 0.01
    while harness.waiting:
        harness.clock.sleep(300)
        harness.run()
    assert [cause.total for cause in causes_in(harness)] == [2 * each] * causes
