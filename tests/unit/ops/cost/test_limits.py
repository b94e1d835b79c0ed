"""Throughput of functions and bounds of a stage, computed by hand and lowest first."""

from dataclasses import replace

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.limits import Bound, Throughput, bounds, exceeded, throughputs, type_specific_bounds
from ops.cost.tables import bound_sheet, limit_lines, raise_first, throughput_sheet
from schemas.catalogue import CATALOGUE
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_RETRY
from schemas.reports import REPORT_READY
from schemas.sms import SMS_SEND
from tests.unit.ops.cost.stage_sizes import SIZES

TENS = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 10))
ASSUMED = Assumptions(ingress_ms=30, reaction_ms=40, guard_ms=20, job_ms=80)
"""A job takes 0.1 s, so a batch of ten takes a second."""


def throughput(name: str, assumed: Assumptions = ASSUMED) -> Throughput:
    (found,) = (each for each in throughputs(TENS, assumed) if each.name == name)
    return found


def bound(name: str) -> Bound:
    (found,) = (each for each in bounds(TENS, ASSUMED) if name in each.name)
    return found


def test_every_function_has_a_throughput() -> None:
    assert [each.name for each in throughputs(TENS, ASSUMED)] == [QUEUE_PROCESSOR, *(each.name for each in CATALOGUE)]


@pytest.mark.parametrize(
    ("name", "events_a_second"),
    [
        (QUEUE_PROCESSOR, 50 * 10 / 0.03),
        (REPORT_READY.name, 20 * 10 / 0.04),
        (SMS_SEND.name, 20),
        (PAYMENT_RETRY.name, 20 * 10 / 1.0),
    ],
)
def test_throughput_is_concurrency_times_batch_over_time_or_the_rate(name: str, events_a_second: float) -> None:
    assert throughput(name).rate == pytest.approx(events_a_second)


def test_half_full_batches_halve_the_throughput_of_reactions_only() -> None:
    half = replace(ASSUMED, batch_fill=0.5)

    assert throughput(REPORT_READY.name, half).rate == pytest.approx(throughput(REPORT_READY.name).rate / 2)
    assert throughput(PAYMENT_RETRY.name, half).rate == pytest.approx(throughput(PAYMENT_RETRY.name).rate)


def test_lambda_starts_with_five_batches_and_adds_300_a_minute() -> None:
    assert throughput(QUEUE_PROCESSOR).full_after == pytest.approx((50 - 5) / 5)
    assert replace(throughput(QUEUE_PROCESSOR), concurrency=2).full_after == 0


@pytest.mark.parametrize(
    ("name", "events_a_second"),
    [
        ("`mail_rate`", 14),
        ("`max_concurrency` of email.send", 20 / 0.1),
        ("`max_concurrency` of queue_processor", 50 / 0.003),
        ("concurrency of one event source", 1_000 / 0.1),
        ("concurrency of the account", 1_000 / 0.103),
        ("Lambda, invocations", 10_000 / (0.1 + 0.1)),
        ("PutEvents", 10_000),
        ("sends to targets", 18_750),
        ("in flight", 120_000 / 1.0),
        ("a new table on demand", 4_000 / 2),
        ("DynamoDB, one table", 40_000 / 2),
    ],
)
def test_a_bounds_rate_is_its_limit_over_the_share_of_an_event(name: str, events_a_second: float) -> None:
    assert bound(name).rate == pytest.approx(events_a_second)


def test_the_lowest_bound_comes_first_and_is_our_setting() -> None:
    found = bounds(TENS, ASSUMED)

    assert [each.rate for each in found] == sorted(each.rate for each in found)
    assert found[0].name == "our `mail_rate`, for email.send"
    assert not found[0].is_aws


def test_only_exceeded_bounds_are_raised_lowest_first() -> None:
    found = bounds(TENS, ASSUMED)

    assert list(exceeded(found, 14)) == []
    assert [each.name for each in exceeded(found, 200)] == ["our `mail_rate`, for email.send"]
    assert len(list(exceeded(found, 10_000))) > 1


def test_our_setting_is_raised_to_lambdas_limit_at_most() -> None:
    assert bound("`max_concurrency` of email.send").raised_to(5_000) == pytest.approx(500)
    assert bound("`max_concurrency` of email.send").raised_to(100_000) == 1_000
    assert bound("PutEvents").raised_to(100_000) == 100_000


def test_the_text_says_what_to_raise_from_which_value_to_which() -> None:
    lines = list(raise_first(bounds(TENS, ASSUMED)))

    quota = "`cdk.json`, to what SES takes from the account: request an increase in Service Quotas"
    place = "`schemas/emails.py`, and `mail_rate`, from which it follows"
    assert lines[0] == "At 1,000 events a second:"
    assert lines[1] == f"1. our `mail_rate`, for email.send: 14 → 1,000; raise it in {quota}."
    most = "to 1,000 at most, and the stage's `concurrency`, if it is set"
    assert lines[2] == f"2. our `max_concurrency` of email.send: 20 → 100; raise it in {place}, {most}."


def test_each_rate_of_a_called_system_is_a_bound() -> None:
    declared = {each.name: each.rate for each in type_specific_bounds(TENS) if not each.is_aws}

    assert declared == {"our `text_rate`, for sms.send": 20, "our `crm_rate`, for report.generate": 50}


def test_a_stage_without_declared_rates_has_no_such_bounds() -> None:
    undeclared = replace(TENS, rates={})

    found = [*bounds(undeclared, ASSUMED), *type_specific_bounds(undeclared)]

    assert [each.name for each in found if "_rate`" in each.name] == []
    assert throughputs(undeclared, ASSUMED)[-1].rate == pytest.approx(20 * 10 / 1.0)


def test_the_text_says_that_no_bound_is_exceeded() -> None:
    unlimited = [replace(each, limit=float("inf")) for each in bounds(TENS, ASSUMED)]

    assert list(raise_first(unlimited)) == [
        f"At {rate} events a second, no limit is exceeded." for rate in ("1,000", "10,000", "100,000")
    ]


def test_the_table_marks_exceeded_bounds() -> None:
    (row,) = (row for row in bound_sheet(bounds(TENS, ASSUMED), "prod").rows if "PutEvents" in row[0])

    assert row[2:] == ("10,000", "1,000", "10,000", "▲100,000")


def test_the_throughput_table_has_a_row_for_each_function() -> None:
    rows = throughput_sheet(throughputs(TENS, ASSUMED), "prod").rows

    assert rows[0] == (QUEUE_PROCESSOR, "50", "10", "0.03", "16,667", "9 s")
    assert len(rows) == 1 + len(CATALOGUE)


def test_json_has_each_function_and_each_bound_with_its_source() -> None:
    found = [*bounds(TENS, ASSUMED), *type_specific_bounds(TENS)]

    lines = list(limit_lines(throughputs(TENS, ASSUMED), found))

    assert sum("function" in line for line in lines) == 1 + len(CATALOGUE)
    assert [line["bound"] for line in lines if "bound" in line] == [each.name for each in found]
    assert all(line["source"] and line["way_out"] for line in lines if "bound" in line)
