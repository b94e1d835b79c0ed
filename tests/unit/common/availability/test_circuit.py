"""The circuit of one destination: when it lets calls pass, how fast, and what it remembers of them."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import ceil, floor, inf
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.availability.circuit import Circuit, NotAskedError
from schemas.destinations import PUT_EVENTS, READ_PAYMENT, RECORD_ACTIVITY, Destination, Route
from tests.fakes.service import Clock

ROUTE, OTHER_ROUTE = RECORD_ACTIVITY, READ_PAYMENT


class Process(NamedTuple):
    """A circuit, its clock, and what it told its process."""

    circuit: Circuit
    clock: Clock
    noted: list[Route]
    tripped: list[Circuit]

    def calls(self, number: int) -> list[float]:
        """The times of calls that are made one after the other."""
        times = []
        for _ in range(number):
            self.circuit.admit(ROUTE)
            times.append(self.clock())
        return times


def process(rate: float = 0.0, pace: float = 0.0) -> Process:
    clock, noted, tripped = Clock(), list[Route](), list[Circuit]()

    def note(route: Route) -> bool:
        noted.append(route)
        return True

    circuit = Circuit(
        Destination.CRM,
        rate=rate,
        pace=pace,
        now=clock.now,
        sleep=clock.sleep,
        note_success=note,
        tripped=tripped,
    )
    return Process(circuit, clock, noted, tripped)


def test_a_closed_circuit_blocks_nobody() -> None:
    circuit = process().circuit

    assert circuit.blocks("a") is None
    assert circuit.seconds_closed() == 0


def test_the_hold_grows_by_a_quarter_from_2_to_60_seconds() -> None:
    circuit, clock, _, _ = process()
    holds = []
    for _ in range(18):
        circuit.open(ROUTE)
        holds.append(circuit.seconds_closed())
        clock.sleep(holds[-1] + 0.001)

    assert holds[:3] == pytest.approx([2, 2.5, 3.125], abs=1e-5)
    assert all(later == pytest.approx(min(60, 1.25 * hold), abs=1e-4) for hold, later in pairwise(holds))
    assert holds[-1] == 60


def test_messages_that_are_refused_together_open_it_once() -> None:
    """As those of one PutEvents call are."""
    circuit, _, _, _ = process(rate=16)

    for _ in range(10):
        circuit.open(ROUTE, throttled=True)

    assert circuit.seconds_closed() == pytest.approx(2)
    assert circuit.delay(0) == 2
    circuit.open(ROUTE, after=20)
    assert circuit.seconds_closed() == pytest.approx(20)


def test_throttles_of_aws_do_not_slow_its_copies_down() -> None:
    """A minute of throttles of the bus must not keep its messages for a quarter of an hour."""
    clock = Clock()
    bus = Circuit(Destination.BUS, now=clock.now, sleep=clock.sleep)
    for _ in range(10):
        bus.open(PUT_EVENTS, throttled=True)
        clock.sleep(bus.seconds_closed() + 0.001)

    delays = [bus.delay(0) for _ in range(1000)]

    assert max(delays) <= 60
    assert delays.count(min(delays)) >= 5


def test_an_open_circuit_blocks_until_its_hold_is_over() -> None:
    circuit, clock, _, _ = process()
    circuit.open(ROUTE)

    clock.sleep(1.999)
    blocked = circuit.blocks("a")
    clock.sleep(0.001)

    assert isinstance(blocked, NotAskedError)
    assert str(blocked) == "it was not asked: the CRM is unavailable"
    assert circuit.blocks("a") is None


def test_what_blocks_names_the_route_that_failed() -> None:
    circuit = process().circuit
    circuit.recent.failed(ROUTE, "a")
    circuit.open(ROUTE)

    blocked = circuit.blocks("b")

    assert blocked is not None
    assert blocked.route == ROUTE


def test_a_success_lets_the_hold_begin_again_at_2_seconds() -> None:
    circuit, clock, _, _ = process()
    for _ in range(3):
        circuit.open(ROUTE)
        clock.sleep(60)

    circuit.succeeded(ROUTE)
    circuit.open(ROUTE)

    assert circuit.seconds_closed() == 2


@pytest.mark.parametrize(("asked", "hold"), [(0, 2), (1, 2), (30, 30), (3600, 3600)])
def test_a_circuit_is_open_for_as_long_as_was_asked(asked: float, hold: float) -> None:
    circuit = process().circuit

    circuit.open(ROUTE, after=asked)

    assert circuit.seconds_closed() == hold


def test_its_process_knows_an_open_circuit_until_a_call_succeeds() -> None:
    circuit, clock, _, tripped = process()

    circuit.open(ROUTE)
    clock.sleep(60)
    circuit.open(ROUTE)
    assert tripped == [circuit]
    circuit.succeeded(ROUTE)

    assert tripped == []


def test_without_a_refusal_calls_have_no_pace() -> None:
    assert process(rate=1).calls(100) == [0] * 100


def test_after_a_refusal_calls_keep_to_the_declared_rate() -> None:
    one = process(rate=10)
    one.circuit.open(ROUTE)
    one.clock.sleep(2)

    assert one.calls(4) == pytest.approx([2, 2.1, 2.2, 2.3])


def test_where_no_rate_is_declared_5_a_second_are_assumed() -> None:
    one = process()
    one.circuit.open(ROUTE)
    one.clock.sleep(2)

    assert one.calls(4) == pytest.approx([2, 2.2, 2.4, 2.6])


def test_a_call_whose_turn_is_far_off_is_not_made() -> None:
    one = process(rate=0.5)
    one.circuit.open(ROUTE)
    one.clock.sleep(2)
    one.calls(1)

    with pytest.raises(NotAskedError, match=r"^it was not asked: the CRM takes few calls a second$") as raised:
        one.circuit.admit(ROUTE)

    assert raised.value.route == ROUTE
    assert one.clock() == 2, "it did not wait"


def test_a_process_keeps_to_its_share_of_the_rate() -> None:
    one = process(rate=50, pace=4)
    one.circuit.open(ROUTE)
    one.clock.sleep(2)

    assert one.calls(3) == pytest.approx([2, 2.25, 2.5])


def pace_after(one: Process, *, served: int, seconds: float) -> float:
    """The calls a second that may follow a refusal for speed, after so many calls were served in that time."""
    for _ in range(served):
        one.clock.sleep(seconds / served)
        one.circuit.succeeded(ROUTE)
    one.circuit.open(ROUTE, throttled=True)
    return pace_of(one)


def pace_of(one: Process) -> float:
    one.clock.sleep(max(one.circuit.seconds_closed(), 60))
    one.circuit.admit(ROUTE)
    before, after = one.clock(), inf
    while after == inf:
        try:
            one.circuit.admit(ROUTE)
            after = one.clock()
        except NotAskedError:
            one.clock.sleep(0.5)
    return round(1 / (after - before), 1)


@pytest.mark.parametrize(
    ("served", "seconds", "pace"), [(70, 10, 7), (1, 1, 1), (4, 0.2, 4), (3, 90, 1), (0, 0, 1), (1000, 10, 16)]
)
def test_after_a_refusal_for_speed_calls_go_on_as_fast_as_they_were_served(
    served: int, seconds: float, pace: float
) -> None:
    """In the last second, and as the share of the process at most. Of few calls a minute it says nothing."""
    assert pace_after(process(rate=16), served=served, seconds=seconds) == pytest.approx(pace, rel=0.05)


def test_refusals_in_a_row_halve_the_pace_to_one_call_in_10_seconds() -> None:
    one = process(rate=16)

    assert [pace_after(one, served=0, seconds=0) for _ in range(6)] == [1, 0.5, 0.2, 0.1, 0.1, 0.1]


def test_an_outage_does_not_lower_the_pace() -> None:
    one = process(rate=16)
    one.circuit.open(ROUTE)
    one.circuit.succeeded(ROUTE)
    one.circuit.open(ROUTE)
    one.clock.sleep(2)

    assert one.calls(2) == pytest.approx([2, 2 + 1 / 16])


def test_a_minute_without_a_refusal_doubles_the_pace_until_it_ends() -> None:
    one = process(rate=16)
    assert pace_after(one, served=4, seconds=0.9) == 4
    paces = []
    for _ in range(3):
        one.clock.sleep(60)
        one.circuit.succeeded(ROUTE)
        first, second = one.calls(2)
        paces.append(round(second - first, 4))

    assert paces == [1 / 8, 1 / 16, 0]


def test_the_pace_does_not_grow_within_a_minute() -> None:
    one = process(rate=16)
    one.circuit.succeeded(ROUTE)
    one.circuit.succeeded(ROUTE)
    one.circuit.open(ROUTE, throttled=True)

    one.clock.sleep(61)
    one.circuit.succeeded(ROUTE)
    first, second = one.calls(2)

    assert second - first == pytest.approx(1 / 2)


def test_the_success_of_another_route_does_not_shorten_the_hold() -> None:
    circuit, clock, _, tripped = process()
    holds = []
    for _ in range(3):
        circuit.succeeded(OTHER_ROUTE)
        circuit.recent.failed(ROUTE, "a")
        circuit.open(ROUTE)
        holds.append(circuit.seconds_closed())
        clock.sleep(60)

    assert holds == sorted(set(holds)), "each is longer than the one before"
    circuit.succeeded(ROUTE)
    assert tripped == []


def test_a_circuit_is_calm_a_minute_after_it_may_be_called_again() -> None:
    circuit, clock, _, _ = process()
    calm = [circuit.was_calm(clock.now().timestamp())]
    circuit.open(ROUTE)
    for seconds in (61, 1):
        clock.sleep(seconds)
        calm.append(circuit.was_calm(clock.now().timestamp()))

    assert calm == [True, False, True]


def test_copies_come_as_fast_as_all_processes_may_call() -> None:
    circuit = process(rate=50, pace=2.5).circuit
    circuit.open(ROUTE, after=5)

    taken = Counter(circuit.delay(0) for _ in range(200))

    assert taken == {5: 50, 6: 50, 7: 50, 8: 50}


def test_copies_come_slower_where_the_process_is_served_more_slowly() -> None:
    one = process(rate=50, pace=10)
    for _ in range(5):
        one.clock.sleep(0.19)
        one.circuit.succeeded(ROUTE)
    one.circuit.open(ROUTE, throttled=True)

    assert max(Counter(one.circuit.delay(0) for _ in range(200)).values()) == 25


@settings(max_examples=300)
@given(
    rate=st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.5, 5.0, 14.0, 50.0]),
    asked=st.floats(0, 4000),
    seed=st.integers(0, 2**32),
    longest=st.integers(0, 60),
    began=st.floats(0, 1),
    took=st.floats(0, 0.1),
)
def test_no_second_gets_more_copies_than_the_rate_nor_one_early(  # noqa: PLR0913, PLR0917 all that a time depends on
    rate: float, asked: float, seed: int, longest: int, began: float, took: float
) -> None:
    circuit, clock, _, _ = process(rate)
    clock.sleep(began)
    circuit.open(ROUTE, after=asked, throttled=True)
    refused_at, opens_at = clock(), clock() + max(asked, 2.0)
    taken = Counter[int]()
    randomness = Random(seed)  # noqa: S311 no secret
    for _ in range(100):
        wait = max(asked - (clock() - refused_at), randomness.uniform(0, longest))
        delay = circuit.delay(wait)
        due = clock() + delay
        assert due >= max(opens_at, clock() + wait) - 1e-6
        taken[floor(due + 1e-9)] += 1
        clock.sleep(took)

    expected = rate or 5.0
    assert max(taken.values()) <= max(1, floor(expected))
    seconds = sorted(taken)
    apart = [after - before for before, after in pairwise(seconds)]
    assert min(apart, default=1) >= (ceil(1 / expected) if expected < 1 else 1)


def test_copies_that_wait_for_an_outage_are_put_within_their_time() -> None:
    circuit = process(rate=1).circuit
    circuit.open(ROUTE)

    delays = [circuit.delay(0) for _ in range(1000)]

    assert min(delays) == 2
    assert max(delays) <= 2 + 60


@pytest.mark.parametrize(
    ("succeeded", "failed", "known"),
    [(0, 0, None), (1, 0, True), (0, 1, False), (3, 1, False), (4, 1, True), (8, 2, True), (7, 2, False)],
)
def test_a_route_is_well_if_4_of_5_calls_succeed(succeeded: int, failed: int, known: bool | None) -> None:
    circuit = process().circuit
    for number in range(failed):
        circuit.recent.failed(ROUTE, f"other-{number}")
    for _ in range(succeeded):
        circuit.succeeded(ROUTE)

    assert circuit.recent.evidence(ROUTE, "mine", 0) is known


def test_a_messages_own_failures_are_no_evidence() -> None:
    circuit = process().circuit
    circuit.recent.failed(ROUTE, "mine")

    assert circuit.recent.evidence(ROUTE, "mine", 0) is None


def test_another_route_is_no_evidence() -> None:
    circuit = process().circuit
    circuit.succeeded(OTHER_ROUTE)

    assert circuit.recent.evidence(ROUTE, "mine", 0) is None


def test_a_success_before_that_time_is_no_evidence() -> None:
    circuit, clock, _, _ = process()
    circuit.succeeded(ROUTE)
    since = clock.now().timestamp() + 1

    assert circuit.recent.evidence(ROUTE, "mine", since) is None


def test_a_failure_more_than_a_minute_ago_counts_no_more() -> None:
    circuit, clock, _, _ = process()
    circuit.recent.failed(ROUTE, "other")
    clock.sleep(61)
    circuit.succeeded(ROUTE)

    assert circuit.recent.evidence(ROUTE, "mine", 0) is True


def by_a_call(circuit: Circuit, message_id: str) -> None:
    circuit.recent.failed(ROUTE, message_id)


def by_waiting(circuit: Circuit, message_id: str) -> None:
    circuit.open(ROUTE)
    circuit.blocks(message_id)


@pytest.mark.parametrize("ask", [by_a_call, by_waiting])
def test_another_message_asks_for_a_minute(ask: Callable[[Circuit, str], None]) -> None:
    circuit, clock, _, _ = process()
    ask(circuit, "mine")
    now = clock.now().timestamp()
    assert not circuit.recent.is_asked_by_others(ROUTE, "mine", now)
    ask(circuit, "other")
    assert circuit.recent.is_asked_by_others(ROUTE, "mine", now)
    clock.sleep(61)

    assert not circuit.recent.is_asked_by_others(ROUTE, "mine", clock.now().timestamp())
    assert circuit.recent.is_asked_by_others(ROUTE, "mine", now), "it asked since then"


def test_calls_of_another_route_do_not_ask() -> None:
    circuit = process().circuit
    circuit.succeeded(ROUTE)
    circuit.recent.failed(ROUTE, "other")

    assert not circuit.recent.is_asked_by_others(OTHER_ROUTE, "mine", 0)


def test_a_message_that_waits_again_and_again_forgets_no_other() -> None:
    circuit = process().circuit
    by_waiting(circuit, "other")
    for _ in range(5):
        by_waiting(circuit, "mine")

    assert circuit.recent.is_asked_by_others(ROUTE, "mine", 0)


def healthy(one: Process, calls: int, apart: float) -> list[Route]:
    """Calls that succeed; gives what was noted in the table."""
    for _ in range(calls):
        one.clock.sleep(apart)
        one.circuit.succeeded(ROUTE)
    return one.noted


def test_fewer_than_10_successes_are_noted_nowhere() -> None:
    assert healthy(process(), calls=9, apart=3600) == []


def test_a_success_is_noted_every_30_seconds_at_most() -> None:
    assert healthy(process(), calls=10_000, apart=0.1) == [ROUTE] * 34


def test_a_success_is_noted_every_10_calls_at_most() -> None:
    assert healthy(process(), calls=100, apart=60) == [ROUTE] * 10


def test_the_first_success_after_a_noted_failure_is_noted_at_once() -> None:
    one = process()
    assert one.circuit.is_to_be_noted(ROUTE)

    one.circuit.succeeded(ROUTE)
    one.circuit.succeeded(ROUTE)

    assert one.noted == [ROUTE]


def test_a_failure_is_to_be_noted_every_30_seconds_at_most() -> None:
    circuit, clock, _, _ = process()
    noted = []
    for _ in range(100):
        noted.append(circuit.is_to_be_noted(ROUTE))
        clock.sleep(1)

    assert [second for second, is_noted in enumerate(noted) if is_noted] == [0, 30, 60, 90]


def test_routes_are_noted_each_by_itself() -> None:
    circuit = process().circuit
    circuit.is_to_be_noted(ROUTE)

    assert circuit.is_to_be_noted(OTHER_ROUTE)


def test_no_call_follows_one_that_may_have_been_done_unprobed() -> None:
    circuit, clock, _, _ = process()
    circuit.probe = lambda: False

    circuit.open(ROUTE, is_risky=True)
    clock.sleep(2)

    with pytest.raises(NotAskedError, match="does not answer"):
        circuit.admit(ROUTE)
    assert circuit.seconds_closed() == 4


def test_a_call_after_one_that_may_have_been_done_waits_for_a_probe() -> None:
    circuit, clock, _, _ = process()
    asked: list[float] = []

    def probe() -> bool:
        asked.append(clock())
        return True

    circuit.probe = probe

    circuit.open(ROUTE, is_risky=True)
    clock.sleep(2)
    circuit.admit(ROUTE)
    circuit.succeeded(ROUTE)
    circuit.admit(ROUTE)

    assert asked == [2]


def test_after_a_refusal_the_next_call_itself_is_the_probe() -> None:
    circuit, clock, _, _ = process()
    circuit.probe = lambda: False

    circuit.open(ROUTE)
    clock.sleep(2)

    circuit.admit(ROUTE)


def test_a_call_does_not_sleep_away_its_messages_time() -> None:
    one = process(rate=1)
    one.circuit.open(ROUTE)
    one.clock.sleep(2)
    one.calls(1)
    one.clock.sleep(0.3)

    with pytest.raises(NotAskedError):
        one.circuit.admit(ROUTE, seconds=1)

    assert one.clock() == 2.3
    one.circuit.admit(ROUTE, seconds=1.5)
    assert one.clock() == pytest.approx(3)


def test_after_a_wait_the_next_success_of_each_route_is_noted() -> None:
    one = process()

    one.circuit.note_next_success()
    for route in (OTHER_ROUTE, ROUTE, OTHER_ROUTE, ROUTE):
        one.circuit.succeeded(route)
        one.clock.sleep(31)

    assert one.noted == [OTHER_ROUTE, ROUTE]
