"""Prices of scenarios, their tables and JSON records, and the options that `--scenarios` refuses."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ops.command_line import app
from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.bill import AwsService, Item, Purpose
from ops.cost.per_event import LINE_BYTES, LINE_OVERHEAD, RECORD_BYTES
from ops.cost.scenarios import VOLUMES, ScenarioCost, end_to_end, scenario_costs, scenarios
from ops.cost.tables import bill_sheet, end_to_end_line, scenario_lines, scenario_sheet, share_sheet
from schemas.event_type import Kind
from tests.unit.ops.cost.stage_sizes import SIZES

MILLION = 1_000_000
GB = 1024**3
TENS = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 10))
FIXED = [Item("alarms", 10, 0.10), Item("keys", 1, 1.0)]


def found() -> list[ScenarioCost]:
    return scenario_costs(SIZES, Assumptions(), fixed=FIXED)


def million(kind: Kind, entry_point: EntryPoint, send_batch: int, batch: int) -> float:
    (price,) = (
        each.price
        for each in found()
        if each.scenario.event_type.kind is kind
        and (each.scenario.entry_point, each.scenario.send_batch, each.scenario.batch)
        == (entry_point, send_batch, batch)
        and not each.scenario.with_follow_ups
    )
    return price.dollars * MILLION


def test_the_end_to_end_price_is_the_sum_of_its_parts() -> None:
    price = end_to_end(TENS)
    parts = {each: dollars * MILLION for each, dollars in price.by_purpose.items()}

    assert parts[Purpose.EVENT] == pytest.approx(1.00)
    assert parts[Purpose.SENDS] == pytest.approx(0.50 / 10 + 0.50)
    assert parts[Purpose.RECEIVES] == pytest.approx(2 * 2 * 0.50 / 10)
    assert parts[Purpose.INVOCATIONS] == pytest.approx(2 * 0.20 / 10)
    assert parts[Purpose.COMPUTE] == pytest.approx((0.030 * 0.5 / 10 + 0.030 * 0.25) * 13.3334)
    assert parts[Purpose.WAITING] == pytest.approx(0.090 * 0.25 * 13.3334)
    assert parts[Purpose.IDEMPOTENCY_WRITES] == pytest.approx(2 * 0.625)
    assert parts[Purpose.SUCCESS_NOTES] == pytest.approx(0.1 * 0.625)
    assert parts[Purpose.IDEMPOTENCY_STORAGE] == pytest.approx(RECORD_BYTES * MILLION / GB * 0.25)
    assert parts[Purpose.OUTCOME_LINES] == pytest.approx(2 * (LINE_BYTES + LINE_OVERHEAD) * MILLION / GB * 0.50)
    assert parts[Purpose.TRACES] == pytest.approx(2 * 0.05 * 5.00 / 10)


def test_the_end_to_end_price_uses_the_stages_batch_sizes() -> None:
    ones = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 1))

    assert end_to_end(ones).by_purpose[Purpose.INVOCATIONS] == pytest.approx(
        10 * end_to_end(TENS).by_purpose[Purpose.INVOCATIONS]
    )


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.JOB])
def test_larger_batches_and_the_bus_are_cheaper(kind: Kind) -> None:
    assert (
        million(kind, EntryPoint.QUEUE, 10, 10)
        < million(kind, EntryPoint.QUEUE, 1, 10)
        < million(kind, EntryPoint.QUEUE, 1, 1)
    )
    assert million(kind, EntryPoint.BUS, 1, 10) < million(kind, EntryPoint.QUEUE, 10, 10)
    assert million(kind, EntryPoint.BUS, 1, 10) < million(kind, EntryPoint.BUS, 1, 1)


def test_sending_ten_at_once_saves_nine_tenths_of_a_request() -> None:
    assert million(Kind.JOB, EntryPoint.QUEUE, 1, 10) - million(Kind.JOB, EntryPoint.QUEUE, 10, 10) == pytest.approx(
        0.9 * 0.50
    )


def test_only_jobs_cost_idempotency_writes() -> None:
    for each in found():
        has_writes = Purpose.IDEMPOTENCY_WRITES in each.price.by_purpose
        assert has_writes == (each.scenario.event_type.kind is Kind.JOB or each.scenario.with_follow_ups)


def test_notes_that_a_system_works_cost_at_most_two_percent_of_a_job() -> None:
    jobs = [each.price for each in found() if each.scenario.event_type.kind is Kind.JOB]

    shares = [price.by_purpose[Purpose.SUCCESS_NOTES] / price.without(Purpose.SUCCESS_NOTES) for price in jobs]
    assert 0 < max(shares) <= 0.02


def test_a_month_is_usage_plus_fixed_cost() -> None:
    for each in found():
        assert each.months == pytest.approx([2.0 + volume * each.price.dollars for volume in VOLUMES])


def test_assumed_sending_and_batches_change_no_scenario() -> None:
    for scenario in scenarios():
        other = Assumptions(entry_point=EntryPoint.BUS, send_batch=3, batch_fill=0.5)
        assert scenario.price(SIZES, other) == scenario.price(SIZES, Assumptions())


def test_the_shares_of_a_scenario_sum_to_100_percent() -> None:
    costs = found()

    assert len(scenario_sheet(costs, "prod").rows) == len(costs)
    for row in share_sheet(costs, "prod").rows:
        shares = [int(cell.removesuffix("%")) for cell in row[3:] if cell]
        assert sum(shares) == pytest.approx(100, abs=len(shares) / 2)


def test_the_bill_lists_the_largest_part_first_and_ends_with_totals() -> None:
    price = end_to_end(TENS)

    *parts, total, without_waiting, without_storage, requests = bill_sheet(price, "prod").rows
    assert parts[0][0] == Purpose.IDEMPOTENCY_WRITES.label
    assert total[2] == f"{price.dollars * MILLION:.2f}"
    assert without_waiting[2] == f"{(price.dollars - price.by_purpose[Purpose.WAITING]) * MILLION:.2f}"
    assert (
        without_storage[2]
        == f"{price.without(Purpose.WAITING, Purpose.IDEMPOTENCY_STORAGE, Purpose.TRACES) * MILLION:.2f}"
    )
    assert float(requests[2]) == pytest.approx(1.00 + 0.55 + 0.20 + 0.04 + 1.25 + 0.1 * 0.625 + 0.125 / 2, abs=0.006)


def test_json_has_each_scenario_and_the_end_to_end_price() -> None:
    lines = list(scenario_lines(found()))

    assert len(lines) == len(list(scenarios()))
    for line in lines:
        assert sum(line["services"].values()) == pytest.approx(line["dollars_per_million"], abs=0.001)
        assert set(line["dollars_per_month"]) == {"1000000", "10000000", "100000000"}
    line = end_to_end_line(end_to_end(TENS))
    assert sum(line["purposes"].values()) == pytest.approx(line["dollars_per_million"], abs=0.001)
    assert line["services"][AwsService.EVENTBRIDGE] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "more",
    [["--volume", "1M"], ["--with-follow-ups"], ["--by", "bus"], ["--send-batch", "3"], ["--batch-fill", "0.5"]],
)
def test_scenarios_refuse_options_that_they_set_themselves(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run = CliRunner().invoke(app, ["cost", "--scenarios", *more])

    assert run.exit_code == 1
    assert "without --volume" in (error := " ".join((run.stderr + capsys.readouterr().err).split()))
    assert more[0] in error


@pytest.mark.parametrize("more", [["--stage", "dev"], ["--job-ms", "200"], ["--volume", "1M"], ["--scenarios"]])
def test_write_refuses_options_other_than_the_defaults(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run = CliRunner().invoke(app, ["cost", "--write", *more])

    assert run.exit_code == 1
    assert "give --write alone" in run.stderr + capsys.readouterr().err
