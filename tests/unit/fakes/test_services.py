"""Each fake refuses what its service refuses."""

import json
from datetime import timedelta
from typing import Any, Never

import pytest
from botocore.exceptions import ClientError

from schemas.catalogue import BY_NAME
from tests.fakes.cloudwatch import FakeCloudWatch
from tests.fakes.dynamodb import FakeDynamoDb
from tests.fakes.events import MAX_BYTES_EXCLUSIVE, FakeEvents
from tests.fakes.lambda_api import FakeLambda
from tests.fakes.logs import FakeLogs
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import NOON
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:ingress"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"


def event(detail: str = "{}", source: str = "taly.test") -> dict[str, str]:
    return {"Source": source, "DetailType": "test.type", "Detail": detail}


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "1 to 10 entries"),
        ([event()] * 11, "1 to 10 entries"),
        ([event(json.dumps({"x": "x" * MAX_BYTES_EXCLUSIVE}))], "total size"),
        ([event("[]")], "MalformedDetail"),
        ([event(source="aws.sqs")], "NotAuthorizedForSource"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_that_eventbridge_refuses_is_an_error_in_our_code(entries: list[dict[str, str]], code: str) -> None:
    events = FakeEvents()

    with pytest.raises(AssertionError, match=code):
        events.put_events(Entries=entries)

    assert events.published == []


def put(logs: FakeLogs, *events: tuple[int, str]) -> dict[str, Any]:
    lines = [{"timestamp": at, "message": text} for at, text in events]
    return logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=lines)


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], "1 to 10,000 events"),
        ([(0, "")] * 10_001, "1 to 10,000 events"),
        ([(0, "x" * (1_048_576 - 25))], "upload too large"),
        ([(1, "x"), (0, "x")], "chronological"),
        ([(0, "x"), (86_400_001, "x")], "24 hours"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_events_that_cloudwatch_refuses_are_an_error_in_our_code(events: list[tuple[int, str]], code: str) -> None:
    with pytest.raises(AssertionError, match=code):
        put(FakeLogs(), *events)


def test_events_are_found_by_term_and_start_time_in_pages() -> None:
    logs = FakeLogs(page=2)
    for seconds in range(5):
        logs.write("g", NOON + timedelta(seconds=seconds), id="x" if seconds != 3 else "y")

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="g", startTime=int(NOON.timestamp() * 1000) + 1, filterPattern='"x"'
    )

    assert [len(page["events"]) for page in pages] == [2, 1]


def test_a_pattern_has_1_024_characters_at_most() -> None:
    with pytest.raises(AssertionError, match="filterPattern"):
        FakeLogs().filter_log_events(logGroupName="g", startTime=0, filterPattern="x" * 1_025)


def test_a_stream_is_created_once() -> None:
    logs = FakeLogs()
    logs.create_log_stream(logGroupName="g", logStreamName="s")

    with pytest.raises(ClientError, match="ResourceAlreadyExists"):
        logs.create_log_stream(logGroupName="g", logStreamName="s")


def schedule(**changes: Any) -> dict[str, Any]:
    return {
        "Name": "a",
        "GroupName": "taly-schedules",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "at(2026-04-14T12:00:01)",
        "Target": {"Input": "{}"},
    } | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"Name": "x" * 65},
        {"Name": "a/b"},
        {"ScheduleExpression": "at(2026-04-14T12:00:00)"},
        {"ScheduleExpression": "at(2026-04-14T13:00:00Z)"},
        {"Target": {"Input": "x" * 262_145}},
        {"Target": {"Arn": QUEUE, "Input": "{}", "SqsParameters": {"MessageGroupId": "tenant"}}},
    ],
    ids=lambda changes: str(changes)[:50],
)
def test_a_schedule_that_scheduler_refuses_is_an_error_in_our_code(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="ValidationException"):
        FakeScheduler().create_schedule(**schedule(**changes))


def test_a_schedule_may_set_the_message_group_of_a_fifo_queue() -> None:
    scheduler = FakeScheduler()
    target = {"Arn": f"{QUEUE}.fifo", "Input": "{}", "SqsParameters": {"MessageGroupId": "tenant"}}

    scheduler.create_schedule(**schedule(Target=target))

    assert scheduler.schedules["a"]["Target"] == target


def test_a_schedule_is_created_once_and_changed_only_while_it_exists() -> None:
    scheduler = FakeScheduler()
    scheduler.create_schedule(**schedule())

    with pytest.raises(ClientError, match="ConflictException"):
        scheduler.create_schedule(**schedule())
    scheduler.delete_schedule(Name="a", GroupName="taly-schedules")
    for gone in (lambda: scheduler.update_schedule(**schedule()), lambda: scheduler.get_schedule(**schedule())):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            gone()


def item(status: str, *, ends: float) -> dict[str, Any]:
    numbers = {"expiration": {"N": "99999999999"}, "in_progress_expiration": {"N": str(ends)}}
    return {"TableName": "taly-done", "Item": {"id": {"S": "a"}, "status": {"S": status}} | numbers}


@pytest.mark.parametrize(("status", "ends"), [("COMPLETED", 0), ("INPROGRESS", 9e15)])
def test_an_item_that_exists_is_not_put_again(status: str, ends: float) -> None:
    table = FakeDynamoDb()
    table.put_item(**item(status, ends=ends))

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.put_item(**item("INPROGRESS", ends=0), ConditionExpression="attribute_not_exists(#id)")


def test_an_item_is_replaced_by_a_put_without_a_condition() -> None:
    table = FakeDynamoDb()
    table.put_item(**item("COMPLETED", ends=0))

    table.put_item(**item("INPROGRESS", ends=0))

    assert table.items["a"]["status"] == {"S": "INPROGRESS"}


def test_an_expired_item_is_put_again_and_an_item_has_a_size_limit() -> None:
    table = FakeDynamoDb()
    table.put_item(**item("INPROGRESS", ends=0))
    table.put_item(**item("COMPLETED", ends=0), ConditionExpression="attribute_not_exists(#id)")

    assert table.items["a"]["status"] == {"S": "COMPLETED"}
    with pytest.raises(AssertionError, match="item size"):
        table.put_item(TableName="taly-done", Item={"id": {"S": "b"}, "data": {"S": "x" * 409_600}})


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"TopicArn": TOPIC, "Subject": "x" * 101, "Message": "m"}, "Subject"),
        ({"TopicArn": TOPIC, "Subject": "é", "Message": "m"}, "Subject"),
        ({"TopicArn": TOPIC, "Subject": "a\nb", "Message": "m"}, "Subject"),
        ({"TopicArn": TOPIC, "Subject": "s", "Message": "é" * 131_073}, "too long"),
        ({"PhoneNumber": "+1415 5550123", "Message": "m"}, "phone number"),
        ({"PhoneNumber": "+14155550123", "Message": "x" * 1_601}, "longer than SNS takes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_sns_refuses_is_an_error_in_our_code(request_: dict[str, str], code: str) -> None:
    with pytest.raises(AssertionError, match=code):
        FakeSns(topics={TOPIC}).publish(**request_)


def test_a_missing_topic_is_not_found() -> None:
    with pytest.raises(ClientError, match="NotFound"):
        FakeSns().publish(TopicArn=TOPIC, Subject="s", Message="m")


@pytest.mark.parametrize("to", [[], ["ü@a.com"], ["a@a.com, b@a.com"], ["a@a.com"] * 51], ids=len)
def test_an_address_that_ses_refuses_is_an_error_in_our_code(to: list[str]) -> None:
    content = {"Simple": {"Subject": {"Data": "s"}}}

    with pytest.raises(AssertionError):
        FakeSes().send_email(Destination={"ToAddresses": to}, Content=content)


def test_a_missing_secret_is_not_found() -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        FakeSecrets().get_secret_value(SecretId="arn")


def test_cloudwatch_accepts_500_queries_at_most() -> None:
    with pytest.raises(AssertionError, match="500 queries"):
        FakeCloudWatch().get_metric_data(MetricDataQueries=[{}] * 501, StartTime=0, EndTime=1)


def test_mappings_come_in_pages() -> None:
    functions = FakeLambda(page=7)
    functions.map(BY_NAME)

    pages = [*functions.get_paginator("list_event_source_mappings").paginate()]

    assert sum(len(page["EventSourceMappings"]) for page in pages) == len(BY_NAME)
    assert len(pages) == len(functions.calls) > 1


def test_a_function_that_fails_answers_with_its_error() -> None:
    def fail(_event: object) -> Never:
        raise ValueError("no")

    answer = FakeLambda(functions={"f": fail}).invoke(FunctionName="f", Payload=b"{}")

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {"errorMessage": "no", "errorType": "ValueError"}
