"""The rule by which an endpoint is called, as decisions on its state."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.webhook_deliver import breaker
from lambdas.webhook_deliver.breaker import EndpointFailure
from schemas.endpoints import EndpointState
from tests.fakes.function import NOW
from tests.messages import COMPANY

WELL = EndpointState(company_id=COMPANY, endpoint_id="we_1")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def failed(
    state: EndpointState = WELL, by: str = "m-1", *, at: datetime = NOW, after: float = 0.0, cap: str = ""
) -> EndpointState:
    return breaker.after_failure(state, EndpointFailure(by, "the endpoint answered 503", after), at, cap)


def hold(state: EndpointState) -> float:
    assert state.asked_from
    assert state.failed_at
    return (state.asked_from - state.failed_at).total_seconds()


def failing_for(time: timedelta, **changes: object) -> EndpointState:
    """An endpoint whose first failure was so long ago, of several messages."""
    state = failed(failed(at=NOW - time), "m-2", at=NOW - MINUTE)
    return replace(state, **changes)  # type: ignore[arg-type]  # each test names fields of the state


def test_an_endpoint_of_which_nothing_is_known_may_be_called() -> None:
    assert breaker.wait(WELL, "m-1", NOW, 1.0) == 0


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0)])
def test_after_a_failure_other_messages_wait_for_seconds(jitter: float, seconds: float) -> None:
    assert breaker.wait(failed(), "m-2", NOW, jitter) == seconds


def test_a_message_that_failed_alone_lets_others_go_first() -> None:
    state = failed()

    assert breaker.wait(state, "m-2", NOW + timedelta(seconds=2), 0.0) == 0
    assert breaker.wait(state, "m-1", NOW + timedelta(seconds=2), 0.0) == 5
    assert breaker.wait(state, "m-1", NOW + timedelta(seconds=7), 0.0) == 0


def test_holds_grow_with_failures_of_several_messages() -> None:
    state, holds = WELL, []
    for number in range(6):
        state = failed(state, f"m-{number}")
        holds.append(hold(state))

    assert holds == [2, 120, 600, 1800, 1800, 1800]


def test_a_message_that_is_refused_again_and_again_holds_nobody_up() -> None:
    state = WELL
    for _ in range(8):
        state = failed(state)

    assert hold(state) == 2
    assert (state.failures, state.shared_failures) == (8, 0)


def test_the_first_message_counts_once_another_failed() -> None:
    state = failed(failed(failed(), "m-2"), "m-1")

    assert hold(state) == 600


@pytest.mark.parametrize(("after", "seconds"), [(1, 2), (90, 90), (10**9, 43_200)])
def test_the_endpoint_may_ask_to_be_left_alone_for_12_hours_at_most(after: float, seconds: float) -> None:
    assert hold(failed(after=after)) == seconds


def test_a_stage_may_cap_the_holds() -> None:
    assert hold(failed(failed(), "m-2", cap="4")) == 4


def test_after_a_long_hold_messages_come_back_over_a_minute() -> None:
    state = failed(failed(failed(), "m-2"), "m-3")

    assert breaker.wait(state, "m-4", NOW, 0.0) == 600
    assert breaker.wait(state, "m-4", NOW, 1.0) == 660


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 1.0), (0.5, 15.0), (1.0, 30.0)])
def test_while_one_message_probes_the_others_wait_for_it(jitter: float, seconds: float) -> None:
    probing = breaker.probing(failed(), NOW + MINUTE)

    assert breaker.wait(probing, "m-2", NOW + MINUTE, jitter) == seconds


def test_a_probe_whose_process_died_is_followed_by_another() -> None:
    probing = breaker.probing(failed(), NOW + MINUTE)

    assert breaker.wait(probing, "m-2", NOW + MINUTE + breaker.LEASE, 1.0) == 0


def test_a_probe_that_fails_begins_the_next_hold() -> None:
    state = failed(breaker.probing(failed(), NOW + MINUTE), "m-2", at=NOW + 2 * MINUTE)

    assert breaker.wait(state, "m-3", NOW + 2 * MINUTE, 0.0) == 120


def test_a_success_leaves_nothing_but_the_time_of_the_last_failure() -> None:
    state = failing_for(5 * MINUTE, reported_at=NOW, disabled_at=NOW)

    assert breaker.after_success(state, NOW) == replace(WELL, failed_at=NOW - MINUTE)


def test_messages_that_failed_in_an_outage_may_run_after_it() -> None:
    state = breaker.after_success(failing_for(30 * MINUTE), NOW)

    assert breaker.was_in_the_last_outage(state, NOW - 30 * MINUTE)
    assert breaker.was_in_the_last_outage(state, NOW)
    assert not breaker.was_in_the_last_outage(state, NOW - 31 * MINUTE)
    assert not breaker.was_in_the_last_outage(state, NOW + MINUTE)


def test_a_message_that_failed_alone_does_not_run_early_after_others() -> None:
    """Else the endpoint's refusals of one message would use up its tries within an hour or two."""
    alone = failed(failed(at=NOW - 30 * MINUTE), at=NOW - MINUTE)

    assert not breaker.was_in_the_last_outage(breaker.after_success(alone, NOW), NOW - MINUTE)


def test_a_short_failure_is_no_outage() -> None:
    state = breaker.after_success(failing_for(9 * MINUTE), NOW)

    assert not breaker.was_in_the_last_outage(state, NOW - MINUTE)


def test_nobody_runs_early_while_the_endpoint_fails_again() -> None:
    again = failed(breaker.after_success(failing_for(30 * MINUTE), NOW), at=NOW + MINUTE)

    assert not breaker.was_in_the_last_outage(again, NOW - MINUTE)


@pytest.mark.parametrize(("pause", "is_one"), [(59 * MINUTE, True), (61 * MINUTE, False)])
def test_an_endpoint_that_falters_under_its_backlog_has_one_outage(pause: timedelta, *, is_one: bool) -> None:
    first = breaker.after_success(failing_for(30 * MINUTE), NOW)
    again = failed(failed(first, at=NOW + pause), "m-2", at=NOW + pause + MINUTE)

    recovered = breaker.after_success(again, NOW + pause + 15 * MINUTE)

    assert breaker.was_in_the_last_outage(recovered, NOW - MINUTE) is is_one
    assert breaker.was_in_the_last_outage(recovered, NOW + pause + MINUTE)


def test_a_short_failure_keeps_what_is_known_of_the_outage_before() -> None:
    first = breaker.after_success(failing_for(30 * MINUTE), NOW)

    after = breaker.after_success(failed(first, at=NOW + MINUTE), NOW + 2 * MINUTE)

    assert breaker.was_in_the_last_outage(after, NOW - MINUTE)


@pytest.mark.parametrize(("time", "is_due"), [(3 * DAY - MINUTE, False), (3 * DAY, True), (9 * DAY, True)])
def test_an_owner_is_informed_after_three_days(time: timedelta, *, is_due: bool) -> None:
    assert breaker.is_to_be_reported(failing_for(time), NOW) is is_due


@pytest.mark.parametrize("done", ["reported_at", "disabled_at"])
def test_an_owner_is_informed_once(done: str) -> None:
    assert not breaker.is_to_be_reported(failing_for(4 * DAY, **{done: NOW - DAY}), NOW)


@pytest.mark.parametrize(("time", "is_due"), [(5 * DAY - MINUTE, False), (5 * DAY, True)])
def test_an_endpoint_is_disabled_after_five_days(time: timedelta, *, is_due: bool) -> None:
    state = failing_for(time, reported_at=NOW - time + 3 * DAY)

    assert breaker.is_to_be_disabled(state, NOW) is is_due


def test_no_endpoint_is_disabled_before_its_owner_was_informed() -> None:
    assert not breaker.is_to_be_disabled(failing_for(9 * DAY), NOW)


def test_an_owner_who_is_informed_late_has_two_days_all_the_same() -> None:
    """An endpoint may fail once, and be called again only a week later."""
    late = failing_for(9 * DAY)

    assert breaker.disabled_from(late, NOW) == NOW + 2 * DAY
    assert not breaker.is_to_be_disabled(replace(late, reported_at=NOW), NOW + 2 * DAY - MINUTE)
    assert breaker.is_to_be_disabled(replace(late, reported_at=NOW), NOW + 2 * DAY)


def test_the_announced_day_is_the_day() -> None:
    state = failing_for(3 * DAY + MINUTE)

    assert breaker.disabled_from(state, NOW) == breaker.disabled_from(replace(state, reported_at=NOW), NOW + DAY)


def test_a_disabled_endpoint_is_called_once_a_day() -> None:
    state = failed(failing_for(6 * DAY, reported_at=NOW - 3 * DAY, disabled_at=NOW - DAY))

    assert state.asked_from == NOW + DAY


def test_an_endpoint_is_disabled_once() -> None:
    assert not breaker.is_to_be_disabled(failing_for(9 * DAY, reported_at=NOW - 5 * DAY, disabled_at=NOW), NOW)


@given(
    st.lists(st.tuples(st.sampled_from(["m-1", "m-2", "m-3"]), st.floats(0, 10**6), st.booleans()), max_size=12),
    st.floats(0, 1),
)
def test_no_course_of_events_keeps_an_endpoint_uncalled_for_good(
    course: list[tuple[str, float, bool]], jitter: float
) -> None:
    state, now = WELL, NOW
    for by, after, succeeds in course:
        state = breaker.after_success(state, now) if succeeds else failed(state, by, at=now, after=after)
        now += timedelta(seconds=after % 3600)

    assert breaker.wait(state, "m-9", now, jitter) <= 12 * 3600 + 60
    assert breaker.wait(state, "m-9", now + timedelta(hours=13), jitter) == 0
