"""What a producer gives with a message, outside its contract, stays with it: beside its copies and its dead letter."""

from typing import Any

import pytest

from lambdas.common.errors import PermanentError
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from tests.unit.personal_data.sinks import attributes, told_apart_from_messages
from tests.unit.personal_data.surroundings import Surroundings, handler_of, raising


@pytest.mark.parametrize("error", [PermanentError("no"), ValueError("not now")], ids=["dead-lettered", "retried"])
@pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)
def test_an_attribute_stays_with_the_message(event_type: EventType[Any], error: Exception) -> None:
    around = Surroundings()
    body = around.body(event_type)
    given = {"customer": {"stringValue": around.sentinels.value("attribute text"), "dataType": "String"}}

    around.handle(event_type, body, handler=raising(handler_of(event_type), error), attributes=given)

    assert any(around.sentinels.found_in(text) for text in attributes(around.harness))
    assert [
        found for text in told_apart_from_messages(around.harness) for found in around.sentinels.found_in(text)
    ] == []
