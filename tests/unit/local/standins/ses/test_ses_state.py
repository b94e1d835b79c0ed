"""The stand-in delivers each event, in order, also when AWS does not answer for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError

from local.polling import poll
from local.standins.ses.default_bus import DefaultBus, DeliveredEvent
from local.standins.ses.events import events_about
from local.standins.ses.state import SesState
from tests.unit.local.standins.ses.sample_mail import MAIL


@dataclass
class FakeBus:
    """Takes every event, after it was away for some calls."""

    away: int = 0
    taken: list[str] = field(default_factory=list)

    def rules(self) -> Sequence[object]:
        if self.away:
            self.away -= 1
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
        return ()

    def put(self, event: Mapping[str, Any], rules: Sequence[object]) -> list[DeliveredEvent]:
        self.taken.append(event["id"])
        return [DeliveredEvent(event_id=event["id"], body="{}", sqs_message_id=f"sqs-{len(self.taken)}")]


def events(count: int) -> list[dict[str, Any]]:
    return [event for _ in range(count) for event in events_about(MAIL)]


def deliver(state: SesState, bus: FakeBus, count: int) -> None:
    with state.delivering(cast("DefaultBus", bus)):
        poll(lambda: len(state.delivered()) >= count, what="the deliveries", seconds=10, every=0.01)


def test_events_are_delivered_in_order_and_again_if_published_again() -> None:
    state, bus, published = SesState(), FakeBus(), events(60)

    state.publish(published)
    state.publish(published[:1])
    deliver(state, bus, 61)

    assert bus.taken == [event["id"] for event in [*published, published[0]]]
    assert [each.event_id for each in state.delivered()] == bus.taken


def test_events_wait_while_aws_does_not_answer() -> None:
    state, bus, published = SesState(), FakeBus(away=2), events(3)

    state.publish(published)
    deliver(state, bus, 3)

    assert bus.taken == [event["id"] for event in published]


def test_events_that_are_held_back_are_delivered_after_the_block() -> None:
    state, bus, (first, second) = SesState(), FakeBus(), events(2)

    with state.delivering(cast("DefaultBus", bus)):
        with state.holding_back():
            state.publish([first])
            held = list(bus.taken)
            state.publish([second])
        poll(lambda: len(bus.taken) == 2, what="the deliveries", seconds=10, every=0.01)

    assert held == []
    assert bus.taken == [first["id"], second["id"]]
    assert state.events() == (first, second)


def test_events_are_found_by_their_mail() -> None:
    state, published = SesState(), events(1)
    state.add(MAIL)
    state.publish(published)

    assert state.mail("ses-1") == MAIL
    assert state.mail("ses-2") is None
    assert state.events_about(MAIL) == tuple(published)
