"""What must hold whatever is in trouble: an outage or a limit of another system costs no dead letter."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.availability.judgement import Judge
from schemas.catalogue import BY_NAME
from tests.simulation.figures import Figures, figures_of, run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scenarios.outages import OUTAGES
from tests.simulation.scenarios.scenario import HOUR, MINUTE, Scenario
from tests.simulation.stage.behaviours import ReplyKind, away
from tests.simulation.stage.functions import Settings
from tests.simulation.stage.system import System
from tests.simulation.traffic import OTHER_COMPANY, burst

MAYBE_DONE = "no answer, and done"


def of(scenarios: tuple[Scenario, ...], *, but: tuple[str, ...] = ()) -> list[object]:
    """The names of scenarios, the long ones marked."""
    return [
        pytest.param(each.name, marks=[pytest.mark.long] if each.is_long else [])
        for each in scenarios
        if not any(part in each.name for part in but)
    ]


def assert_nobody_died(figures: Figures) -> None:
    assert figures.dead == {}
    assert figures.unfinished == 0
    assert figures.done == figures.accepted
    assert figures.doubled == 0


@pytest.mark.parametrize("name", of(OUTAGES, but=("4 days", MAYBE_DONE)))
def test_outage_costs_no_dead_letter(name: str) -> None:
    assert_nobody_died(figures_of(name))


@pytest.mark.parametrize("name", of(tuple(each for each in OUTAGES if "30 s," in each.name or "2 min," in each.name)))
def test_backlog_of_two_minutes_is_done_within_a_minute(name: str) -> None:
    figures = figures_of(name)

    assert figures.drain <= figures.ideal + MINUTE


@pytest.mark.parametrize(
    "name", of(tuple(each for each in OUTAGES if "10 min" in each.name and MAYBE_DONE not in each.name))
)
def test_backlog_of_ten_minutes_is_done_within_three(name: str) -> None:
    figures = figures_of(name)

    assert figures.drain <= figures.ideal + 3 * MINUTE


def test_an_attempt_on_every_503_would_cost_dead_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulation notices a layer without the rule."""
    monkeypatch.setattr(Judge, "is_attempt", lambda *_arguments: True)

    figures, _ = run(SCENARIOS["crm 503 30 s, activity.record 2 a second"])

    with pytest.raises(AssertionError, match="attempts_exhausted"):
        assert_nobody_died(figures)


@pytest.mark.long
def test_only_what_outlives_its_patience_dies_in_four_days() -> None:
    scenario = SCENARIOS["crm 503 4 days, activity.record each 5 h"]
    patience = BY_NAME[scenario.type_name].patience.total_seconds()

    _, system = run(scenario)

    outlived = {
        message_id
        for message_id, journey in system.journeys.items()
        if MINUTE <= journey.accepted_at < scenario.recovers - patience - HOUR
    }
    reasons = {message_id: journey.reason for message_id, journey in system.journeys.items() if journey.reason}
    assert outlived
    assert reasons == dict.fromkeys(outlived, "unavailable")


@pytest.mark.parametrize("name", of(tuple(each for each in OUTAGES if MAYBE_DONE in each.name)))
def test_few_mails_are_sent_again_where_nothing_is_answered(name: str) -> None:
    """One of each process: the next waits until the service answers a probe."""
    figures = figures_of(name)

    assert figures.dead == {}
    assert figures.done == figures.accepted
    assert figures.doubled <= 4


def test_burst_of_mails_is_sent_at_the_rate_that_ses_takes() -> None:
    figures = figures_of("1,000 mails")

    assert_nobody_died(figures)
    assert figures.refused_share < 0.05
    assert figures.drain <= 1.15 * figures.ideal


def test_burst_of_texts_is_sent_at_the_rate_that_sns_takes() -> None:
    figures = figures_of("1,000 texts")

    assert_nobody_died(figures)
    assert figures.refused_share < 0.05
    assert figures.drain <= 1.15 * figures.ideal


@pytest.mark.long
def test_burst_of_one_tenant_costs_no_mail_of_another() -> None:
    figures, system = run(SCENARIOS["two tenants"])

    assert_nobody_died(figures)
    assert Counter(each.outcome for each in system.journeys.values() if each.company_id == OTHER_COMPANY) == {
        "succeeded": 50
    }


def test_reports_wait_for_a_crm_that_takes_few() -> None:
    figures = figures_of("200 reports")

    assert_nobody_died(figures)
    assert figures.refused_share < 0.1


@pytest.mark.parametrize("name", of((SCENARIOS["flapping"], SCENARIOS["recovering slowly"], SCENARIOS["slow"])))
def test_trouble_that_comes_and_goes_costs_no_dead_letter(name: str) -> None:
    assert_nobody_died(figures_of(name))


def test_message_that_always_fails_ends_after_three_attempts() -> None:
    figures, system = run(SCENARIOS["poison among healthy"])

    assert figures.dead == {"attempts_exhausted": 1}
    assert figures.done == figures.accepted - 1
    assert figures.attempts == 3
    poison = system.journeys["activity.record-100"]
    assert poison.runs + poison.deferrals <= 12


def test_message_that_always_fails_ends_when_it_is_alone() -> None:
    figures, system = run(SCENARIOS["poison alone"])

    assert figures.dead == {"attempts_exhausted": 1}
    (poison,) = system.journeys.values()
    assert poison.ended_at is not None
    assert poison.ended_at <= 15 * MINUTE


def test_nobody_dies_of_a_500_for_everybody() -> None:
    assert_nobody_died(figures_of("500 for everybody"))


@settings(max_examples=10, deadline=None)
@given(asked=st.sampled_from([0, 1, 5, 30, 120]), rate=st.sampled_from([None, 1, 7, 50]), seed=st.integers(0, 9))
def test_copies_after_a_refusal_come_back_at_the_declared_rate(asked: int, rate: int | None, seed: int) -> None:
    """Of 100 messages that one process puts back no second gets more than the rate, or 5 where none is declared."""
    function = Settings(timeout=60, batch_size=10, max_concurrency=1, rate=str(rate or ""), pace=str(rate or ""))
    refusing = away(ReplyKind.TOO_FAST, retry_after=asked or None)
    system = System({"activity.record": function}, {"crm": refusing}, seed=seed)
    back: list[float] = []
    system.sqs.on_copy = lambda delay: back.append(system.timeline.seconds + delay)
    for at, message in burst(100, "activity.record", within=0.01):
        system.publish(at, message)

    while len(back) < 100:
        system.run(until=system.timeline.seconds + 1)

    refused_at = system.sides["crm"].replies[0][0]
    assert min(back[:100]) >= refused_at + asked
    assert max(Counter(int(at) for at in back[:100]).values()) <= (rate or 5)
