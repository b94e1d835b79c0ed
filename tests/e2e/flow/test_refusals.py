"""What is no valid message ends in the queue that is meant for it, as it came."""

from local.traffic import bookings, payments, variations
from local.traffic.publication import PublicationDoor
from ops.stage.services import UNROUTED
from schemas.bookings import BOOKING_CREATED
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Reason
from tests.e2e.scene import Scene, message


def test_broken_json_lies_in_the_ingress_dead_letter_queue_unchanged(scene: Scene) -> None:
    broken = scene.publish(bookings.confirmed, spoil=variations.broken_json)

    letter = scene.letter(QUEUE_PROCESSOR, lambda letter: letter.body == broken.publication.body)

    assert letter.reason == letter.failure_history["reason"] == Reason.INVALID_JSON
    assert letter.fingerprint == letter.failure_history["fingerprint"]


def test_an_unknown_type_on_the_ingress_queue_is_refused(scene: Scene) -> None:
    stranger = scene.publish(bookings.confirmed, spoil=variations.unknown_type)

    letter = scene.letter(QUEUE_PROCESSOR, lambda letter: letter.id == stranger.id)

    assert letter.reason == Reason.UNKNOWN_TYPE
    assert letter.body == stranger.publication.body


def test_an_unknown_type_on_the_bus_lies_unrouted(scene: Scene) -> None:
    stranger = scene.publish(bookings.confirmed, PublicationDoor.BUS, spoil=variations.unknown_type)

    letter = scene.letter(UNROUTED, lambda letter: letter.id == stranger.id)

    assert message(letter.body) == message(stranger.publication.body)


def test_an_invalid_payload_on_the_bus_is_refused_by_its_function(scene: Scene) -> None:
    invalid = scene.publish(bookings.confirmed, PublicationDoor.BUS, spoil=variations.invalid_payload)

    letter = scene.letter(BOOKING_CREATED.name, lambda letter: letter.id == invalid.id)

    assert letter.reason == Reason.INVALID_PAYLOAD
    assert "payload.startTime" in letter.failure_history["message"]
    assert message(letter.body) == message(invalid.publication.body)


def test_an_invalid_payload_on_the_ingress_queue_goes_no_further(scene: Scene) -> None:
    invalid = scene.publish(payments.declined_at_first, spoil=variations.invalid_payload)

    letter = scene.letter(QUEUE_PROCESSOR, lambda letter: letter.id == invalid.id)

    assert letter.reason == Reason.INVALID_PAYLOAD


def test_a_detail_type_that_the_message_does_not_have_is_refused_by_the_function_that_it_names(scene: Scene) -> None:
    mismatched = scene.publish(bookings.confirmed, PublicationDoor.BUS, spoil=variations.mismatched_type)

    letter = scene.letter(PAYMENT_FAILED.name, lambda letter: letter.id == mismatched.id)

    assert letter.reason == letter.failure_history["reason"] == Reason.TYPE_MISMATCH
    assert message(letter.body)["type"] == BOOKING_CREATED.name
    assert scene.calls_about(mismatched) == ()
