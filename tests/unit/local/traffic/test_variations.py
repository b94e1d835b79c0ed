"""What comes after a message foretells what a second one leads to."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.traffic import appointments, bookings, payments, reports
from local.traffic.mix import REPEATED, Traffic
from local.traffic.publication import PublicationDoor
from local.traffic.settings import Rules
from local.traffic.variations import an_older_one, its_id_for_something_else, the_same_again
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.message import Message
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

NOW = datetime(2026, 4, 14, 12, 7, 33, 123_456, tzinfo=UTC)
TRAFFIC = Traffic(
    seed=1, now=NOW, rules=Rules(reminder_leads=(timedelta(hours=24), timedelta(hours=1)), dunning=(timedelta(days=1),))
)
NUMBERS = range(6)


@pytest.mark.parametrize("door", PublicationDoor)
def test_each_is_a_valid_message_with_the_id_that_it_is_accounted_by(door: PublicationDoor) -> None:
    for case, repeat in REPEATED:
        for number in NUMBERS:
            after = repeat(TRAFFIC.publication(case, door, number=number))
            message = decode_strictly(after.body, catalogue=BY_NAME)
            assert isinstance(message, Message)
            assert message.id == after.id


def test_the_same_message_by_the_other_door_runs_reactions_again_and_makes_duplicates_of_jobs() -> None:
    first = TRAFFIC.publication(bookings.told_to_two, PublicationDoor.QUEUE, number=1)

    again = the_same_again(first)

    assert (again.door, again.body, again.id) == (PublicationDoor.BUS, first.body, first.id)
    assert again.endings == (
        ("booking.created", "succeeded"),
        ("email.send", "duplicate"),
        ("activity.record", "duplicate"),
        ("webhook.deliver", "duplicate"),
        ("webhook.deliver", "duplicate"),
    )
    assert the_same_again(again).endings[0] == (QUEUE_PROCESSOR, "routed")


def test_what_stands_because_of_the_first_is_not_foretold_twice() -> None:
    first = TRAFFIC.publication(payments.declined_at_first, PublicationDoor.BUS, number=1)

    assert (len(first.due), the_same_again(first).due) == (1, ())


@pytest.mark.parametrize("number", NUMBERS)
def test_an_id_that_comes_for_something_else_is_a_conflict(number: int) -> None:
    first = TRAFFIC.publication(reports.run_again, PublicationDoor.QUEUE, number=number)

    other = its_id_for_something_else(first)

    assert (other.id, other.reason) == (first.id, Reason.ID_CONFLICT)
    assert json.loads(other.body)["payload"] != json.loads(first.body)["payload"]
    assert other.endings == ((QUEUE_PROCESSOR, "routed"), ("report.generate", "dead_lettered"))


@pytest.mark.parametrize("number", NUMBERS)
def test_an_older_change_has_an_id_of_its_own_and_an_earlier_time(number: int) -> None:
    first = TRAFFIC.publication(appointments.rescheduled, PublicationDoor.BUS, number=number)

    older = an_older_one(first)

    times = [datetime.fromisoformat(json.loads(each.body)["timestamp"]) for each in (older, first)]
    assert times[0] == times[1] - timedelta(hours=1)
    assert (older.subject, older.endings) == (first.subject, first.endings)
    assert older.id != first.id


def test_an_event_of_stripes_that_is_left_to_us_foretells_a_retry_and_not_for_when() -> None:
    (due,) = TRAFFIC.publication(payments.left_to_us, PublicationDoor.BUS, number=1).due

    assert (due.at, due.type) == (None, "payment.retry")


def test_an_appointment_at_short_notice_foretells_what_is_to_come_and_a_cancelled_one_nothing() -> None:
    for number in NUMBERS:
        at_short_notice = TRAFFIC.publication(appointments.created_at_short_notice, PublicationDoor.BUS, number=number)
        assert [each.key[-3:] for each in at_short_notice.due] == ["/1h"]
        assert TRAFFIC.publication(appointments.cancelled, PublicationDoor.BUS, number=number).due == ()
