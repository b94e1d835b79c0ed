"""An invalid message ends unchanged in the right dead-letter or holding queue."""

from local.traffic import bookings, corruptions, payments
from local.traffic.publication import PublicationDoor
from ops.stage.services import UNROUTED
from schemas.bookings import BOOKING_CREATED
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Reason
from tests.e2e.scene import Scene, message


def test_broken_json_is_dead_lettered_unchanged_by_the_ingress(scene: Scene) -> None:
    broken = scene.publish(bookings.confirmed, corruption=corruptions.broken_json)

    dead_letter = scene.dead_letter(QUEUE_PROCESSOR, lambda found: found.body == broken.publication.body)

    assert dead_letter.reason == dead_letter.failure_history["reason"] == Reason.INVALID_JSON
    assert dead_letter.fingerprint == dead_letter.failure_history["fingerprint"]


def test_an_unknown_type_on_the_ingress_queue_is_refused(scene: Scene) -> None:
    unknown = scene.publish(bookings.confirmed, corruption=corruptions.unknown_type)

    dead_letter = scene.dead_letter(QUEUE_PROCESSOR, lambda found: found.id == unknown.id)

    assert dead_letter.reason == Reason.UNKNOWN_TYPE
    assert dead_letter.body == unknown.publication.body


def test_an_unknown_type_on_the_bus_is_unrouted(scene: Scene) -> None:
    unknown = scene.publish(bookings.confirmed, PublicationDoor.BUS, corruption=corruptions.unknown_type)

    dead_letter = scene.dead_letter(UNROUTED, lambda found: found.id == unknown.id)

    assert message(dead_letter.body) == message(unknown.publication.body)


def test_an_invalid_payload_on_the_bus_is_refused_by_its_function(scene: Scene) -> None:
    invalid = scene.publish(bookings.confirmed, PublicationDoor.BUS, corruption=corruptions.invalid_payload)

    dead_letter = scene.dead_letter(BOOKING_CREATED.name, lambda found: found.id == invalid.id)

    assert dead_letter.reason == Reason.INVALID_PAYLOAD
    assert "payload.startTime" in dead_letter.failure_history["message"]
    assert message(dead_letter.body) == message(invalid.publication.body)


def test_an_invalid_payload_on_the_ingress_queue_is_refused(scene: Scene) -> None:
    invalid = scene.publish(payments.first_soft_decline, corruption=corruptions.invalid_payload)

    dead_letter = scene.dead_letter(QUEUE_PROCESSOR, lambda found: found.id == invalid.id)

    assert dead_letter.reason == Reason.INVALID_PAYLOAD


def test_a_mismatched_detail_type_is_refused_by_the_function_it_names(scene: Scene) -> None:
    mismatched = scene.publish(bookings.confirmed, PublicationDoor.BUS, corruption=corruptions.mismatched_type)

    dead_letter = scene.dead_letter(PAYMENT_FAILED.name, lambda found: found.id == mismatched.id)

    assert dead_letter.reason == dead_letter.failure_history["reason"] == Reason.TYPE_MISMATCH
    assert message(dead_letter.body)["type"] == BOOKING_CREATED.name
    assert scene.calls_about(mismatched) == ()
