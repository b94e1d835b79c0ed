"""What a function is told, written by the stacks and read by the functions."""

from datetime import timedelta

import pytest

from schemas.environment import FunctionEnvironment, durations, seconds


def test_what_the_stacks_write_the_functions_read() -> None:
    environment = FunctionEnvironment(
        queue_url="q", dead_letter_queue_url="d", event_bus_name="b", crm_base_url="https://crm.test"
    )

    assert FunctionEnvironment.from_variables(environment.to_variables() | {"PATH": "/bin"}) == environment


def test_what_a_function_does_not_need_is_no_variable() -> None:
    assert FunctionEnvironment(queue_url="q", dead_letter_queue_url="d", event_bus_name="b").to_variables() == {
        "QUEUE_URL": "q",
        "DEAD_LETTER_QUEUE_URL": "d",
        "EVENT_BUS_NAME": "b",
    }


def test_a_variable_that_every_function_needs_is_named_where_it_is_missing() -> None:
    with pytest.raises(TypeError, match="dead_letter_queue_url"):
        FunctionEnvironment.from_variables({"QUEUE_URL": "q", "EVENT_BUS_NAME": "b"})


@pytest.mark.parametrize("waits", [(), (timedelta(days=1),), (timedelta(hours=24), timedelta(minutes=90))])
def test_durations_are_read_as_they_were_written(waits: tuple[timedelta, ...]) -> None:
    assert durations(seconds(waits)) == waits
