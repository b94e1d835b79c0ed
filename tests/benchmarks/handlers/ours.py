"""Our handler: a reaction to a booking without follow-ups, so that only the framework is measured."""

from collections.abc import Iterator

from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from schemas.bookings import BookingCreated
from schemas.event_type import EventType, Kind
from schemas.message import Message

BENCHMARK_BOOKED = EventType("benchmark.booked", BookingCreated, Kind.REACTION)


@reaction(BENCHMARK_BOOKED)
def handler(_booking: Message[BookingCreated]) -> Iterator[FollowUp]:
    """React without follow-ups."""
    yield from ()
