"""What the other tests look for would be found, and the messages that they send are as their contracts say."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from ops.contracts.formats.personal_data_page import fields_of
from schemas.catalogue import ALL_TYPES
from schemas.crm import Appointment, CompanyAdmins, CompanyWebhooks
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType
from schemas.ses import SES_EVENT
from schemas.wire import WireModel
from tests.messages import appointment, company_admins, company_webhooks
from tests.unit.personal_data.sentinels import SES_OWN, STRIPES_OWN, Sentinels
from tests.unit.personal_data.sinks import told
from tests.unit.personal_data.surroundings import Surroundings

WRITTEN: list[Callable[[str], str]] = [str, repr, ascii, json.dumps, quote, str.upper, str.lower]

ANSWERS = [
    (Appointment, appointment()),
    (CompanyAdmins, company_admins("ada@example.com")),
    (CompanyWebhooks, company_webhooks("we_1")),
]


@pytest.mark.parametrize("event_type", ALL_TYPES, ids=lambda event_type: event_type.name)
def test_every_marked_field_has_a_value_of_its_own_that_its_contract_takes(event_type: EventType[Any]) -> None:
    for version in range(1, event_type.version + 1):
        sentinels = Sentinels()
        payload = sentinels.payload(event_type, version)

        event_type.payload_of(version).model_validate_json(json.dumps(payload), by_alias=True, by_name=False)
        wanted = {field.path for field in fields_of(event_type.payload_of(version)) if field.is_guarded}
        put = set(sentinels.tokens.values())
        assert all(any(f" {path}" in place for place in put) for path in wanted)
        assert len(set(sentinels.values)) == len(sentinels.tokens)


@pytest.mark.parametrize(("model", "example"), ANSWERS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_marked_field_of_an_answer_has_one_too(model: type[WireModel], example: dict[str, Any]) -> None:
    sentinels = Sentinels()

    answer = sentinels.answer(model, example)

    model.model_validate_json(json.dumps(answer), by_alias=True, by_name=False)
    assert len(sentinels.values) == sum(field.is_guarded for field in fields_of(model))


@pytest.mark.parametrize("write", WRITTEN)
@pytest.mark.parametrize("event_type", ALL_TYPES, ids=lambda event_type: event_type.name)
def test_a_value_is_found_however_it_is_written(event_type: EventType[Any], write: Callable[[str], str]) -> None:
    sentinels = Sentinels()
    sentinels.payload(event_type, event_type.version)
    sentinels.answer(CompanyWebhooks, company_webhooks("we_1"))

    assert all(sentinels.found_in(f"so {write(value)} is it") for value in sentinels.values)
    assert sentinels.found_in("so it is not") == []


def test_unread_fields_of_ses_are_among_it() -> None:
    sentinels = Sentinels()

    payload = sentinels.payload(SES_EVENT, 1)

    assert payload["sesEvent"]["mail"].keys() >= SES_OWN.keys()


def test_what_stripe_sends_of_a_customer_is_among_it() -> None:
    sentinels = Sentinels()

    (stripe,) = [each for each in ALL_TYPES if each.name.startswith("stripe.")]
    payload = sentinels.payload(stripe, 1)

    assert payload["stripeEvent"]["data"]["object"].keys() >= STRIPES_OWN.keys()


@pytest.mark.parametrize("sink", ["a log line", "an attribute", "an alert"])
def test_a_leak_into_a_sink_is_found_there(sink: str) -> None:
    around = Surroundings()
    around.handle(EMAIL_SEND, around.body(EMAIL_SEND))
    leak = around.sentinels.values[0]

    if sink == "a log line":
        around.harness.log.append(json.dumps({"message": leak}))
    elif sink == "an attribute":
        entry = {"MessageBody": "{}", "MessageAttributes": {"x": {"StringValue": ascii(leak), "DataType": "String"}}}
        around.harness.sqs.sent["a queue"] = [entry]
    else:
        around.handle(EMAIL_SEND, "{")
        around.harness.events.alerts[0]["Detail"] = around.harness.events.alerts[0]["Detail"].replace("JSON", leak)

    assert any(around.sentinels.found_in(text) for text in told(around.harness))
