"""Publishing through the doors: batched calls within AWS's limits, and one receipt per message."""

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
    """Return a JSON object of a given size in bytes."""
    return '{"x":"' + "x" * (size - 8) + '"}'


def calls(aws: FakeSqs | FakeEvents) -> list[list[dict[str, Any]]]:
    """Return the entries of each call."""
    return [request["Entries"] for request in aws.requests]


def queue(aws: Any) -> QueueDoor:
    return QueueDoor(aws, URL)


def bus(aws: Any) -> BusDoor:
    return BusDoor(aws, "taly-bus")


@pytest.mark.parametrize(("aws", "door"), [(FakeSqs, queue), (FakeEvents, bus)])
def test_twenty_five_messages_are_sent_in_order_in_three_calls(aws: Any, door: Any) -> None:
    service = aws()

    receipts = list(door(service).publish(entry(f'{{"x":{number}}}') for number in range(25)))

    assert [len(call) for call in calls(service)] == [10, 10, 5]
    bodies = [each.get("MessageBody") or each["Detail"] for call in calls(service) for each in call]
    assert bodies == [f'{{"x":{number}}}' for number in range(25)]
    assert len(receipts) == 25
    assert all(isinstance(receipt, Accepted) for receipt in receipts)


@pytest.mark.parametrize(("aws", "door"), [(FakeSqs, queue), (FakeEvents, bus)])
def test_no_messages_make_no_call(aws: Any, door: Any) -> None:
    service = aws()

    assert list(door(service).publish([])) == []
    assert service.calls == []


def test_a_call_to_sqs_has_at_most_1_mib() -> None:
    aws = FakeSqs()

    list(queue(aws).publish([entry("é" * (MIB // 4)), entry("x" * (MIB // 2)), entry("x")]))

    assert [len(call) for call in calls(aws)] == [2, 1]


def test_a_call_to_the_bus_is_under_1_mib_including_source_and_type() -> None:
    aws = FakeEvents()
    names = len("booking.created") + len("taly.ops")

    list(bus(aws).publish([entry(sized(MIB // 2 - names)), entry(sized(MIB // 2 - names)), entry()]))

    assert [len(call) for call in calls(aws)] == [1, 2]


@pytest.mark.parametrize(
    ("aws", "door", "largest"),
    [(FakeSqs, queue, MIB), (FakeEvents, bus, MIB - 1 - len("booking.created" + "taly.ops"))],
)
def test_a_message_over_the_limit_is_refused_and_the_rest_is_sent(aws: Any, door: Any, largest: int) -> None:
    service = aws()

    before, fits, does_not, after = door(service).publish(
        [entry(), entry(sized(largest)), entry(sized(largest + 1)), entry()]
    )

    assert isinstance(does_not, Refused)
    assert does_not.code == "TooLarge"
    assert {type(receipt) for receipt in (before, fits, after)} == {Accepted}
    assert [len(call) for call in calls(service)] == [1, 1, 1]


def test_messages_are_consumed_lazily() -> None:
    built: list[int] = []

    def messages() -> Iterator[Entry]:
        for number in range(1_000):
            built.append(number)
            yield entry()

    next(queue(FakeSqs()).publish(messages()))

    assert len(built) <= 11


def test_a_failed_call_raises_after_the_earlier_receipts() -> None:
    answers = iter([None, None, client_error("ThrottlingException")])
    sqs = FakeSqs(fail=lambda *_: next(answers))

    receipts = queue(sqs).publish(entry() for _ in range(30))

    assert len(list(islice(receipts, 20))) == 20
    with pytest.raises(ClientError, match="ThrottlingException"):
        next(receipts)


def test_receipts_match_their_messages_when_sqs_reorders_its_response() -> None:
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
def test_a_message_missing_from_the_response_is_refused(
    service: str, operation: str, answer: dict[str, Any], door: Any
) -> None:
    aws = client(service)
    with Stubber(aws) as stubber:
        stubber.add_response(operation, answer)

        receipts = list(door(aws).publish([entry(), entry()]))

    assert [type(receipt) for receipt in receipts] == [Refused, Refused]


def test_receipts_tell_accepted_and_refused_entries_of_the_bus() -> None:
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
