"""A whole batch of the smallest messages in a reaction of ours."""

from collections.abc import Callable, Iterator
from typing import Any

from fresh import BenchmarkContext  # type: ignore[import-not-found]  # it is on the path where this runs

from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from schemas.appointments import AppointmentChanged
from schemas.event_type import EventType, Kind
from schemas.message import Message


@reaction(EventType("appointment.created", AppointmentChanged, Kind.REACTION))
def handler(_appointment: Message[AppointmentChanged]) -> Iterator[FollowUp]:
    """React without follow-ups."""
    yield from ()


def make(subject: Any) -> Callable[[], object]:
    """Create the work."""
    return lambda: handler(subject["event"], BenchmarkContext())
