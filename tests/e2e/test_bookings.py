"""A booking goes in by either door; its mail and its activity come out."""

import pytest

from ops.local.traffic import Door, Fate
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from tests.e2e.scene import Scene, message


@pytest.mark.parametrize("door", Door)
def test_a_booking_is_confirmed_by_one_mail(scene: Scene, door: Door) -> None:
    booking = scene.book(door)

    assert scene.concluded(booking, EMAIL_SEND.name).outcome is Outcome.SUCCEEDED

    (mail,) = scene.mails_of(booking)
    assert mail.subject
    assert "<html" in mail.html
    assert "<p>" not in mail.text
    assert message(booking.publication.body)["payload"]["companyName"] in mail.subject + mail.text


@pytest.mark.parametrize("door", Door)
def test_a_booking_is_recorded_as_one_activity_of_its_chain(scene: Scene, door: Door) -> None:
    booking = scene.book(door)

    line = scene.concluded(booking, ACTIVITY_RECORD.name)

    (call,) = scene.calls_about(booking)
    assert call.key == line.id
    assert call.body["companyId"] == booking.publication.company_id
    assert (line.causation_id, line.correlation_id) == (booking.id, booking.id)


def test_a_producers_correlation_id_is_kept_along_the_chain(scene: Scene) -> None:
    booking = scene.book(Door.QUEUE, correlationId="order-4711")

    assert scene.concluded(booking, BOOKING_CREATED.name).correlation_id == "order-4711"
    assert scene.concluded(booking, EMAIL_SEND.name).correlation_id == "order-4711"
    assert scene.concluded(booking, ACTIVITY_RECORD.name).correlation_id == "order-4711"


@pytest.mark.parametrize("door", Door)
def test_ten_bookings_at_once_are_confirmed_without_one_being_put_back(scene: Scene, door: Door) -> None:
    bookings = scene.book_ten(door)

    for booking in bookings:
        assert scene.concluded(booking, EMAIL_SEND.name).outcome is Outcome.SUCCEEDED
        assert len(scene.mails_of(booking)) == 1

    ids = {booking.id for booking in bookings}
    assert [line for line in scene.ledger.lines() if line.id in ids and line.outcome is Outcome.DEFERRED] == []


def test_a_reaction_names_its_follow_ups(scene: Scene) -> None:
    booking = scene.book(Door.BUS)

    jobs = {scene.concluded(booking, name).id for name in (EMAIL_SEND.name, ACTIVITY_RECORD.name)}

    assert set(scene.concluded(booking, BOOKING_CREATED.name).follow_ups) == jobs


def test_a_crm_that_answers_503_once_is_asked_exactly_twice(scene: Scene) -> None:
    booking = scene.book(Door.BUS, Fate.CRM_FAILS_ONCE)

    line = scene.concluded(booking, ACTIVITY_RECORD.name)

    assert (line.outcome, line.attempt) == (Outcome.SUCCEEDED, 2)
    assert [call.status for call in scene.calls_about(booking)] == [503, 200]
