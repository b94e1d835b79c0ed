"""Lines come back by message, whatever their order, and what they announce with the messages that they announce."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ops.conserve.accounts import Accounts, Moments
from ops.conserve.spool import Spool
from ops.stage.log_lines import LogLine
from schemas.reasons import OperatorAction, Outcome
from tests.fakes.service import NOON

MOMENTS = Moments(until=NOON + timedelta(hours=1), counted_at=NOON + timedelta(hours=1), grace=timedelta(minutes=10))

LINES = st.lists(
    st.builds(
        LogLine,
        at=st.integers(0, 5).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        what=st.sampled_from([*Outcome, OperatorAction.REDRIVEN, OperatorAction.DISCARDED]),
        service=st.sampled_from(["queue_processor", "booking.created", "email.send"]),
        type=st.sampled_from(["booking.created", "email.send"]),
        id=st.sampled_from("abc"),
        sqs_message_id=st.sampled_from(["s1", "s2"]),
        follow_ups=st.lists(st.sampled_from("bcd"), max_size=2).map(tuple),
    ),
    max_size=10,
)


def accounts(lines: list[LogLine], parts: int) -> Accounts:
    found = Accounts()
    with Spool(parts) as spool:
        for line in lines:
            spool.add(line)
        for part in spool.parts():
            found.add(part, {}, frozenset(), MOMENTS, {})
    found.open.sort(key=lambda each: each.finding.key)
    found.doubled.sort(key=lambda each: each.key)
    return found


def test_a_line_is_read_back_as_it_was() -> None:
    line = LogLine(
        at=NOON,
        what=Outcome.RETRYING,
        service="email.send",
        id="mail-1",
        type="email.send",
        sqs_message_id="sqs-1",
        company_id="company",
        causation_id="booking-1",
        delay=30,
    )

    with Spool(1) as spool:
        spool.add(line)
        (part,) = spool.parts()

    assert part.lines == [line]


@given(LINES)
def test_parts_make_no_difference(lines: list[LogLine]) -> None:
    assert accounts(lines, parts=7) == accounts(lines, parts=1)


@given(LINES)
def test_each_accepted_message_ended_waits_or_is_open(lines: list[LogLine]) -> None:
    found = accounts(lines, parts=3)

    assert found.accepted == found.ended + found.scheduled + found.under_way + sum(each.count for each in found.open)
