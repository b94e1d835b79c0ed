"""A month's bill: volumes as people write them, and both ends of what it may be."""

import re
from typing import Any

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.bill import Item
from ops.cost.fixed import idle
from ops.cost.month import Estimate, Question, estimated, volumes
from ops.cost.per_event import UsageCost
from ops.cost.report import records, text
from ops.terminal.errors import OperatorError
from ops.terminal.output import console, show
from schemas.catalogue import CATALOGUE
from tests.unit.ops.cost.stage_sizes import SIZES


def estimate(*texts: str) -> Estimate:
    question = Question(volumes=volumes(texts))
    return estimated(question, UsageCost(SIZES, Assumptions()), fixed=[Item("alarms", 10, 0.10), Item("keys", 1, 1.0)])


def test_a_types_volume_is_its_own() -> None:
    assert volumes(["booking.created=500k", "email.send=1_000"]) == {"booking.created": 500_000, "email.send": 1_000}


def test_a_number_alone_is_spread_over_what_services_publish_and_is_not_named() -> None:
    spread = volumes(["1M", "booking.created=5"])

    assert spread.pop("booking.created") == 5
    assert sum(spread.values()) == pytest.approx(1_000_000)
    assert len(set(spread.values())) == 1
    assert not {"activity.record", "report.ready", "payment.retry", "system.heartbeat"} & spread.keys()


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "booking.created=", "1e6", "٣"])
def test_what_is_no_volume_is_said_to_be_none(text: str) -> None:
    with pytest.raises(OperatorError, match="is no volume"):
        volumes([text])


@pytest.mark.parametrize("name", ["no.such", ""])
def test_an_unknown_type_is_named(name: str) -> None:
    with pytest.raises(OperatorError, match=f"there is no type '{re.escape(name)}'"):
        volumes([f"{name}=5"])


def test_a_month_is_the_sum_of_its_types_and_of_what_stands_there() -> None:
    of = estimate("booking.created=1M", "email.send=2M")

    by_name = {row.type_name: row.price.dollars * 1_000_000 for row in of.rows}
    assert of.usage_dollars == pytest.approx(by_name["booking.created"] + 2 * by_name["email.send"])
    assert of.usage_dollars < of.usage_dollars_alone
    assert of.fixed_dollars == pytest.approx(2.0)


def test_pipes_get_a_line_for_each_type_and_the_month() -> None:
    of = estimate("booking.created=1M")

    lines = list(records(of, "prod"))

    assert [line["type"] for line in lines if "type" in line] == [each.name for each in CATALOGUE]
    for line in lines[: len(CATALOGUE)]:
        assert sum(line["services"].values()) == pytest.approx(line["dollars_per_million"], abs=0.001)
    assert lines[-1]["dollars_per_month"] == pytest.approx(of.usage_dollars + 2.0)


def test_people_get_the_total_and_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    show(text(estimate("booking.created=1M"), "prod"), ())

    told = " ".join(capsys.readouterr().out.split())
    assert "batches 100% full" in told
    assert "With what stands there: $" in told


def test_without_a_volume_there_is_no_month(capsys: pytest.CaptureFixture[str]) -> None:
    show(text(estimate(), "prod"), ())

    assert "a month at this volume" not in capsys.readouterr().out


def test_each_queue_that_lambda_listens_to_is_asked_fifteen_times_a_minute() -> None:
    mapping: dict[str, Any] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}

    (item,) = idle([{"Resources": {"A": mapping, "B": mapping}}])

    assert item.count == pytest.approx(2 * 15 * 60 * 24 * 365 / 12)


@pytest.mark.parametrize(("width", "shown"), [("150", "0.75"), ("80", "mostly for")])
def test_no_figure_is_cut_off_however_narrow_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, width: str, shown: str
) -> None:
    monkeypatch.setattr(console, "width", int(width))

    show(text(estimate("1M"), "prod"), ())

    told = capsys.readouterr().out
    assert shown in told
    assert "…" not in told
