"""Environment variables, written by the stacks and read by the functions."""

from datetime import timedelta

import pytest

from schemas.environment import FunctionEnvironment, durations, seconds


def test_functions_read_the_variables_that_stacks_write() -> None:
    environment = FunctionEnvironment(
        queue_url="q", dead_letter_queue_url="d", event_bus_name="b", crm_base_url="https://crm.test"
    )

    assert FunctionEnvironment.from_variables(environment.to_variables() | {"PATH": "/bin"}) == environment


def test_an_empty_field_is_no_variable() -> None:
    assert FunctionEnvironment(queue_url="q", dead_letter_queue_url="d", event_bus_name="b").to_variables() == {
        "QUEUE_URL": "q",
        "DEAD_LETTER_QUEUE_URL": "d",
        "EVENT_BUS_NAME": "b",
    }


def test_a_missing_required_variable_is_named() -> None:
    with pytest.raises(TypeError, match="dead_letter_queue_url"):
        FunctionEnvironment.from_variables({"QUEUE_URL": "q", "EVENT_BUS_NAME": "b"})


@pytest.mark.parametrize("intervals", [(), (timedelta(days=1),), (timedelta(hours=24), timedelta(minutes=90))])
def test_durations_are_read_as_they_were_written(intervals: tuple[timedelta, ...]) -> None:
    assert durations(seconds(intervals)) == intervals
