"""What each lever is worth, by hand."""

from dataclasses import replace

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.levers import left, provisioned_share, taken
from ops.cost.per_event import LINE_BYTES, METRICS_BYTES
from ops.cost.tables import lever_sheet
from tests.unit.ops.cost.stage_sizes import SIZES

MILLION = 1_000_000
TENS = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 10), archive_days=30)
TAKEN = {lever.what: lever.dollars for lever in taken(TENS, Assumptions())}
LEFT = {lever.what: lever.dollars for lever in left(TENS, Assumptions())}


@pytest.mark.parametrize(
    ("what", "dollars"),
    [
        ("Sends by ten", 0.50 * 0.9),
        ("One lean line for a delivery", 2 * (LINE_BYTES + 26) * MILLION / 1024**3 * 0.50),
        ("One metrics record for a batch", 2 * (METRICS_BYTES + 26) * 0.9 * MILLION / 1024**3 * 0.50),
        ("X-Ray's default sampling, no Tracer", 2 * 0.95 * 5.00 / 10),
        ("arm64", (0.030 * 0.5 / 10 + 0.120 * 0.25) * (16.6667 - 13.3334)),
        ("Not twice the memory", 0.090 * 0.25 * 13.3334),
        ("The guard keeps no result", 0.625),
        ("Events under 64 KB", 1.00),
    ],
)
def test_what_was_taken_saves(what: str, dollars: float) -> None:
    assert TAKEN[what] == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("what", "dollars"),
    [
        ("One write for the guard, not two", 0.625),
        ("Ten jobs confirmed in one item, at the end of a batch", 0.625 * 0.9),
        ("Provisioned capacity for the table", 1.25 - 2 * MILLION / 0.7 / 3600 * 0.00065),
        ("Jobs past the bus, from queue to queue", 1.00 + 1_000 * MILLION / 1024**3 * (0.10 + 0.023)),
        ("128 MB for all functions", 0.090 * 0.125 * 13.3334),
        ("FIFO queues", 0.0),
    ],
)
def test_what_was_left_would_save(what: str, dollars: float) -> None:
    assert LEFT[what] == pytest.approx(dollars)


def test_capacity_for_a_peak_costs_more_than_on_demand_from_three_and_a_half_times_the_mean_on() -> None:
    assert provisioned_share(1 / 3.4) < 1 < provisioned_share(1 / 3.5)


def test_no_lever_that_was_taken_costs_anything() -> None:
    assert all(dollars > 0 for dollars in TAKEN.values())


def test_the_table_has_the_largest_first() -> None:
    rows = lever_sheet(left(TENS, Assumptions()), "Left", "$").rows

    figures = [float(row[2]) for row in rows]
    assert figures == sorted(figures, reverse=True)
