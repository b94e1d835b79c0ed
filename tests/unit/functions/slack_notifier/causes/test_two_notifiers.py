"""Two notifiers at one time: one card for each piece of news, and the right total, in any order of their calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from greenlet import getcurrent, greenlet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.slack_notifier.handler import handler
from tests.unit.functions.slack_notifier.causes.cause_harness import HOUR, CauseHarness

ORDERS = st.lists(st.integers(0, 1), max_size=60)
"""Which of two notifiers makes its next call; once one has ended, the other goes on alone."""


def run_both(harness: CauseHarness, order: Sequence[int]) -> None:
    """Run two notifiers on the same queue and table, whose calls take turns in this order; then one more minute."""
    main = getcurrent()

    def give_way(_operation: str = "") -> None:
        if getcurrent() is not main:
            main.switch()

    def post(_payload: object) -> bool:
        give_way()
        return False

    for service in (harness.sqs, harness.dynamodb):
        service.before = give_way
    refuses = harness.slack.refuses
    harness.slack.refuses = post
    runs: list[Any] = []
    for number in range(2):
        context = replace(harness.context(), aws_request_id=f"request-{number}")
        runs.append(greenlet(lambda context=context: handler.run(context, replace(harness.runtime))))
    for turn in [*order, *[0, 1] * 1_000]:
        run = runs[turn] if not runs[turn].dead else runs[1 - turn]
        if run.dead:
            break
        run.switch()
    assert all(run.dead for run in runs)
    for service in (harness.sqs, harness.dynamodb):
        service.before = lambda _operation: None
    harness.slack.refuses = refuses
    harness.clock.sleep(60)
    harness.run()


@settings(deadline=None, max_examples=60)
@given(ORDERS, st.integers(1, 25))
@example([0] * 6 + [1] * 30, 12)
def test_a_new_cause_has_one_card_and_the_right_total(order: list[int], count: int) -> None:
    harness = CauseHarness()
    for _ in range(count):
        harness.dead_letter()

    run_both(harness, order)

    assert harness.words.count("new") == 1
    assert harness.words in [["new"], ["new", "grown"]]
    assert harness.cause.total == count
    assert harness.waiting == []


@settings(deadline=None, max_examples=60)
@given(ORDERS, st.integers(1, 8))
def test_what_needs_no_card_is_counted_once(order: list[int], count: int) -> None:
    harness = CauseHarness()
    harness.minutes(1)
    for _ in range(count):
        harness.dead_letter()

    run_both(harness, order)

    assert harness.words == ["new"]
    assert harness.cause.total == 1 + count
    assert harness.waiting == []


@settings(deadline=None, max_examples=30)
@given(ORDERS)
def test_a_cause_that_is_over_has_one_card(order: list[int]) -> None:
    harness = CauseHarness()
    harness.minutes(1)
    harness.clock.sleep(HOUR.total_seconds())

    run_both(harness, order)

    assert harness.words == ["new", "over"]


@settings(deadline=None, max_examples=30)
@given(ORDERS, st.integers(6, 12))
def test_causes_that_share_a_card_are_each_reported_once(order: list[int], causes: int) -> None:
    harness = CauseHarness()
    for number in range(causes):
        harness.dead_letter(number + 1)

    run_both(harness, order)

    reported = [fingerprint for line in harness.logged("posted") for fingerprint in line["fingerprints"]]
    assert sorted(reported) == [f"{number + 1:012x}" for number in range(causes)]
    assert harness.waiting == []
