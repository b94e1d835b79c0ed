"""Sending the messages of a batch: few calls, and a receipt for each entry."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.parsers import ResponseParserError

from lambdas.common.clients.outbox import MAX_BYTES, BusEntry, QueueEntry, RefusedEntry, publish, send
from tests.fakes.events import FakeEvents
from tests.fakes.function import QUEUE
from tests.fakes.service import client_error, failing, refusing
from tests.fakes.sqs import FakeSqs


def events(*bodies: str) -> list[BusEntry]:
    return [BusEntry(id=body[:20], type="booking.created", source="taly.test", body=body) for body in bodies]


def detail(size: int) -> str:
    return '{"x":"' + "x" * (size - 8) + '"}'


def test_twenty_five_messages_are_sent_in_three_calls() -> None:
    sqs = FakeSqs()

    receipts = send(sqs, QUEUE, [QueueEntry(f"m{number}") for number in range(25)])

    assert receipts == [None] * 25
    assert [len(call["Entries"]) for call in sqs.requests] == [10, 10, 5]
    assert [entry["MessageBody"] for entry in sqs.sent[QUEUE]] == [f"m{number}" for number in range(25)]


def test_no_messages_make_no_call() -> None:
    sqs = FakeSqs()

    assert send(sqs, QUEUE, []) == []
    assert sqs.calls == []


def test_call_size_counts_attributes_and_multibyte_characters() -> None:
    sqs = FakeSqs()
    entries = [QueueEntry("é" * 170_000, attributes={"history": "x" * 9_600}) for _ in range(4)]

    assert send(sqs, QUEUE, entries) == [None] * 4
    assert [len(call["Entries"]) for call in sqs.requests] == [2, 2]


def test_message_of_the_size_limit_is_sent_and_one_byte_more_refused() -> None:
    sqs = FakeSqs()

    receipts = send(sqs, QUEUE, [QueueEntry("x" * MAX_BYTES), QueueEntry("x" * (MAX_BYTES + 1))])

    assert receipts == [None, RefusedEntry("TooLarge", is_permanent=True)]


def test_event_must_be_smaller_than_the_limit() -> None:
    bus = FakeEvents()
    names = len("booking.created") + len("taly.test")

    fits, does_not = publish(bus, "bus", events(detail(MAX_BYTES - names - 1), detail(MAX_BYTES - names)))

    assert fits is None
    assert does_not is not None
    assert does_not.too_large


def test_refusals_are_matched_to_their_entries() -> None:
    bus = FakeEvents(
        refuse=lambda _, entry: {"3": "InternalFailure", "12": "MalformedDetail"}.get(entry["Detail"][5:-1])
    )

    receipts = publish(bus, "bus", events(*(f'{{"x":{number}}}' for number in range(15))))

    assert {n: receipt for n, receipt in enumerate(receipts) if receipt} == {
        3: RefusedEntry("InternalFailure", is_permanent=False),
        12: RefusedEntry("MalformedDetail", is_permanent=True),
    }


def test_throttled_call_is_temporary_and_the_next_call_is_made() -> None:
    answers = iter([client_error("ThrottlingException"), None])
    bus = FakeEvents(fail=lambda *_: next(answers))

    receipts = publish(bus, "bus", events(*['{"x":1}'] * 12))

    throttled = RefusedEntry("ThrottlingException", is_permanent=False, throttled=True)
    assert receipts == [throttled] * 10 + [None] * 2


def test_network_error_is_a_temporary_refusal() -> None:
    sqs = FakeSqs(fail=lambda *_: EndpointConnectionError(endpoint_url=QUEUE))

    assert send(sqs, QUEUE, [QueueEntry("a")]) == [RefusedEntry("EndpointConnectionError", is_permanent=False)]


def test_permanently_refused_call_is_split_to_find_the_entry() -> None:
    def fail(_operation: str, request: Mapping[str, Any]) -> Exception | None:
        odd = any("\x00" in entry["MessageBody"] for entry in request["Entries"])
        return client_error("InvalidMessageContents") if odd else None

    sqs = FakeSqs(fail=fail)

    receipts = send(sqs, QUEUE, [QueueEntry("a"), QueueEntry("\x00"), QueueEntry("c")])

    assert receipts == [None, RefusedEntry("InvalidMessageContents", is_permanent=True), None]
    assert [entry["MessageBody"] for entry in sqs.sent[QUEUE]] == ["a", "c"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotAuthorizedForSourceException"])
def test_missing_permission_is_ours_to_mend(code: str) -> None:
    whole = FakeEvents(fail=failing(code))
    entry = FakeEvents(refuse=refusing(code))

    for bus in (whole, entry):
        (receipt,) = publish(bus, "bus", events('{"x":1}'))

        assert receipt is not None
        assert not receipt.is_permanent
        assert "deploy the stage again" in receipt.to_do


def test_nonsense_in_sqss_place_is_a_temporary_refusal() -> None:
    sqs = FakeSqs(fail=lambda *_: ResponseParserError("<html>"))

    assert send(sqs, QUEUE, [QueueEntry("a")]) == [RefusedEntry("ResponseParserError", is_permanent=False)]


def test_entry_of_which_the_response_says_nothing_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs, bus = FakeSqs(), FakeEvents()
    monkeypatch.setattr(sqs, "send_message_batch", lambda **_: {"Successful": [{"Id": "1"}]})
    monkeypatch.setattr(bus, "put_events", lambda **_: {"message": "Welcome to the hotel"})

    sent = send(sqs, QUEUE, [QueueEntry("a"), QueueEntry("b")])
    published = publish(bus, "bus", events('{"x":1}'))

    assert sent == [RefusedEntry("NoReceipt", is_permanent=False), None]
    assert published == [RefusedEntry("NoReceipt", is_permanent=False)]
