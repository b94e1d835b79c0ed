"""Types that charge a customer by what they cause, time ranges of the archive, and new ids."""

from datetime import timedelta
from typing import Any

import pytest

from ops.redo.anew import new_id
from ops.redo.archive import TimeRange, time_ranges
from ops.redo.effects import charging, with_follow_ups
from ops.redo.selection import EndedMessage
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.event_type import EventType
from schemas.reasons import Outcome
from tests.fakes.service import NOON
from tests.messages import COMPANY


def ended(minutes: float, **fields: Any) -> EndedMessage:
    """A mail that was done this long after noon."""
    at = NOON + timedelta(minutes=minutes)
    known = {"id": "a", "type": "email.send", "company_id": COMPANY, "outcome": Outcome.SUCCEEDED}
    return EndedMessage(**{**known, "service": "email.send", "first_at": at, "last_at": at, **fields})


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_a_type_charges_if_one_that_it_causes_does(event_type: EventType[Any]) -> None:
    direct = [*event_type.emits, *event_type.schedules]

    charges = bool(charging(event_type.name))

    assert charges == (event_type.moves_money or any(charging(each.name) for each in direct if each != event_type))


def test_payments_alone_charge_a_customer() -> None:
    charge = {name for name in BY_NAME if charging(name)}

    assert charge == {"payment.retry", "payment.failed", "stripe.invoice.payment_failed"}


def test_what_a_type_causes_is_found_to_the_end() -> None:
    assert set(with_follow_ups(["webhook.fan_out"])) >= {"webhook.fan_out", "webhook.deliver", "email.send"}


def test_near_messages_are_read_by_one_replay() -> None:
    ranges = time_ranges([ended(0), ended(10), ended(60)])

    quarter, minute = timedelta(minutes=15), timedelta(minutes=1)
    assert ranges == [
        TimeRange(NOON - quarter, NOON + timedelta(minutes=10) + minute),
        TimeRange(NOON + timedelta(minutes=45), NOON + timedelta(minutes=60) + minute),
    ]


def test_far_messages_are_read_by_five_replays_at_most() -> None:
    ranges = time_ranges([ended(60 * number) for number in range(8)] + [ended(60 * 24 * 7)])

    assert len(ranges) == 5
    assert ranges[-1].since == NOON + timedelta(days=7) - timedelta(minutes=15)
    assert ranges[0].since == NOON - timedelta(minutes=15)


def test_new_ids_depend_on_run_type_tenant_and_old_id() -> None:
    one = ended(0)

    assert new_id("run-1", one) == new_id("run-1", ended(5))
    others = [ended(0, id="b"), ended(0, type="sms.send"), ended(0, company_id="other")]
    assert len({new_id("run-1", each) for each in (one, *others)} | {new_id("run-2", one)}) == 5
