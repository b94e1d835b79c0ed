"""A booking published by either door leads to one mail, one activity and one fan-out."""

import pytest

from local.traffic import bookings
from local.traffic.publication import PublicationDoor
from ops.conserve.message_key import MessageKey
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_FAN_OUT
from tests.e2e.scene import Scene, message, outcomes


@pytest.mark.parametrize("door", PublicationDoor)
def test_a_booking_is_confirmed_by_one_mail(scene: Scene, door: PublicationDoor) -> None:
    booking = scene.publish(bookings.confirmed, door)

    jobs = scene.follow_ups_of(scene.outcome_of(booking))

    (mail,) = scene.mails_of(jobs)
    payload = message(booking.publication.body)["payload"]
    assert mail.to == (payload["customer"]["email"],)
    assert "<html" in mail.html
    assert "<p>" not in mail.text
    assert payload["companyName"] in mail.subject + mail.text


@pytest.mark.parametrize("door", PublicationDoor)
def test_a_booking_is_recorded_as_one_activity_of_its_chain(scene: Scene, door: PublicationDoor) -> None:
    booking = scene.publish(bookings.confirmed, door)

    line = scene.outcome_at(booking.id, ACTIVITY_RECORD.name)

    (call,) = scene.calls_about(booking)
    assert call.key == str(MessageKey.of_line(line))
    assert call.body["companyId"] == booking.publication.company_id
    assert (line.causation_id, line.correlation_id) == (booking.id, booking.id)


def test_a_producers_correlation_id_is_kept_in_the_chain(scene: Scene) -> None:
    booking = scene.publish(bookings.confirmed, correlationId="order-4711")

    decided = scene.outcome_of(booking)

    assert {line.correlation_id for line in (decided, *scene.follow_ups_of(decided))} == {"order-4711"}


@pytest.mark.parametrize("door", PublicationDoor)
def test_ten_bookings_at_once_are_confirmed_without_deferrals(scene: Scene, door: PublicationDoor) -> None:
    ten = scene.publish_ten(bookings.confirmed, door)

    for booking in ten:
        assert len(scene.mails_of(scene.follow_ups_of(scene.outcome_of(booking)))) == 1

    ids = {booking.id for booking in ten}
    assert [line for line in scene.records.lines() if line.id in ids and line.what is Outcome.DEFERRED] == []


def test_a_reaction_logs_its_follow_ups(scene: Scene) -> None:
    booking = scene.publish(bookings.confirmed, PublicationDoor.BUS)

    jobs = scene.follow_ups_of(scene.outcome_of(booking))

    assert outcomes(jobs) == [
        (ACTIVITY_RECORD.name, Outcome.SUCCEEDED),
        (EMAIL_SEND.name, Outcome.SUCCEEDED),
        (WEBHOOK_FAN_OUT.name, Outcome.SUCCEEDED),
    ]
    assert {job.causation_id for job in jobs} == {booking.id}


def test_a_crm_that_responds_503_once_is_called_exactly_twice(scene: Scene) -> None:
    booking = scene.publish(bookings.crm_fails_once, PublicationDoor.BUS)

    line = scene.outcome_at(booking.id, ACTIVITY_RECORD.name)

    assert line.what is Outcome.SUCCEEDED
    assert [call.status for call in scene.calls_about(booking)] == [503, 200]
