"""Decoding a text into a typed message, or into the first reason to refuse it."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from schemas.bookings import BOOKING_CREATED, BookingCreated
from schemas.catalogue import BY_NAME
from schemas.decoding import decode, decode_strictly
from schemas.message import AnyMessage
from schemas.problems import Refusal, from_validation
from schemas.wire import WireModel
from tests.messages import COMPANY, booking, booking_payload, report, text

Reader = Callable[[str], AnyMessage | Refusal]


def at_the_ingress(body: str) -> AnyMessage | Refusal:
    return decode_strictly(body, catalogue=BY_NAME)


def at_its_function(body: str) -> AnyMessage | Refusal:
    return decode(body, BOOKING_CREATED, catalogue=lambda: BY_NAME)


READERS = pytest.mark.parametrize("read", [at_the_ingress, at_its_function])


def accepted(result: AnyMessage | Refusal) -> AnyMessage:
    assert not isinstance(result, Refusal), result.sentence()
    return result


def refused(result: AnyMessage | Refusal) -> Refusal:
    assert isinstance(result, Refusal)
    return result


@READERS
def test_the_four_fields_suffice(read: Reader) -> None:
    message = accepted(read(text(booking())))

    assert isinstance(message.payload, BookingCreated)
    assert message.company_id == COMPANY
    assert message.payload.start_time == datetime(2026, 4, 15, 14, tzinfo=UTC)
    assert message.version == 1
    assert message.source == "unknown"
    assert message.hops == 0
    assert message.causation_id is None


@READERS
def test_a_message_without_an_id_gets_one_as_id_and_correlation_id(read: Reader) -> None:
    message = accepted(read(text(booking())))

    assert message.id == message.correlation_id == "3a1eab84-8017-588f-8042-ecb04368c56e"


@READERS
def test_the_derived_id_ignores_key_order_spaces_and_attempts(read: Reader) -> None:
    shuffled = dict(reversed(list(booking(attempts=3, payload=dict(reversed(booking_payload().items()))).items())))

    assert accepted(read(json.dumps(shuffled, indent=3))).id == accepted(read(text(booking()))).id


@READERS
def test_the_derived_id_depends_on_the_timestamp_verbatim(read: Reader) -> None:
    same_instant = booking(timestamp="2026-04-14T14:00:00.000Z")

    assert accepted(read(text(same_instant))).id != accepted(read(text(booking()))).id


@READERS
def test_unknown_payload_fields_count_for_the_derived_id(read: Reader) -> None:
    richer = booking(payload=booking_payload(note="by the window"))

    assert accepted(read(text(richer))).id != accepted(read(text(booking()))).id


@READERS
def test_ids_that_the_producer_gave_are_kept(read: Reader) -> None:
    message = accepted(read(text(booking(id="b:1", correlationId="root", causationId="parent", hops=8))))

    assert (message.id, message.correlation_id, message.causation_id, message.hops) == ("b:1", "root", "parent", 8)


@READERS
@pytest.mark.parametrize(
    ("change", "reason", "sentence"),
    [
        ({"attempts": 0}, "invalid_envelope", "attempts: must be greater than or equal to 1, found 0"),
        ({"attempts": -1}, "invalid_envelope", "attempts: must be greater than or equal to 1, found -1"),
        ({"attempts": True}, "invalid_envelope", "attempts: must be a whole number, found true"),
        ({"attempts": "1"}, "invalid_envelope", 'attempts: must be a whole number, found "1"'),
        ({"attempts": 1.5}, "invalid_envelope", "attempts: must be a whole number, found 1.5"),
        ({"attempts": None}, "invalid_envelope", "attempts: must be a whole number, found null"),
        ({"attempts": 2**53}, "invalid_json", "an integer is beyond ±(2^53 - 1); send it as a string"),
        ({"timestamp": 1713189600}, "invalid_envelope", "timestamp: must be a string, found 1713189600"),
        ({"id": ""}, "invalid_envelope", None),
        ({"id": None}, "invalid_envelope", "id: must be a string, found null"),
        ({"id": "ä"}, "invalid_envelope", None),
        ({"id": "x" * 129}, "invalid_envelope", None),
        ({"source": "aws.s3"}, "invalid_envelope", None),
        ({"payload": []}, "invalid_envelope", "payload: must be an object, found []"),
        ({"payload": {}}, "invalid_payload", None),
        ({"type": "booking.craeted"}, "unknown_type", "type: is no type of the catalogue"),
        ({"type": "Booking"}, "invalid_envelope", None),
        ({"version": 0}, "invalid_envelope", None),
        ({"version": 2}, "unsupported_version", None),
        ({"hops": 9}, "loop", None),
    ],
)
def test_a_wrong_field_is_refused_in_a_sentence(
    read: Reader, change: dict[str, Any], reason: str, sentence: str | None
) -> None:
    refusal = refused(read(text(booking(**change))))

    assert refusal.reason == reason
    if sentence:
        assert refusal.sentence(reveal=True) == sentence


@READERS
@pytest.mark.parametrize("field", ["type", "payload", "timestamp", "attempts"])
def test_a_missing_field_of_the_envelope_is_named(read: Reader, field: str) -> None:
    message = booking()
    del message[field]

    assert refused(read(text(message))).sentence() == f"{field}: is missing"


@READERS
def test_a_text_that_is_too_long_is_refused_with_the_limit(read: Reader) -> None:
    refusal = refused(read(text(booking(payload=booking_payload(staff="x" * 201)))))

    assert refusal.sentence() == "payload.staff: must have at most 200 characters, found a string of 201 characters"


@READERS
def test_one_character_is_named_in_the_singular(read: Reader) -> None:
    refusal = refused(read(text(booking(attempts="1"))))

    assert refusal.sentence() == "attempts: must be a whole number, found a string of 1 character"


def test_a_limit_of_one_is_named_in_the_singular() -> None:
    class Short(WireModel):
        letter: Annotated[str, Field(max_length=1)]
        one: Annotated[tuple[int, ...], Field(max_length=1)]

    with pytest.raises(ValidationError) as raised:
        Short.model_validate_json('{"letter": "ab", "one": [1, 2]}')

    assert [problem.clause for problem in from_validation(raised.value)] == [
        "must have at most 1 character",
        "must have at most 1 member",
    ]


@READERS
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"a": "b', "not JSON: Unterminated string starting at line 1, column 7"),
        ('{"a": "\n"}', "not JSON: Invalid control character at line 1, column 8"),
        ('{"a": }', "not JSON: Expecting value at line 1, column 7"),
    ],
)
def test_json_syntax_errors_name_the_place_once(read: Reader, body: str, sentence: str) -> None:
    assert refused(read(body)).sentence() == sentence


@READERS
def test_a_time_without_an_offset_is_refused_with_a_correction(read: Reader) -> None:
    refusal = refused(read(text(booking(payload=booking_payload(startTime="2024-04-15T14:00:00")))))

    assert refusal.sentence(reveal=True) == (
        'payload.startTime: "2024-04-15T14:00:00" has no UTC offset; write 2024-04-15T14:00:00Z'
    )
    assert refusal.sentence() == "payload.startTime: has no UTC offset, found a string of 19 characters"


@READERS
def test_an_integer_with_a_fraction_of_zero_is_accepted(read: Reader) -> None:
    message = accepted(read(text(booking()).replace('"attempts": 1', '"attempts": 1.0')))

    assert message.attempts == 1
    assert type(message.attempts) is int


@READERS
@pytest.mark.parametrize(
    "timestamp",
    [
        "2024-02-29T23:59:59.999999999Z",
        "2000-02-29T00:00:00-00:00",
        "1970-01-01T00:00:00Z",
        "2999-12-31T23:59:59-23:59",
        "2024-04-15T14:00:00+05:45",
    ],
)
def test_timestamps_of_rfc_3339_are_accepted(read: Reader, timestamp: str) -> None:
    assert accepted(read(text(booking(timestamp=timestamp)))).timestamp.utcoffset() is not None


@READERS
@pytest.mark.parametrize(
    "timestamp",
    [
        "2024-04-15T14:00:00",
        "2024-04-15 14:00:00Z",
        "2024-04-15t14:00:00z",
        "2024-04-15T14:00:60Z",
        "2024-04-15T24:00:00Z",
        "2024-04-31T14:00:00Z",
        "2023-02-29T14:00:00Z",
        "2100-02-29T14:00:00Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2024-04-15T14:00Z",
        "2024-04-15T14:00:00+24:00",
        "2024-04-15T14:00:00.Z",
        "२०२४-04-15T14:00:00Z",
        "1713189600",
        "",
    ],
)
def test_ambiguous_timestamps_are_refused(read: Reader, timestamp: str) -> None:
    assert refused(read(text(booking(timestamp=timestamp)))).reason == "invalid_envelope"


@READERS
@pytest.mark.parametrize(
    "company",
    ["7D1F0A52-3C1E-4D5B-9A64-2F8E1C0B9A11", "urn:uuid:" + COMPANY, "{" + COMPANY + "}", COMPANY[:-1], 7, None],
)
def test_a_tenant_id_that_is_no_canonical_uuid_is_refused(read: Reader, company: object) -> None:
    refusal = refused(read(text(booking(payload=booking_payload(companyId=company)))))

    assert refusal.reason == "invalid_payload"
    assert refusal.sentence().startswith("payload.companyId: must be ")


@READERS
def test_snake_case_names_are_refused(read: Reader) -> None:
    payload = booking_payload()
    payload["company_id"] = payload.pop("companyId")

    assert refused(read(text(booking(payload=payload)))).sentence() == "payload.companyId: is missing"


@READERS
def test_the_first_reason_counts_and_all_its_problems_are_listed(read: Reader) -> None:
    refusal = refused(read(text(booking(type="no.such", attempts=0, payload={}, id=""))))

    assert refusal.reason == "invalid_envelope"
    assert {problem.path for problem in refusal.problems} == {"attempts", "id"}


@READERS
def test_problems_of_envelope_and_payload_are_reported_together(read: Reader) -> None:
    refusal = refused(read(text(booking(attempts=0, payload=booking_payload(staff=7)))))

    assert refusal.reason == "invalid_envelope"
    assert {problem.path for problem in refusal.problems} == {"attempts", "payload.staff"}


@READERS
def test_a_refusal_contains_values_only_on_request(read: Reader) -> None:
    customer = booking_payload()["customer"] | {"email": "ada at example"}

    refusal = refused(read(text(booking(payload=booking_payload(customer=customer)))))

    assert "ada at" not in refusal.sentence()
    assert refusal.sentence(reveal=True) == (
        'payload.customer.email: must be an email address, such as ada@example.com, found "ada at example"'
    )


def test_a_list_with_invalid_members_is_not_called_empty() -> None:
    body = report(recipients=[{"email": None}])

    assert refused(at_the_ingress(text(body))).sentence() == "payload.recipients[0].email: must be a string, found null"


def test_an_empty_list_is_called_empty() -> None:
    body = report(recipients=[])

    assert (
        refused(at_the_ingress(text(body))).sentence() == "payload.recipients: must not be empty, found an array of 0"
    )


def test_a_message_of_another_function_is_a_type_mismatch() -> None:
    assert refused(at_its_function(text(booking(type="email.send", payload={})))).reason == "type_mismatch"


@pytest.mark.parametrize(
    "body", ["", " ", "nul", "{", '{"a":1}}', "{}{}", "\ufeff{}", "\x00", "'a'", '{"a":01}', '{"a":"\t"}', "[1,]"]
)
@READERS
def test_text_that_is_not_json_is_refused_with_the_place(read: Reader, body: str) -> None:
    refusal = refused(read(body))

    assert refusal.reason == "invalid_json"
    assert refusal.sentence().startswith("not JSON: ")


@READERS
@pytest.mark.parametrize("body", ["null", "true", "1", '"text"', "[]", "{}"])
def test_json_that_is_no_message_is_refused_as_invalid_envelope(read: Reader, body: str) -> None:
    assert refused(read(body)).reason == "invalid_envelope"


@pytest.mark.parametrize(
    "fragment",
    [
        '"x": NaN',
        '"x": -Infinity',
        '"x": 1e400',
        '"x": 9007199254740992',
        '"x": ' + "9" * 400,
        '"x": 1, "x": 2',
        '"x": {"y": 1, "y": 1}',
        '"x": "\\ud800"',
        '"\\udfff": 1',
        '"x": ' + "[" * 64 + "]" * 64,
        '"x": ' + '{"a":' * 70 + "1" + "}" * 70,
        '"x": ' + "[" * 100_000 + "]" * 100_000,
    ],
)
def test_the_ingress_refuses_json_that_other_readers_would_change(fragment: str) -> None:
    body = text(booking()).replace("{", "{" + fragment + ", ", 1)

    assert refused(at_the_ingress(body)).reason == "invalid_json"


@pytest.mark.parametrize(
    "fragment",
    [
        '"x": 9007199254740991',
        '"x": -9007199254740991',
        '"x": 1.7e308',
        '"x": "\\ud83d\\ude00"',
        '"x": ' + "[" * 63 + "]" * 63,
        '"x": ' + "[" + "[]," * 500 + "[]]",
    ],
)
def test_the_ingress_accepts_json_at_its_limits(fragment: str) -> None:
    accepted(at_the_ingress(text(booking()).replace("{", "{" + fragment + ", ", 1)))


@pytest.mark.parametrize(
    "fragment", ['"x": NaN', '"x": 1e400', '"x": "\\ud800"', '"x": ' + "[" * 100_000 + "]" * 100_000]
)
def test_a_function_does_not_crash_on_unvalidated_events(fragment: str) -> None:
    body = text(booking(id="b-1")).replace("{", "{" + fragment + ", ", 1)

    result = at_its_function(body)

    assert not isinstance(result, Refusal) or result.reason == "invalid_json"


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    body = text(booking()).replace("{", '{"x": ' + "9" * 5_000 + ", ", 1)

    assert refused(at_its_function(body)).reason == refused(at_the_ingress(body)).reason == "invalid_json"


def test_a_payload_without_canonical_form_and_id_is_refused() -> None:
    body = text(booking()).replace('"companyName"', '"x": 1e400, "companyName"')

    assert refused(at_its_function(body)).reason == "invalid_json"


COSTLY: list[list[str]] = [[]] * 30_000
"""More arrays than any service of ours sends."""

LACKING = pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "booking.created", "payload": {}},
        {"type": "nope.nope", "payload": {}},
        {**booking(), "payload": {}},
        {**booking(), "version": 9, "payload": {}},
        {**booking(), "id": "no id", "payload": {}},
        {**booking(), "payload": {**booking_payload(), "customer": {}}},
        {**booking(), "payload": []},
    ],
)


@LACKING
@READERS
def test_a_costly_message_is_refused_for_the_same_missing_fields(read: Reader, fields: dict[str, Any]) -> None:
    small, costly = (refused(read(text({**fields, "unknown": unknown}))) for unknown in ([], COSTLY))

    assert costly.reason == small.reason
    missing = {problem.path for problem in small.problems if problem.clause == "is missing"}
    assert missing <= {problem.path for problem in costly.problems} or small.problems[0].path == "id"


def test_no_copy_of_a_costly_message_is_made_for_a_missing_field() -> None:
    body = text({"type": "booking.created", "payload": {"unknown": [[[[]]] * 100] * 1000}})
    tracemalloc.start()

    try:
        refused(at_the_ingress(body))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 80 * len(body)


@READERS
def test_a_costly_message_with_all_its_fields_is_accepted(read: Reader) -> None:
    accepted(read(text({**booking(), "unknown": COSTLY})))
