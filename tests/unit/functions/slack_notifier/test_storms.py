"""A storm: nothing is left out of the cards, and they are few enough to be read and posted."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.slack_notifier.cards.card import Code
from lambdas.slack_notifier.cards.pages import MAX_PAGES, pages
from lambdas.slack_notifier.slack.mrkdwn import mrkdwn
from local.standins.slack.block_kit_rules import problems
from schemas.catalogue import CATALOGUE
from schemas.names import SYSTEM
from schemas.signals import SIGNALS
from tests.unit.functions.slack_notifier.slack_fakes import NOW, NotifierHarness, alarm, dead_lettered, shown

OURS = st.builds(
    lambda subject, signal: {"AlarmName": f"taly-async-prod/{subject}/{signal.slug}"},
    st.sampled_from([SYSTEM, *(event_type.name for event_type in CATALOGUE), "a.b" * 60]),
    st.sampled_from(SIGNALS),
)
OTHERS = st.builds(
    lambda number, fill: {"AlarmName": f"others{number:x}".ljust(255, fill)},
    st.integers(0, 10**9),
    st.sampled_from("x&"),
)
ALARMS = st.lists(
    st.builds(
        lambda name, state, seconds, description: alarm(
            **name,
            state=state,
            at=NOW + timedelta(seconds=seconds),
            AlarmDescription=description,
            AlarmArn="",
        ),
        OURS | OTHERS,
        st.sampled_from(["ALARM", "ALARM", "OK", "INSUFFICIENT_DATA"]),
        st.integers(0, 3_600),
        st.sampled_from([None, "x" * 1_024, "<&>" * 341]),
    ),
    max_size=150,
    unique_by=lambda each: each["AlarmName"],
)


def run_until_empty(harness: NotifierHarness) -> int:
    """Run each minute, ten times at most; return how often."""
    runs = 0
    while harness.waiting and runs < 10:
        harness.run()
        runs += 1
    return runs


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(ALARMS)
def test_each_alarm_of_a_storm_is_named_on_a_card(alarms: list[dict[str, Any]]) -> None:
    harness = NotifierHarness()
    harness.send(*alarms)

    runs = run_until_empty(harness)

    cards = [shown(payload) for payload in harness.slack.posted]
    names = [each["AlarmName"] for each in alarms]
    assert [name for name in names if mrkdwn([Code(name)], 2_000) not in "\n".join(cards)] == []
    assert all(problems(payload) == [] for payload in harness.slack.posted)
    assert len(cards) <= runs * (5 + 2 * MAX_PAGES)
    assert max(map(len, cards), default=0) < 10_000
    assert harness.waiting == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(ALARMS)
def test_alarms_about_the_system_are_named_first(alarms: list[dict[str, Any]]) -> None:
    harness = NotifierHarness()
    harness.send(*alarms)

    harness.run()

    state = {each["AlarmName"]: each["NewStateValue"] for each in alarms}
    for wanted in ("ALARM", "OK"):
        names = [name for line in harness.logged("posted") for name in line["alarms"] if state[name] == wanted]
        of_the_system = [name.startswith(f"taly-async-prod/{SYSTEM}/") for name in names]
        assert of_the_system == sorted(of_the_system, reverse=True)


def test_unrouted_events_are_named_beside_an_alarm_of_each_type() -> None:
    """The case that was found: a card cut at 2,000 characters left out the last names."""
    harness = NotifierHarness()
    harness.send(*[alarm("dead-letters", subject=each.name, at=NOW + timedelta(minutes=1)) for each in CATALOGUE])
    harness.send(*[alarm("oldest", subject=each.name, at=NOW + timedelta(minutes=1)) for each in CATALOGUE])
    harness.send(alarm("unrouted", subject=SYSTEM))

    harness.run()

    assert harness.headers[0] == "🔴 prod: Events without a rule"
    assert len(harness.headers) == 5


@pytest.mark.parametrize("count", [400, 1_500])
def test_each_cause_of_a_storm_is_on_a_card(count: int) -> None:
    harness = NotifierHarness()
    harness.send(*[dead_lettered(n, fingerprint=f"{n:012x}", error="x" * 200) for n in range(count)])

    runs = run_until_empty(harness)

    text = "\n".join(map(shown, harness.slack.posted))
    assert sum(f"`{n:012x}`" in text for n in range(count)) == count
    assert len(harness.slack.posted) <= runs * (5 + MAX_PAGES)
    assert harness.waiting == []


def test_pages_keep_the_order_and_leave_nothing_out() -> None:
    assert [*pages([3, 4, 9, 1, 1, 20, 2], lambda page: sum(page) <= 10)] == [[3, 4], [9, 1], [1], [20], [2]]
    assert [*pages([], lambda _: False)] == []
