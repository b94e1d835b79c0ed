"""Hostile input, some of it anew with hypothesis in each `make test`; `make fuzz` goes on for as long as one likes."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from tests.fuzz.consumers import at_its_function
from tests.fuzz.records import records
from tests.fuzz.slack import alerts
from tests.fuzz.strategies import SUITE, inputs, inputs_of_type
from tests.fuzz.targets import CONSOLE, INGRESS, SLACK, TARGETS, Target


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_all_that_the_fuzzer_begins_with_is_handled(target: Target) -> None:
    for text in target.seeds:
        assert target.check(text).total() == 1, text


@settings(SUITE, max_examples=500)
@given(inputs(INGRESS))
def test_whatever_comes_in_has_one_outcome_and_is_on_the_bus_in_the_dead_letter_queue_or_back(text: str) -> None:
    assert INGRESS.check(text).total() == len(records(text))


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_whatever_a_function_gets_has_one_outcome_and_what_it_emits_is_valid(event_type: EventType[Any]) -> None:
    @settings(SUITE, max_examples=80)
    @given(inputs_of_type(event_type), st.randoms(use_true_random=False))
    def holds(text: str, random: Random) -> None:
        came = records(text)
        assert len(at_its_function(event_type, came, random)) == len(came)

    holds()


@settings(SUITE, max_examples=250)
@given(inputs(SLACK))
def test_whatever_lies_in_the_alerts_queue_becomes_cards_that_slack_takes_and_that_obey_nobody(text: str) -> None:
    assert bool(SLACK.check(text).total()) == bool(alerts(text))


@settings(SUITE, max_examples=1_500)
@given(inputs(CONSOLE))
def test_whatever_the_console_is_asked_it_has_an_answer_with_all_its_headers(text: str) -> None:
    assert CONSOLE.check(text).total() == 1
