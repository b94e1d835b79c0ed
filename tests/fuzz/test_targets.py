"""Hostile input from hypothesis, the same in each `make test`; `make fuzz` runs for any time."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from tests.fuzz.consumers import check_function
from tests.fuzz.records import records
from tests.fuzz.slack import alerts
from tests.fuzz.strategies import SUITE, inputs, inputs_of_type
from tests.fuzz.targets import CONSOLE, INGRESS, SLACK, TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_each_seed_is_handled(target: Target) -> None:
    for text in target.seeds:
        assert target.check(text).total() == 1, text


@settings(SUITE, max_examples=500)
@given(inputs(INGRESS))
def test_each_record_at_the_ingress_has_one_outcome_and_is_not_lost(text: str) -> None:
    assert INGRESS.check(text).total() == len(records(text))


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_each_record_at_a_function_has_one_outcome_and_valid_follow_ups(event_type: EventType[Any]) -> None:
    @settings(SUITE, max_examples=80)
    @given(inputs_of_type(event_type), st.randoms(use_true_random=False))
    def holds(text: str, random: Random) -> None:
        batch = records(text)
        assert len(check_function(event_type, batch, random)) == len(batch)

    holds()


@settings(SUITE, max_examples=250)
@given(inputs(SLACK))
def test_any_alerts_become_valid_cards_without_foreign_markup(text: str) -> None:
    assert bool(SLACK.check(text).total()) == bool(alerts(text))


@settings(SUITE, max_examples=1_500)
@given(inputs(CONSOLE))
def test_any_request_to_the_console_gets_a_response_with_all_headers(text: str) -> None:
    assert CONSOLE.check(text).total() == 1
