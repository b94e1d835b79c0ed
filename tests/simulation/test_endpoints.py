"""Customers' endpoints: an outage of a day costs nothing, and a dead host is left in peace."""

from collections import Counter
from dataclasses import replace

import pytest

from lambdas.webhook_deliver.endpoints import Endpoints
from schemas.endpoints import DISABLED_AFTER, FAILING_AFTER
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_ENDPOINT_DISABLED
from tests.simulation.figures import figures_of, run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scenarios.endpoints import ENDPOINTS
from tests.simulation.scenarios.scenario import HOUR, MINUTE
from tests.simulation.stage.behaviours import ReplyKind
from tests.simulation.stage.system import System
from tests.simulation.svix import by_svix
from tests.simulation.test_must_hold import of
from tests.simulation.traffic import OTHER_COMPANY

BEGINS = MINUTE
"""When the outages of these scenarios begin."""

BURSTS = tuple(each for each in ENDPOINTS if each.name.startswith("500 events"))
OUTAGES_OF_A_DAY = ("endpoint 503 60 min", "endpoint 404 60 min", "endpoint no connection 24 h")

SOONEST_LAST_TRY = 0.9 * sum(each.total_seconds() for each in WEBHOOK_DELIVER.delivery_delays)
"""Seconds from the first try to the last; by jitter each delay is shorter by a tenth at most."""

PATIENCE = WEBHOOK_DELIVER.patience.total_seconds()


def calls_to_a_dead_host(name: str) -> int:
    """The calls that fail in the first hour after the host died."""
    _, system = run(replace(SCENARIOS[name], until=HOUR))
    return sum(kind is not ReplyKind.SERVED for _, kind in system.sides["endpoint"].replies)


def letters(system: System) -> dict[str, str]:
    """The reason of each dead letter, by its message's id."""
    return {id_: journey.reason for id_, journey in system.journeys.items() if journey.reason}


def accepted(system: System, begins: float, ends: float) -> set[str]:
    """The ids of messages that came in this time."""
    return {id_ for id_, journey in system.journeys.items() if begins <= journey.accepted_at < ends}


@pytest.mark.parametrize("name", OUTAGES_OF_A_DAY)
def test_outage_of_a_day_costs_no_dead_letter(name: str) -> None:
    figures = figures_of(name)

    assert figures.done == figures.accepted
    assert figures.attempts == 0
    assert figures.informed == figures.disabled == ()


@pytest.mark.parametrize("name", OUTAGES_OF_A_DAY)
def test_backlog_is_delivered_within_an_hour_and_sooner_than_by_svix(name: str) -> None:
    figures = figures_of(name)

    assert figures.waits.longest <= HOUR
    assert figures.waits.longest < by_svix(name).waits.longest


def test_letters_of_four_days_are_unavailable_and_old_enough() -> None:
    scenario = SCENARIOS["endpoint 503 4 days"]

    _, system = run(scenario)

    found = letters(system)
    assert set(found.values()) == {"unavailable"}
    assert accepted(system, BEGINS, scenario.recovers - PATIENCE - HOUR) <= set(found)
    assert set(found) <= accepted(system, BEGINS, scenario.recovers - SOONEST_LAST_TRY)


def test_admins_are_informed_once_after_three_days() -> None:
    figures = figures_of("endpoint 503 4 days")

    (informed,) = figures.informed
    assert 0 <= informed - FAILING_AFTER.total_seconds() <= HOUR
    assert figures.disabled == ()


@pytest.mark.long
def test_endpoint_is_disabled_after_five_days_and_skipped() -> None:
    scenario = SCENARIOS["endpoint 503 6 days"]

    figures, system = run(scenario)

    (disabled,) = figures.disabled
    (disabled_at,) = system.published[WEBHOOK_ENDPOINT_DISABLED.name]
    assert len(figures.informed) == 1
    assert 0 <= disabled - DISABLED_AFTER.total_seconds() <= HOUR
    assert set(letters(system).values()) == {"unavailable"}
    assert {system.journeys[id_].outcome for id_ in accepted(system, disabled_at, scenario.recovers)} == {"skipped"}


def test_endpoint_that_is_gone_gets_one_call() -> None:
    figures = figures_of("endpoint 410")

    assert figures.calls == len(figures.disabled) == 1
    assert figures.informed == ()
    assert figures.skipped == figures.accepted


@pytest.mark.parametrize("name", of(BURSTS, but=("24 h",)))
def test_dead_host_gets_few_calls_in_its_first_hour(name: str) -> None:
    assert 0 < calls_to_a_dead_host(name) <= 20


@pytest.mark.parametrize("name", of(BURSTS))
def test_events_for_a_dead_host_are_delivered_once_it_is_back(name: str) -> None:
    figures = figures_of(name)

    assert figures.done == figures.accepted
    assert figures.attempts == 0
    assert figures.waits.longest <= HOUR


def test_function_without_the_breaker_would_call_a_dead_host_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation notices a function without the rule."""
    monkeypatch.setattr(Endpoints, "admit", lambda *_arguments: None)

    assert calls_to_a_dead_host("500 events, no connection 1.5 h, well for 0 s") > 20


def test_dead_host_of_one_company_delays_no_other() -> None:
    figures, system = run(SCENARIOS["endpoint of another company"])

    others = [each for each in system.journeys.values() if each.company_id == OTHER_COMPANY]
    assert Counter(each.outcome for each in others) == {"succeeded": len(others)}
    assert max(each.ended_at - each.accepted_at for each in others if each.ended_at is not None) <= MINUTE
    assert figures.done == figures.accepted


def test_poisoned_event_delays_the_others_by_seconds() -> None:
    figures = figures_of("endpoint and a poisoned event")

    assert figures.dead == {"unavailable": 1}
    assert figures.done == figures.accepted - 1
    assert figures.waits.median < 1
    assert figures.waits.longest <= 30
