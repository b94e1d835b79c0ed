"""Handing over: few calls, within AWS's limits, and a receipt for each message."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from publishing.doors import Accepted, BusDoor, Entry, QueueDoor, Refused
from tests.fakes.events import FakeEvents
from tests.fakes.service import client_error
from tests.fakes.sqs import FakeSqs

MIB = 1_048_576
URL = "https://sqs.test/ingress"


def entry(body: str = "{}", **fields: Any) -> Entry:
    return Entry(**{"body": body, "type": "booking.created", "source": "taly.ops", **fields})


def client(service: Any) -> Any:
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 no secret


def sized(size: int) -> str:
    """An object of so many bytes."""
    return '{"x":"' + "x" * (size - 8) + '"}'


def calls(aws: FakeSqs | FakeEvents) -> list[list[dict[str, Any]]]:
    """The entries of each call."""
    return [request["Entries"] for request in aws.requests]


def queue(aws: Any) -> QueueDoor:
    return QueueDoor(aws, URL)


def bus(aws: Any) -> BusDoor:
    return BusDoor(aws, "taly-bus")


@pytest.mark.parametrize(("aws", "door"), [(FakeSqs, queue), (FakeEvents, bus)])
def test_twenty_five_messages_go_out_in_three_calls_and_their_order(aws: Any, door: Any) -> None:
    service = aws()

    receipts = list(door(service).publish(entry(f'{{"x":{number}}}') for number in range(25)))

    assert [len(call) for call in calls(service)] == [10, 10, 5]
    bodies = [each.get("MessageBody") or each["Detail"] for call in calls(service) for each in call]
    assert bodies == [f'{{"x":{number}}}' for number in range(25)]
    assert len(receipts) == 25
    assert all(isinstance(receipt, Accepted) for receipt in receipts)


@pytest.mark.parametrize(("aws", "door"), [(FakeSqs, queue), (FakeEvents, bus)])
def test_nothing_to_hand_over_is_no_call(aws: Any, door: Any) -> None:
    service = aws()

    assert list(door(service).publish([])) == []
    assert service.calls == []


def test_a_call_to_sqs_has_a_mebibyte_at_most_counted_in_bytes() -> None:
    aws = FakeSqs()

    list(queue(aws).publish([entry("é" * (MIB // 4)), entry("x" * (MIB // 2)), entry("x")]))

    assert [len(call) for call in calls(aws)] == [2, 1]


def test_a_call_to_the_bus_has_less_than_a_mebibyte_counting_source_and_type() -> None:
    aws = FakeEvents()
    names = len("booking.created") + len("taly.ops")

    list(bus(aws).publish([entry(sized(MIB // 2 - names)), entry(sized(MIB // 2 - names)), entry()]))

    assert [len(call) for call in calls(aws)] == [1, 2]


@pytest.mark.parametrize(
    ("aws", "door", "largest"),
    [(FakeSqs, queue, MIB), (FakeEvents, bus, MIB - 1 - len("booking.created" + "taly.ops"))],
)
def test_what_no_call_takes_is_refused_without_one_and_the_rest_is_sent(aws: Any, door: Any, largest: int) -> None:
    service = aws()

    before, fits, does_not, after = door(service).publish(
        [entry(), entry(sized(largest)), entry(sized(largest + 1)), entry()]
    )

    assert isinstance(does_not, Refused)
    assert does_not.code == "TooLarge"
    assert {type(receipt) for receipt in (before, fits, after)} == {Accepted}
    assert [len(call) for call in calls(service)] == [1, 1, 1]


def test_messages_are_made_as_they_are_sent() -> None:
    made: list[int] = []

    def messages() -> Iterator[Entry]:
        for number in range(1_000):
            made.append(number)
            yield entry()

    next(queue(FakeSqs()).publish(messages()))

    assert len(made) <= 11


def test_a_call_that_fails_raises_after_the_receipts_of_those_before() -> None:
    answers = iter([None, None, client_error("ThrottlingException")])
    sqs = FakeSqs(fail=lambda *_: next(answers))

    receipts = queue(sqs).publish(entry() for _ in range(30))

    assert len(list(islice(receipts, 20))) == 20
    with pytest.raises(ClientError, match="ThrottlingException"):
        next(receipts)


def test_sqs_answers_in_any_order_and_a_receipt_is_its_own_message_s() -> None:
    sqs = client("sqs")
    with Stubber(sqs) as stubber:
        stubber.add_response(
            "send_message_batch",
            {
                "Successful": [
                    {"Id": "2", "MessageId": "sqs-c", "MD5OfMessageBody": "-"},
                    {"Id": "0", "MessageId": "sqs-a", "MD5OfMessageBody": "-"},
                ],
                "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False, "Message": "try again"}],
            },
            {
                "QueueUrl": URL,
                "Entries": [
                    {"Id": "0", "MessageBody": "a", "MessageGroupId": "tenant-1"},
                    {"Id": "1", "MessageBody": "b"},
                    {"Id": "2", "MessageBody": "c"},
                ],
            },
        )

        receipts = list(queue(sqs).publish([entry("a", group="tenant-1"), entry("b"), entry("c")]))

    assert receipts == [Accepted("sqs-a"), Refused("InternalError", "try again"), Accepted("sqs-c")]


@pytest.mark.parametrize(
    ("service", "operation", "answer", "door"),
    [
        ("sqs", "send_message_batch", {"Successful": [], "Failed": []}, queue),
        ("events", "put_events", {"Entries": []}, bus),
        ("events", "put_events", {}, bus),
    ],
)
def test_a_message_that_the_answer_does_not_speak_of_does_not_count_as_taken(
    service: str, operation: str, answer: dict[str, Any], door: Any
) -> None:
    aws = client(service)
    with Stubber(aws) as stubber:
        stubber.add_response(operation, answer)

        receipts = list(door(aws).publish([entry(), entry()]))

    assert [type(receipt) for receipt in receipts] == [Refused, Refused]


def test_the_bus_s_refusals_are_told_from_what_it_took() -> None:
    events = client("events")
    with Stubber(events) as stubber:
        stubber.add_response(
            "put_events",
            {
                "FailedEntryCount": 1,
                "Entries": [{"EventId": "event-a"}, {"ErrorCode": "MalformedDetail", "ErrorMessage": "no JSON"}],
            },
            {
                "Entries": [
                    {"EventBusName": "taly-bus", "Source": "taly.ops", "DetailType": "booking.created", "Detail": body}
                    for body in (json.dumps({}), "{")
                ]
            },
        )

        receipts = list(bus(events).publish([entry("{}"), entry("{")]))

    assert receipts == [Accepted("event-a"), Refused("MalformedDetail", "no JSON")]
