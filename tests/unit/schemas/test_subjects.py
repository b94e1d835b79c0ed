"""The subject of an event type: the business object that its messages are about."""

from typing import Any

import pytest

from ops.contracts.formats.personal_data_page import Field, fields_of
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import ALL_TYPES
from schemas.event_type import EventType
from schemas.payments import PAYMENT_FAILED
from schemas.wire import Impersonal

WITH_SUBJECT = [each for each in ALL_TYPES if each.subject]


def field_of(event_type: EventType[Any], version: int) -> Field:
    (field,) = (each for each in fields_of(event_type.payload_of(version)) if each.path == event_type.subject)
    return field


@pytest.mark.parametrize("event_type", WITH_SUBJECT, ids=repr)
def test_a_subject_identifies_no_person_in_any_version(event_type: EventType[Any]) -> None:
    fields = [field_of(event_type, version) for version in range(1, event_type.version + 1)]

    assert all(isinstance(field.mark, Impersonal) and field.annotation is str for field in fields)


@pytest.mark.parametrize("event_type", WITH_SUBJECT, ids=repr)
def test_every_message_of_a_type_with_a_subject_has_one(event_type: EventType[Any]) -> None:
    for version in range(1, event_type.version + 1):
        assert event_type.payload_of(version).model_fields[event_type.subject_attribute].is_required()


def test_a_kind_of_subject_is_one_field_with_one_meaning() -> None:
    fields = {(each.subject_kind, each.subject, field_of(each, 1).mark) for each in WITH_SUBJECT}

    assert {kind for kind, *_ in fields} == {"appointment", "booking", "endpoint", "invitation", "invoice", "report"}
    assert len(fields) == len({kind for kind, *_ in fields})


def test_a_kind_is_the_name_of_the_field_without_id() -> None:
    assert (BOOKING_CREATED.subject_kind, BOOKING_CREATED.subject_attribute) == ("booking", "booking_id")
    assert (PAYMENT_FAILED.subject_kind, PAYMENT_FAILED.subject_attribute) == ("invoice", "invoice")
