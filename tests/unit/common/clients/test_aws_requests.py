"""Requests checked against botocore and AWS's service models (moto responds; no network)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.common.clients.begins import BeginNotes
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.outbox import BusEntry, QueueEntry, Receipt, publish, send
from lambdas.common.clients.scheduler import ScheduleChange, ScheduledMessage, apply_changes
from lambdas.common.clients.ses import Mail, Ses
from lambdas.common.clients.sms import Sms
from lambdas.common.idempotency import IdempotentJob
from schemas.activities import ActivityRecord
from schemas.message import Message
from tests.fakes.function import FakeContext, FunctionHarness
from tests.messages import COMPANY, activity, booking, text


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


def test_messages_arrive_with_attributes_and_group() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]

    receipts = send(sqs, url, [QueueEntry(f"m{n}", group=COMPANY, attributes={"history": "{}"}) for n in range(12)])

    assert receipts == [None] * 12
    received: list[Any] = []
    while batch := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    ).get("Messages"):
        received += batch
    assert {message["Body"] for message in received} == {f"m{n}" for n in range(12)}
    assert received[0]["MessageAttributes"]["history"]["StringValue"] == "{}"
    assert received[0]["Attributes"]["MessageGroupId"] == COMPANY


def test_deleted_queue_is_a_temporary_refusal() -> None:
    (receipt,) = send(boto3.client("sqs"), "https://queue.amazonaws.com/123456789012/gone", [QueueEntry("m")])

    assert receipt is not None
    assert not receipt.is_permanent


def test_events_reach_the_rule_for_their_type() -> None:
    events, sqs = boto3.client("events"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="bookings")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="bus")
    pattern = json.dumps({"detail-type": ["booking.created"]})
    events.put_rule(Name="bookings", EventBusName="bus", EventPattern=pattern)
    events.put_targets(Rule="bookings", EventBusName="bus", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
    body = text(booking(id="b-1"))

    receipts = publish(events, "bus", [BusEntry(id="b-1", type="booking.created", source="taly.backend", body=body)])

    assert receipts == [None]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    delivered = json.loads(message["Body"])
    assert delivered.get("detail", delivered) == json.loads(body)


def test_email_request_is_valid_for_ses() -> None:
    ses = boto3.client("sesv2")
    ses.create_email_identity(EmailIdentity="no-reply@mail.taly.dev")

    mail = Mail(to="ada@example.com", subject="Grüße", text="Hi", html="<p>Hi</p>")
    Ses(ses, sender="Taly <no-reply@mail.taly.dev>").send(mail)

    assert boto3.client("ses").get_send_quota()["SentLast24Hours"] == 1


def test_text_request_is_valid_for_sns() -> None:
    Sms(boto3.client("sns")).send("+14155550123", "Grüße: 16:00")


def test_schedule_requests_are_valid_for_eventbridge_scheduler() -> None:
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="taly-schedules")
    environment = FunctionHarness().runtime().environment
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)

    def change(to: ScheduledMessage | None) -> Receipt:
        return apply_changes(
            scheduler, environment, [ScheduleChange("reminder.a", "reminder/a", to)], has_time=lambda: True
        )

    assert change(ScheduledMessage(due, "m-1", '{"first": 1}')) is None
    assert change(ScheduledMessage(due, "m-2", '{"second": 2}')) is None
    schedule = scheduler.get_schedule(Name="reminder.a", GroupName="taly-schedules")
    assert schedule["Target"]["Input"] == '{"second": 2}'
    assert schedule["ScheduleExpression"] == f"at({due:%Y-%m-%dT%H:%M:%S})"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert change(None) is None
    assert change(None) is None
    assert scheduler.list_schedules(GroupName="taly-schedules")["Schedules"] == []


@pytest.fixture
def table() -> Any:
    """A client of DynamoDB, with the idempotency table."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="taly-done",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return dynamodb


def test_begins_are_noted_and_taken_back_in_dynamodb(table: Any) -> None:
    notes = BeginNotes(table, "taly-done", "booking.created")

    begins = [notes.begin("m-1", handle, datetime.now(UTC)) for handle in ("first", "first", "second")]
    notes.read("m-1")
    for handle in ("first", "second", "second"):
        notes.take_back("m-1", handle)

    assert begins == [(1, False), (1, False), (2, False)]
    assert notes.begin("m-1", "third", datetime.now(UTC)) == (1, True)


def test_finished_job_is_stored_in_dynamodb(table: Any) -> None:
    runtime = FunctionHarness(clients={"dynamodb": table}).runtime()
    runtime.budget.begin(FakeContext(), 1)
    message = Message[ActivityRecord].model_validate_json(text(activity()))
    runs: list[str] = []

    first, second = (
        IdempotentJob("activity.record", runtime).run(message, text(activity()), lambda: runs.append("run"))
        for _ in range(2)
    )

    assert (first, second) == (True, False)
    assert runs == ["run"]


def test_crm_token_is_read_from_secrets_manager() -> None:
    secrets = boto3.client("secretsmanager")
    harness = FunctionHarness(clients={"secretsmanager": secrets})
    runtime = harness.runtime()
    secrets.create_secret(Name="crm", SecretString="t0ken")
    runtime = replace(runtime, environment=runtime.environment._replace(crm_token_secret_arn="crm"))  # noqa: S106 an address

    crm = Crm.connect(runtime)

    assert crm.read_token() == "t0ken"
