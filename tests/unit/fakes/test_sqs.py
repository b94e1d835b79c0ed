"""The fake SQS refuses what SQS refuses, and hides, returns and deletes messages as SQS does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.service import Clock, failing, refusing
from tests.fakes.sqs import MAX_BYTES, FakeSqs

URL = "https://sqs.test/queue"


def entry(number: int = 0, body: str = "{}", **more: Any) -> dict[str, Any]:
    return {"Id": str(number), "MessageBody": body, **more}


def attributes(count: int, text: str = "x") -> dict[str, Any]:
    return {f"a{number}": {"DataType": "String", "StringValue": text} for number in range(count)}


@pytest.fixture
def sqs() -> FakeSqs:
    return FakeSqs(clock=Clock())


def receive(sqs: FakeSqs, seconds: int = 30) -> dict[str, Any] | None:
    answer = sqs.receive_message(QueueUrl=URL, MaxNumberOfMessages=1, VisibilityTimeout=seconds)
    return answer["Messages"][0] if "Messages" in answer else None


def delete(sqs: FakeSqs, handle: str) -> dict[str, Any]:
    return sqs.delete_message_batch(QueueUrl=URL, Entries=[{"Id": "0", "ReceiptHandle": handle}])


def show(sqs: FakeSqs, handle: str) -> list[dict[str, Any]]:
    entries = [{"Id": "0", "ReceiptHandle": handle, "VisibilityTimeout": 0}]
    failed: list[dict[str, Any]] = sqs.change_message_visibility_batch(QueueUrl=URL, Entries=entries)["Failed"]
    return failed


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([entry(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([entry(0), entry(0)], "BatchEntryIdsNotDistinct"),
        ([{**entry(), "Id": "a b"}], "InvalidBatchEntryId"),
        ([entry(0, "é" * (MAX_BYTES // 4)), entry(1, "x" * (MAX_BYTES // 2 + 1))], "BatchRequestTooLong"),
        ([entry(0, "x" * (MAX_BYTES - 8), MessageAttributes=attributes(1))], "BatchRequestTooLong"),
        ([entry(DelaySeconds=901)], "DelaySeconds"),
        ([entry(DelaySeconds=-1)], "DelaySeconds"),
        ([entry(MessageAttributes=attributes(11))], "number of message attributes"),
        ([entry(MessageAttributes=attributes(1, ""))], "an attribute must have a value"),
        ([entry(MessageAttributes=attributes(1, "é"))], "ASCII"),
        ([entry(MessageGroupId="two words")], "MessageGroupId"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_batch_that_sqs_refuses_is_an_error_in_our_code(
    sqs: FakeSqs, entries: list[dict[str, Any]], code: str
) -> None:
    with pytest.raises(AssertionError, match=code):
        sqs.send_message_batch(QueueUrl=URL, Entries=entries)

    assert sqs.messages(URL) == []


def test_a_batch_just_within_the_limits_is_accepted(sqs: FakeSqs) -> None:
    sqs.send_message_batch(QueueUrl=URL, Entries=[entry(number, DelaySeconds=900) for number in range(10)])
    sqs.send_message_batch(QueueUrl=URL, Entries=[entry(0, "x" * (MAX_BYTES - 9), MessageAttributes=attributes(1))])

    assert len(sqs.messages(URL)) == len(sqs.sent[URL]) == 11


@pytest.mark.parametrize("body", ["", "\x00", "\x1b", "\ud800", "\uffff"], ids=ascii)
def test_only_the_entry_with_an_invalid_body_is_refused(sqs: FakeSqs, body: str) -> None:
    answer = sqs.send_message_batch(QueueUrl=URL, Entries=[entry(0, body), entry(1)])

    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("0", "InvalidMessageContents")]
    assert [each.body for each in sqs.messages(URL)] == ["{}"]
    with pytest.raises(ClientError, match="InvalidMessageContents"):
        sqs.send_message(QueueUrl=URL, MessageBody=body)


def test_a_message_is_hidden_for_the_visibility_timeout(sqs: FakeSqs) -> None:
    sqs.put(URL, "{}")

    assert receive(sqs, seconds=30)
    assert receive(sqs) is None
    sqs.clock.sleep(30)
    assert receive(sqs)


def test_a_message_is_delayed_for_its_delay(sqs: FakeSqs) -> None:
    sqs.send_message(QueueUrl=URL, MessageBody="{}", DelaySeconds=5)

    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    assert sqs.get_queue_attributes(QueueUrl=URL, AttributeNames=names)["Attributes"] == dict(
        zip(names, ["0", "1"], strict=True)
    )
    sqs.clock.sleep(5)
    assert receive(sqs)


def test_a_stale_handle_deletes_nothing_and_reports_success(sqs: FakeSqs) -> None:
    sqs.put(URL, "{}")
    first = receive(sqs, seconds=0)
    second = receive(sqs)
    assert first
    assert second

    assert delete(sqs, first["ReceiptHandle"])["Failed"] == []
    assert len(sqs.messages(URL)) == 1
    delete(sqs, second["ReceiptHandle"])
    assert sqs.messages(URL) == []


def test_only_the_timeout_of_a_message_in_flight_can_be_changed(sqs: FakeSqs) -> None:
    sqs.put(URL, "{}")
    message = receive(sqs)
    assert message

    assert show(sqs, message["ReceiptHandle"]) == []
    assert show(sqs, message["ReceiptHandle"]) == [{"Id": "0", "Code": "MessageNotInflight"}]


@pytest.mark.parametrize(
    "request_", [{"MaxNumberOfMessages": 11}, {"WaitTimeSeconds": 21}, {"VisibilityTimeout": 43_201}], ids=str
)
def test_a_receive_has_its_limits(sqs: FakeSqs, request_: dict[str, int]) -> None:
    with pytest.raises(AssertionError, match="InvalidParameterValue"):
        sqs.receive_message(QueueUrl=URL, **request_)


def test_only_requested_attributes_are_received(sqs: FakeSqs) -> None:
    sqs.put(URL, "{}", attributes(2), "tenant")

    (message,) = sqs.receive_message(QueueUrl=URL, MessageAttributeNames=["a1"], AttributeNames=["MessageGroupId"])[
        "Messages"
    ]
    assert (list(message["MessageAttributes"]), message["Attributes"]) == (["a1"], {"MessageGroupId": "tenant"})


def test_a_missing_queue_has_no_url(sqs: FakeSqs) -> None:
    with pytest.raises(ClientError, match="NonExistentQueue"):
        sqs.get_queue_url(QueueName="queue")


def test_a_test_can_refuse_entries_fail_calls_and_observe_both() -> None:
    seen: list[str] = []
    sqs = FakeSqs(refuse=refusing("InternalError", "send_message_batch"), fail=failing("Throttled", "receive_message"))
    sqs.before = sqs.after = seen.append

    assert sqs.send_message_batch(QueueUrl=URL, Entries=[entry()])["Failed"][0]["Code"] == "InternalError"
    with pytest.raises(ClientError, match="Throttled"):
        receive(sqs)

    assert sqs.calls == ["send_message_batch", "receive_message"]
    assert seen == ["send_message_batch", "send_message_batch", "receive_message"]
