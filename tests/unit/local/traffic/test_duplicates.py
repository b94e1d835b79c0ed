"""A second message expects the outcomes of a repeated or contradicting message."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.traffic import appointments, bookings, payments, reports
from local.traffic.duplicates import older_change, resent_elsewhere, reused_id
from local.traffic.mix import DUPLICATED, Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.settings import ScheduleSettings
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

NOW = datetime(2026, 4, 14, 12, 7, 33, 123_456, tzinfo=UTC)
TRAFFIC = Traffic(
    seed=1,
    now=NOW,
    settings=ScheduleSettings(reminder_leads=(timedelta(hours=24), timedelta(hours=1)), dunning=(timedelta(days=1),)),
)
NUMBERS = range(6)


@pytest.mark.parametrize("door", PublicationDoor)
def test_every_second_message_is_valid_and_has_the_expected_id(door: PublicationDoor) -> None:
    for case, repeat in DUPLICATED:
        for number in NUMBERS:
            second = repeat(TRAFFIC.publication(case, door, number=number))
            message = decode_strictly(second.body, catalogue=BY_NAME)
            assert isinstance(message, Message)
            assert message.id == second.id


def test_a_resent_message_repeats_reactions_and_duplicates_jobs() -> None:
    first = TRAFFIC.publication(bookings.two_webhooks, PublicationDoor.QUEUE, number=1)

    again = resent_elsewhere(first)

    assert (again.door, again.body, again.id) == (PublicationDoor.BUS, first.body, first.id)
    assert again.outcomes == (
        ("booking.created", "succeeded"),
        ("email.send", "duplicate"),
        ("webhook.fan_out", "succeeded"),
        ("activity.record", "duplicate"),
        ("webhook.deliver", "duplicate"),
        ("webhook.deliver", "duplicate"),
    )
    assert resent_elsewhere(again).outcomes[0] == (QUEUE_PROCESSOR, "routed")


def test_a_resent_message_expects_no_schedules() -> None:
    first = TRAFFIC.publication(payments.first_soft_decline, PublicationDoor.BUS, number=1)

    assert (len(first.schedules), resent_elsewhere(first).schedules) == (1, ())


@pytest.mark.parametrize("number", NUMBERS)
def test_a_reused_id_is_a_conflict(number: int) -> None:
    first = TRAFFIC.publication(reports.regenerate, PublicationDoor.QUEUE, number=number)

    other = reused_id(first)

    assert (other.id, other.reason) == (first.id, Reason.ID_CONFLICT)
    assert json.loads(other.body)["payload"] != json.loads(first.body)["payload"]
    assert other.outcomes == ((QUEUE_PROCESSOR, "routed"), ("report.generate", "dead_lettered"))


@pytest.mark.parametrize("number", NUMBERS)
def test_an_older_change_has_another_id_and_an_earlier_time(number: int) -> None:
    first = TRAFFIC.publication(appointments.rescheduled, PublicationDoor.BUS, number=number)

    older = older_change(first)

    times = [datetime.fromisoformat(json.loads(each.body)["timestamp"]) for each in (older, first)]
    assert times[0] == times[1] - timedelta(hours=1)
    assert (older.subject, older.outcomes) == (first.subject, first.outcomes)
    assert older.id != first.id


def test_a_stripe_event_expects_a_retry_without_a_time() -> None:
    (due,) = TRAFFIC.publication(payments.stripe_leaves_retry, PublicationDoor.BUS, number=1).schedules

    assert (due.at, due.type) == (None, "payment.retry")


def test_short_notice_expects_one_reminder_and_a_cancellation_none() -> None:
    for number in NUMBERS:
        at_short_notice = TRAFFIC.publication(appointments.created_at_short_notice, PublicationDoor.BUS, number=number)
        assert [each.key[-3:] for each in at_short_notice.schedules] == ["/1h"]
        assert TRAFFIC.publication(appointments.cancelled, PublicationDoor.BUS, number=number).schedules == ()
