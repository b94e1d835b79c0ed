"""Names of schedules."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.schedule_names import schedule_name

PARTS = st.lists(st.from_regex(re.compile("[A-Za-z0-9_-]{1,60}"), fullmatch=True), min_size=1, max_size=4)
KEYS = PARTS.map("/".join)


def test_a_schedules_name_is_its_key_with_dots() -> None:
    assert schedule_name("reminder/9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11/24h") == (
        "reminder.9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11.24h"
    )


@given(KEYS)
def test_each_key_has_a_valid_name_for_eventbridge_scheduler(key: str) -> None:
    assert re.fullmatch("[0-9a-zA-Z-_.]{1,64}", schedule_name(key))


@given(KEYS, KEYS)
def test_two_keys_never_share_a_name(one: str, other: str) -> None:
    assert (schedule_name(one) == schedule_name(other)) == (one == other)


def test_long_keys_with_the_same_prefix_have_different_names() -> None:
    names = {schedule_name(f"payment/{'p' * 64}/{attempt}") for attempt in range(100)}

    assert len(names) == 100


@pytest.mark.parametrize("key", ["", "/", "a/", "/a", "a//b", "..", "a.b", "a b", "é", "a\n"])
def test_an_invalid_key_raises_an_error(key: str) -> None:
    with pytest.raises(ValueError, match="is no schedule key"):
        schedule_name(key)
