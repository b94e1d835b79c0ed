"""Building messages: valid ones are ready to be sent, others raise an error."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from publishing import InvalidMessageError, message
from publishing.doors import BUS_LIMIT
from publishing.messages import wire_time
from schemas.bookings import BOOKING_CREATED, BookingCreated
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Reason
from tests.messages import COMPANY, booking_payload, email, failed_payment

AT = datetime(2026, 4, 14, 16, 0, tzinfo=timezone(timedelta(hours=2)))


def booked(**payload: Any) -> BookingCreated:
    return BookingCreated.model_validate_json(json.dumps(booking_payload(**payload)))


def fields(**given: Any) -> dict[str, Any]:
    built = message(BOOKING_CREATED, given.pop("payload", booked()), source="taly.backend", **given)
    return dict(json.loads(built.body))


@pytest.mark.parametrize("payload", [booked(), booking_payload()], ids=["model", "JSON values"])
def test_a_payload_becomes_a_message_that_the_ingress_accepts(payload: Any) -> None:
    built = message(BOOKING_CREATED, payload, source="taly.backend")

    read = decode_strictly(built.body, catalogue=BY_NAME)

    assert isinstance(read, Message)
    assert read.payload == booked()
    assert (built.type, built.source, built.group, built.id) == ("booking.created", "taly.backend", COMPANY, read.id)


def test_missing_fields_get_defaults() -> None:
    built = fields()

    assert UUID(built["id"]).version == 4
    assert datetime.now(UTC) - datetime.fromisoformat(built["timestamp"]) < timedelta(minutes=5)
    assert (built["attempts"], built["version"], built["source"]) == (1, 1, "taly.backend")
    assert "correlationId" not in built
    assert "causationId" not in built


def test_given_fields_are_kept() -> None:
    built = fields(id="outbox-7", timestamp=AT, attempts=2, correlation_id="first", causation_id="second")

    assert (built["id"], built["timestamp"], built["attempts"]) == ("outbox-7", "2026-04-14T14:00:00.000Z", 2)
    assert (built["correlationId"], built["causationId"]) == ("first", "second")


def test_the_newest_version_is_sent_unless_an_older_one_is_named() -> None:
    older = failed_payment()["payload"] | {"amount": 4900, "currency": "EUR"}
    del older["money"]

    newest = message(PAYMENT_FAILED, failed_payment()["payload"], source="taly.backend")
    first = message(PAYMENT_FAILED, older, source="taly.backend", version=1)

    assert [json.loads(each.body)["version"] for each in (newest, first)] == [2, 1]


def test_unknown_fields_are_sent() -> None:
    assert fields(payload=booking_payload(room="é"))["payload"]["room"] == "é"


def test_characters_that_sqs_refuses_are_sent_as_escapes() -> None:
    built = message(BOOKING_CREATED, booking_payload(staff="Zoë \uffff"), source="taly.backend")

    assert built.body.isascii()
    assert json.loads(built.body)["payload"]["staff"] == "Zoë \uffff"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"payload": booking_payload(startTime="2026-04-15T14:00:00")}, "payload.startTime: has no UTC offset"),
        ({"payload": booking_payload(startTime=AT)}, "datetime is not JSON serializable: give JSON values"),
        ({"payload": booking_payload(price=float("nan"))}, "NaN is not JSON"),
        ({"payload": booking_payload(room="\ud800")}, "half a surrogate pair"),
        ({"payload": {}}, "payload.companyId: is missing"),
        ({"id": "with space"}, "id: must be 1 to 128 characters"),
        ({"id": ""}, "id: must be 1 to 128 characters"),
        ({"attempts": 0}, "attempts: must be greater than or equal to 1"),
        ({"timestamp": AT.replace(tzinfo=None)}, "timestamp: has no time zone: give an aware datetime"),
        ({"version": 2}, "version: is newer than version 1"),
    ],
)
def test_an_invalid_message_is_refused_before_it_is_sent(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidMessageError, match=sentence.replace(".", r"\.")):
        fields(**changes)


def test_an_error_contains_values_only_on_request() -> None:
    with pytest.raises(InvalidMessageError) as raised:
        fields(payload=booking_payload(timeZone="ada@example.com"))

    assert "ada@example.com" not in str(raised.value)
    assert "ada@example.com" in raised.value.refusal.sentence(reveal=True)


def test_a_message_too_large_for_the_event_bus_is_refused() -> None:
    payload = email()["payload"] | {"values": {"text": "x" * BUS_LIMIT}}

    with pytest.raises(InvalidMessageError) as raised:
        message(EMAIL_SEND, payload, source="taly.backend")

    assert raised.value.refusal.reason is Reason.TOO_LARGE


def test_an_entrys_repr_has_no_payload() -> None:
    assert "Ada" not in repr(message(BOOKING_CREATED, booked(), source="taly.backend"))


def test_a_time_is_written_in_utc() -> None:
    assert wire_time(AT) == "2026-04-14T14:00:00.000Z"
