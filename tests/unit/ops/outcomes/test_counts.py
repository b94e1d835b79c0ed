"""Counting outcomes: rows, attempts and failures, as the metrics count them."""

import json

import pytest

from lambdas.common.batch.decision import DoneDecision
from lambdas.common.batch.telemetry import Telemetry
from ops.outcomes.counts import Dimension, LineCount, OutcomeRow, counted_fields, dimensions, rows, total
from ops.terminal.errors import OperatorError
from schemas.names import FAILURE
from schemas.reasons import Outcome, Reason
from tests.fakes.delivery import heartbeat
from tests.fakes.function import NOW, FakeContext

BY_TYPE = (Dimension.TYPE, Dimension.OUTCOME)


def count(lines: int, outcome: str, service: str = "email.send", **fields: str) -> LineCount:
    return LineCount({"service": service, "outcome": outcome} | fields, lines)


def test_a_row_has_the_deliveries_of_each_outcome_of_its_type() -> None:
    (row,) = rows([count(7, "succeeded"), count(2, "skipped"), count(1, "retrying", reason="")], BY_TYPE)

    assert row == OutcomeRow(
        ("email.send",), {Outcome.SUCCEEDED: 7, Outcome.SKIPPED: 2, Outcome.RETRYING: 1}, attempts=8, failures=1
    )
    assert row.deliveries == 10


def test_counts_of_one_group_are_added_up_whatever_else_differs() -> None:
    """Two queries of 50 log groups may count lines of one tenant."""
    counts = [count(3, "succeeded", company_id="a"), count(4, "succeeded", "sms.send", company_id="a")]

    (row,) = rows(counts, (Dimension.TENANT,))

    assert (row.values, row.deliveries) == (("a",), 7)


def test_most_failures_come_first_then_most_deliveries() -> None:
    counts = [
        count(10, "succeeded", "a"),
        count(50, "succeeded", "b"),
        count(2, "retrying", "c"),
        count(3, "dead_lettered", "d"),
    ]

    assert [row.values[0] for row in rows(counts, BY_TYPE)] == ["d", "c", "b", "a"]


def test_lines_without_a_value_have_a_row_of_their_own() -> None:
    counts = [count(1, "dead_lettered", reason="permanent"), count(9, "succeeded")]

    assert [row.values for row in rows(counts, (Dimension.REASON,))] == [("permanent",), ("",)]


@pytest.mark.parametrize("outcome", ["", "exploded"])
def test_a_line_of_another_system_is_left_out(outcome: str) -> None:
    assert rows([count(1, outcome)], BY_TYPE) == ()


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("reason", ["", Reason.PERMANENT, Reason.UNAVAILABLE])
def test_attempts_and_failures_are_those_of_the_metric(outcome: Outcome, reason: str) -> None:
    log: list[str] = []
    telemetry = Telemetry("system.heartbeat", FakeContext(), log.append, lambda: NOW, stage="prod")
    delivery = heartbeat(DoneDecision(outcome))
    delivery.is_fresh = False  # of a fresh one that is simply done, the reason is not looked at
    telemetry.report(delivery, outcome, reason=reason)
    telemetry.flush()
    line, *metrics = map(json.loads, log)

    (row,) = rows([LineCount(line, 1)], BY_TYPE)

    samples = [sample for record in metrics for sample in record[FAILURE]]
    assert (row.attempts, row.failures) == (len(samples), sum(samples))


def test_the_total_has_the_figures_of_all_rows() -> None:
    found = rows([count(7, "succeeded", "a"), count(2, "retrying", "b"), count(1, "deferred", "b")], BY_TYPE)

    assert total(found) == OutcomeRow(
        (), {Outcome.SUCCEEDED: 7, Outcome.RETRYING: 2, Outcome.DEFERRED: 1}, attempts=9, failures=2
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("type,outcome", BY_TYPE),
        (" version , type", (Dimension.VERSION, Dimension.TYPE)),
        ("tenant,tenant", (Dimension.TENANT,)),
    ],
)
def test_dimensions_are_read_in_order_and_once(text: str, expected: tuple[Dimension, ...]) -> None:
    assert dimensions(text) == expected


@pytest.mark.parametrize("text", ["", "colour", "type,", "type outcome", "service"])
def test_an_unknown_dimension_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(OperatorError, match="give one or several of type, outcome, tenant, reason, version, cause"):
        dimensions(text)


@pytest.mark.parametrize("dimension", Dimension)
def test_outcome_and_reason_are_counted_apart_by_any_dimension(dimension: Dimension) -> None:
    fields = counted_fields([dimension])

    assert {dimension.field, "outcome", "reason"} == set(fields)
    assert len(set(fields)) == len(fields)
