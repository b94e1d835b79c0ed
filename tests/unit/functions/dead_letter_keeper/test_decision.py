"""When a dead letter is renewed, by its age as a copy and as a dead letter."""

from datetime import timedelta

import pytest

from lambdas.dead_letter_keeper.decision import Decision, decide
from schemas.dead_letter_times import HOLDING_RETENTION
from tests.fakes.service import NOON


def decided(*, copy_age: float, life: float, has_room: bool = True, scale: float = 1) -> Decision:
    """The decision about a dead letter whose ages are given in days, or in parts of a scaled retention."""
    day = timedelta(days=1) * scale
    return decide(
        sent_at=NOON - copy_age * day,
        since=NOON - life * day,
        now=NOON,
        retention=HOLDING_RETENTION * scale,
        has_room=has_room,
    )


@pytest.mark.parametrize("scale", [1, 60 / HOLDING_RETENTION.total_seconds()])
@pytest.mark.parametrize(
    ("copy_age", "life", "expected"),
    [
        (0, 0, Decision.STAYS),
        (9.9, 9.9, Decision.STAYS),
        (10.01, 10.01, Decision.RENEW),
        (13.9, 13.9, Decision.RENEW),  # runs were missed
        (4.7, 14.7, Decision.STAYS),
        (4.9, 14.9, Decision.RENEW),  # the last copy
        (0.5, 15.5, Decision.STAYS),  # it is the last copy
        (10.5, 15.9, Decision.RENEW),
        (10.5, 16.1, Decision.STAYS),
        (11.1, 25, Decision.ENDS),
        (13.9, 29, Decision.ENDS),
    ],
)
def test_a_copy_is_replaced_from_day_10_and_on_day_16(
    copy_age: float, life: float, expected: Decision, scale: float
) -> None:
    assert decided(copy_age=copy_age, life=life, scale=scale) is expected


@pytest.mark.parametrize(("age", "expected"), [(10.5, Decision.STAYS), (11.1, Decision.ENDS)])
def test_a_dead_letter_without_room_for_its_time_ends_like_any_message(age: float, expected: Decision) -> None:
    assert decided(copy_age=age, life=age, has_room=False) is expected
