"""Monthly cost: parsing of volumes, and totals with full batches and with batches of one."""

import re
from typing import Any

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.bill import Item
from ops.cost.fixed import idle
from ops.cost.month import CostQuery, Estimate, estimated, volumes
from ops.cost.per_event import UsageCost
from ops.cost.report import records, text
from ops.terminal.errors import OperatorError
from ops.terminal.output import console, show
from schemas.catalogue import CATALOGUE
from tests.unit.ops.cost.stage_sizes import SIZES


def estimate(*texts: str) -> Estimate:
    query = CostQuery(volumes=volumes(texts))
    return estimated(query, UsageCost(SIZES, Assumptions()), fixed=[Item("alarms", 10, 0.10), Item("keys", 1, 1.0)])


def test_a_volume_can_be_given_for_a_type() -> None:
    assert volumes(["booking.created=500k", "email.send=1_000"]) == {"booking.created": 500_000, "email.send": 1_000}


def test_a_volume_without_a_type_is_spread_over_published_types() -> None:
    spread = volumes(["1M", "booking.created=5"])

    assert spread.pop("booking.created") == 5
    assert sum(spread.values()) == pytest.approx(1_000_000)
    assert len(set(spread.values())) == 1
    assert not {"activity.record", "report.ready", "payment.retry", "system.heartbeat"} & spread.keys()


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "booking.created=", "1e6", "٣"])
def test_an_invalid_volume_is_refused(text: str) -> None:
    with pytest.raises(OperatorError, match="is no volume"):
        volumes([text])


@pytest.mark.parametrize("name", ["no.such", ""])
def test_an_unknown_type_is_named(name: str) -> None:
    with pytest.raises(OperatorError, match=f"there is no type '{re.escape(name)}'"):
        volumes([f"{name}=5"])


def test_a_months_cost_is_the_sum_of_usage_and_fixed_cost() -> None:
    found = estimate("booking.created=1M", "email.send=2M")

    by_name = {row.type_name: row.price.dollars * 1_000_000 for row in found.rows}
    assert found.usage_dollars == pytest.approx(by_name["booking.created"] + 2 * by_name["email.send"])
    assert found.usage_dollars < found.usage_dollars_unbatched
    assert found.fixed_dollars == pytest.approx(2.0)


def test_json_has_a_line_for_each_type_and_the_month() -> None:
    found = estimate("booking.created=1M")

    lines = list(records(found, "prod"))

    assert [line["type"] for line in lines if "type" in line] == [each.name for each in CATALOGUE]
    for line in lines[: len(CATALOGUE)]:
        assert sum(line["services"].values()) == pytest.approx(line["dollars_per_million"], abs=0.001)
    assert lines[-1]["dollars_per_month"] == pytest.approx(found.usage_dollars + 2.0)


def test_the_text_output_has_the_total_and_the_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    show(text(estimate("booking.created=1M"), "prod"), ())

    output = " ".join(capsys.readouterr().out.split())
    assert "batches 100% full" in output
    assert "With the fixed cost: $" in output


def test_without_a_volume_no_month_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show(text(estimate(), "prod"), ())

    assert "a month at this volume" not in capsys.readouterr().out


def test_lambda_polls_an_idle_queue_fifteen_times_a_minute() -> None:
    mapping: dict[str, Any] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}

    (item,) = idle([{"Resources": {"A": mapping, "B": mapping}}])

    assert item.count == pytest.approx(2 * 15 * 60 * 24 * 365 / 12)


@pytest.mark.parametrize(("width", "shown"), [("150", "0.75"), ("80", "main services")])
def test_no_figure_is_cut_off_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, width: str, shown: str
) -> None:
    monkeypatch.setattr(console, "width", int(width))

    show(text(estimate("1M"), "prod"), ())

    output = capsys.readouterr().out
    assert shown in output
    assert "…" not in output
