"""The made-up bookings are what they are said to be."""

from datetime import UTC, datetime

import pytest

from ops.local.traffic import Bookings, Door, Fate
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.problems import Refusal
from schemas.reasons import Reason

BOOKINGS = Bookings(seed=1, now=datetime(2026, 4, 14, 12, tzinfo=UTC))


def test_a_valid_booking_is_read_with_the_id_that_it_is_accounted_by() -> None:
    for booking in BOOKINGS.morning(200):
        if booking.fate.is_valid:
            message = decode_strictly(booking.body, catalogue=BY_NAME)
            assert isinstance(message, Message)
            assert message.id == booking.id


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        (Fate.BROKEN_JSON, Reason.INVALID_JSON),
        (Fate.UNKNOWN_TYPE, Reason.UNKNOWN_TYPE),
        (Fate.INVALID_PAYLOAD, Reason.INVALID_PAYLOAD),
    ],
)
def test_a_wrong_booking_is_refused_for_what_is_wrong_with_it(fate: Fate, reason: Reason) -> None:
    refusal = decode_strictly(BOOKINGS.booking(Door.QUEUE, fate, number=3).body, catalogue=BY_NAME)

    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


def test_no_two_bookings_share_an_address_or_a_subject() -> None:
    morning = BOOKINGS.morning(200)

    assert len({booking.email for booking in morning}) == 200
    assert len({booking.booking_id for booking in morning}) == 200


def test_the_same_seed_makes_the_same_morning() -> None:
    assert BOOKINGS.morning(50) == Bookings(seed=1, now=BOOKINGS.now).morning(50)
