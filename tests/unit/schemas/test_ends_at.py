"""Which payloads have a time of their own, and when it is over."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.contracts.examples import example_payload
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.event_type import EventType
from schemas.message import Message
from schemas.wire import Payload

END = "2030-01-02T03:04:05.678+01:00"
FIELDS = {
    "appointment.reminder": "startTime",
    "user.invited": "expiresAt",
    "report.generated": "expiresAt",
    "report.ready": "expiresAt",
    "webhook.endpoint_failing": "disabledFrom",
    "email.send": "validUntil",
    "sms.send": "validUntil",
}


def payload(event_type: EventType[Any], **changes: object) -> Payload:
    example = {"type": event_type.name, "timestamp": "2026-04-14T14:00:00Z", "attempts": 1}
    message = event_type.message_model.model_validate_json(
        json.dumps(example | {"payload": example_payload(event_type, event_type.version) | changes})
    )
    assert isinstance(message, Message)
    assert isinstance(message.payload, Payload)
    return message.payload


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_the_time_is_over_at_the_fields_instant(name: str, field: str) -> None:
    assert payload(BY_NAME[name], **{field: END}).ends_at() == datetime(2030, 1, 2, 2, 4, 5, 678_000, tzinfo=UTC)


@pytest.mark.parametrize("event_type", [each for each in CATALOGUE if each.name not in FIELDS], ids=str)
def test_all_other_types_are_never_too_late(event_type: EventType[Any]) -> None:
    assert payload(event_type).ends_at() is None


@pytest.mark.parametrize("name", ["email.send", "sms.send"])
@pytest.mark.parametrize("absent", [True, False], ids=["absent", "null"])
def test_mail_and_text_without_a_limit_are_never_too_late(name: str, *, absent: bool) -> None:
    before = payload(BY_NAME[name], validUntil=None)

    dumped = before.model_dump(mode="json", by_alias=True)
    if absent:
        del dumped["validUntil"]

    assert type(before).model_validate_json(json.dumps(dumped)).ends_at() is None
