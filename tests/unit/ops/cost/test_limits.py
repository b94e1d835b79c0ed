"""How far a stage goes: each bound by hand, and the least first."""

from dataclasses import replace

import pytest

from ops.cost.assumptions import Assumptions
from ops.cost.limits import Bound, Throughput, bounds, elsewhere, paces, raised_first
from ops.cost.tables import bound_sheet, limit_lines, pace_sheet, raise_first
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.reports import REPORT_READY
from tests.unit.ops.cost.stage_sizes import SIZES

TENS = replace(SIZES, batch=dict.fromkeys(SIZES.batch, 10))
ASSUMED = Assumptions(ingress_ms=30, reaction_ms=40, guard_ms=20, job_ms=80)
"""A job takes 0.1 s, so a batch of ten a second."""


def pace(name: str, assumed: Assumptions = ASSUMED) -> Throughput:
    (found,) = (each for each in paces(TENS, assumed) if each.name == name)
    return found


def bound(name: str) -> Bound:
    (found,) = (each for each in bounds(TENS, ASSUMED) if name in each.name)
    return found


def test_every_function_has_its_pace() -> None:
    assert [each.name for each in paces(TENS, ASSUMED)] == [QUEUE_PROCESSOR, *(each.name for each in CATALOGUE)]


@pytest.mark.parametrize(
    ("name", "events_a_second"),
    [
        (QUEUE_PROCESSOR, 50 * 10 / 0.03),
        (REPORT_READY.name, 20 * 10 / 0.04),
        (EMAIL_SEND.name, 20 * 10 / 1.0),
    ],
)
def test_a_function_is_as_fast_as_its_concurrency_times_its_batch_by_its_time(
    name: str, events_a_second: float
) -> None:
    assert pace(name).rate == pytest.approx(events_a_second)


def test_half_full_batches_make_a_reaction_half_as_fast_and_a_job_no_slower() -> None:
    half = replace(ASSUMED, batch_fill=0.5)

    assert pace(REPORT_READY.name, half).rate == pytest.approx(pace(REPORT_READY.name).rate / 2)
    assert pace(EMAIL_SEND.name, half).rate == pytest.approx(pace(EMAIL_SEND.name).rate)


def test_lambda_opens_three_hundred_batches_a_minute_and_begins_with_five() -> None:
    assert pace(QUEUE_PROCESSOR).full_after == pytest.approx((50 - 5) / 5)
    assert replace(pace(QUEUE_PROCESSOR), concurrency=2).full_after == 0


@pytest.mark.parametrize(
    ("name", "events_a_second"),
    [
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
def test_a_bound_allows_what_there_is_by_what_an_event_takes_of_it(name: str, events_a_second: float) -> None:
    assert bound(name).rate == pytest.approx(events_a_second)


def test_what_allows_least_stands_first_and_that_is_our_own_setting() -> None:
    found = bounds(TENS, ASSUMED)

    assert [each.rate for each in found] == sorted(each.rate for each in found)
    assert found[0].name == "our `max_concurrency` of email.send"
    assert not found[0].is_aws


def test_only_what_is_short_is_raised_in_the_order_in_which_it_is_met() -> None:
    found = bounds(TENS, ASSUMED)

    assert list(raised_first(found, 200)) == []
    assert [each.name for each in raised_first(found, 1_000)] == ["our `max_concurrency` of email.send"]
    assert len(list(raised_first(found, 10_000))) > 1


def test_our_own_setting_is_raised_as_far_as_lambda_takes_it_and_a_quota_as_far_as_it_must() -> None:
    assert bound("`max_concurrency` of email.send").raised_to(5_000) == pytest.approx(500)
    assert bound("`max_concurrency` of email.send").raised_to(100_000) == 1_000
    assert bound("PutEvents").raised_to(100_000) == 100_000


def test_people_read_what_to_raise_from_what_to_what() -> None:
    told = list(raise_first(bounds(TENS, ASSUMED)))

    place = "the type's entry in `schemas/emails.py`"
    assert told[0] == "At 1,000 events a second:"
    assert told[1] == f"1. our `max_concurrency` of email.send: 20 → 100; raise it in {place}, to 1,000 at most."


def test_people_read_that_nothing_is_in_the_way() -> None:
    endless = [replace(each, limit=float("inf")) for each in bounds(TENS, ASSUMED)]

    assert list(raise_first(endless)) == [
        f"At {rate} events a second nothing is in the way." for rate in ("1,000", "10,000", "100,000")
    ]


def test_the_table_marks_what_there_is_too_little_of() -> None:
    (row,) = (row for row in bound_sheet(bounds(TENS, ASSUMED), "prod").rows if "PutEvents" in row[0])

    assert row[2:] == ("10,000", "1,000", "10,000", "▲100,000")


def test_the_table_of_paces_has_a_row_for_each_function() -> None:
    rows = pace_sheet(paces(TENS, ASSUMED), "prod").rows

    assert rows[0] == (QUEUE_PROCESSOR, "50", "10", "0.03", "16,667", "9 s")
    assert len(rows) == 1 + len(CATALOGUE)


def test_pipes_get_each_function_and_each_bound_with_its_source() -> None:
    found = [*bounds(TENS, ASSUMED), *elsewhere()]

    lines = list(limit_lines(paces(TENS, ASSUMED), found))

    assert sum("function" in line for line in lines) == 1 + len(CATALOGUE)
    assert [line["bound"] for line in lines if "bound" in line] == [each.name for each in found]
    assert all(line["source"] and line["way_out"] for line in lines if "bound" in line)
