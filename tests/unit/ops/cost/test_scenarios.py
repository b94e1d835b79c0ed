"""The same events cost by how they are sent and worked off."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ops.__main__ import app
from ops.cost.assumptions import Assumptions, Way
from ops.cost.bill import AwsService, Item, Purpose
from ops.cost.per_event import LINE_BYTES, LINE_OVERHEAD, REMEMBERED_BYTES
from ops.cost.scenarios import VOLUMES, ScenarioCost, outcomes, scenarios, whole_way
from ops.cost.tables import bill_sheet, scenario_lines, scenario_sheet, share_sheet, whole_way_line
from schemas.event_type import Kind
from tests.unit.ops.cost.stage_sizes import SIZES

MILLION = 1_000_000
GB = 1024**3
TENS = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 10))
FIXED = [Item("alarms", 10, 0.10), Item("keys", 1, 1.0)]


def found() -> list[ScenarioCost]:
    return outcomes(SIZES, Assumptions(), fixed=FIXED)


def million(kind: Kind, by: Way, send_batch: int, batch: int) -> float:
    (price,) = (
        each.price
        for each in found()
        if each.scenario.event_type.kind is kind
        and (each.scenario.by, each.scenario.send_batch, each.scenario.batch) == (by, send_batch, batch)
        and not each.scenario.with_follow_ups
    )
    return price.dollars * MILLION


def test_the_whole_way_is_priced_part_by_part() -> None:
    price = whole_way(TENS)
    parts = {each: dollars * MILLION for each, dollars in price.by_purpose.items()}

    assert parts[Purpose.EVENT] == pytest.approx(1.00)
    assert parts[Purpose.SENDS] == pytest.approx(0.50 / 10 + 0.50)
    assert parts[Purpose.RECEIVES] == pytest.approx(2 * 2 * 0.50 / 10)
    assert parts[Purpose.INVOCATIONS] == pytest.approx(2 * 0.20 / 10)
    assert parts[Purpose.COMPUTE] == pytest.approx((0.030 * 0.5 / 10 + 0.030 * 0.25) * 13.3334)
    assert parts[Purpose.OTHER_SIDE] == pytest.approx(0.090 * 0.25 * 13.3334)
    assert parts[Purpose.GUARD] == pytest.approx(2 * 0.625)
    assert parts[Purpose.REMEMBERED] == pytest.approx(REMEMBERED_BYTES * MILLION / GB * 0.25)
    assert parts[Purpose.OUTCOME_LINES] == pytest.approx(2 * (LINE_BYTES + LINE_OVERHEAD) * MILLION / GB * 0.50)
    assert parts[Purpose.TRACES] == pytest.approx(2 * 0.05 * 5.00 / 10)


def test_the_whole_way_takes_as_many_at_once_as_the_stage_does() -> None:
    ones = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 1))

    assert whole_way(ones).by_purpose[Purpose.INVOCATIONS] == pytest.approx(
        10 * whole_way(TENS).by_purpose[Purpose.INVOCATIONS]
    )


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.JOB])
def test_ten_at_once_are_cheaper_than_one_and_the_bus_cheaper_than_the_queue(kind: Kind) -> None:
    assert million(kind, Way.QUEUE, 10, 10) < million(kind, Way.QUEUE, 1, 10) < million(kind, Way.QUEUE, 1, 1)
    assert million(kind, Way.BUS, 1, 10) < million(kind, Way.QUEUE, 10, 10)
    assert million(kind, Way.BUS, 1, 10) < million(kind, Way.BUS, 1, 1)


def test_sent_by_ten_an_event_saves_nine_tenths_of_a_request() -> None:
    assert million(Kind.JOB, Way.QUEUE, 1, 10) - million(Kind.JOB, Way.QUEUE, 10, 10) == pytest.approx(0.9 * 0.50)


def test_a_job_costs_its_guard_more_than_a_reaction() -> None:
    for outcome in found():
        has_guard = Purpose.GUARD in outcome.price.by_purpose
        assert has_guard == (outcome.scenario.event_type.kind is Kind.JOB or outcome.scenario.with_follow_ups)


def test_a_month_is_its_volume_and_what_stands_there() -> None:
    for outcome in found():
        assert outcome.months == pytest.approx([2.0 + volume * outcome.price.dollars for volume in VOLUMES])


def test_how_a_question_says_that_events_are_sent_changes_no_scenario() -> None:
    for scenario in scenarios():
        asked = Assumptions(by=Way.BUS, send_batch=3, batch_fill=0.5)
        assert scenario.price(SIZES, asked) == scenario.price(SIZES, Assumptions())


def test_the_tables_have_a_row_for_each_scenario_and_the_shares_of_a_row_are_its_whole() -> None:
    outcomes_ = found()

    assert len(scenario_sheet(outcomes_, "prod").rows) == len(outcomes_)
    for row in share_sheet(outcomes_, "prod").rows:
        shares = [int(cell.removesuffix("%")) for cell in row[3:] if cell]
        assert sum(shares) == pytest.approx(100, abs=len(shares) / 2)


def test_the_bill_has_the_largest_part_first_and_ends_with_what_is_within_the_whole() -> None:
    price = whole_way(TENS)

    *parts, whole, ours, moved, requests = bill_sheet(price, "prod").rows
    assert parts[0][0] == Purpose.GUARD.words
    assert whole[2] == f"{price.dollars * MILLION:.2f}"
    assert ours[2] == f"{(price.dollars - price.by_purpose[Purpose.OTHER_SIDE]) * MILLION:.2f}"
    assert moved[2] == f"{price.without(Purpose.OTHER_SIDE, Purpose.REMEMBERED, Purpose.TRACES) * MILLION:.2f}"
    assert requests[2] == f"{1.00 + 0.55 + 0.20 + 0.04 + 1.25:.2f}"


def test_pipes_get_each_scenario_and_the_whole_way() -> None:
    lines = list(scenario_lines(found()))

    assert len(lines) == len(list(scenarios()))
    for line in lines:
        assert sum(line["services"].values()) == pytest.approx(line["dollars_per_million"], abs=0.001)
        assert set(line["dollars_per_month"]) == {"1000000", "10000000", "100000000"}
    of_all = whole_way_line(whole_way(TENS))
    assert sum(of_all["purposes"].values()) == pytest.approx(of_all["dollars_per_million"], abs=0.001)
    assert of_all["services"][AwsService.EVENTBRIDGE] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "more",
    [["--volume", "1M"], ["--with-follow-ups"], ["--by", "bus"], ["--send-batch", "3"], ["--batch-fill", "0.5"]],
)
def test_scenarios_are_asked_for_nothing_that_they_have_of_their_own(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = CliRunner().invoke(app, ["cost", "--scenarios", *more])

    assert run.exit_code == 1
    assert "without --volume" in (said := " ".join((run.stderr + capsys.readouterr().err).split()))
    assert more[0] in said


@pytest.mark.parametrize("more", [["--stage", "dev"], ["--job-ms", "200"], ["--volume", "1M"], ["--scenarios"]])
def test_the_page_is_written_of_the_defaults_alone(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run = CliRunner().invoke(app, ["cost", "--write", *more])

    assert run.exit_code == 1
    assert "give --write alone" in run.stderr + capsys.readouterr().err
