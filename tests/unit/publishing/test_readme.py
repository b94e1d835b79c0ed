"""The README's examples for producers work."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.event_type import Kind
from schemas.message import Message
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from tests.messages import reminder, text

README = Path(__file__).parents[3] / "README.md"


def example(mention: str) -> str:
    """Return the README's only Python example with this text."""
    (found,) = [code for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if mention in code]
    return str(found)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An in-memory ingress queue of stage `dev`, which also receives the events of the bus."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        sqs, events, ssm = boto3.client("sqs"), boto3.client("events"), boto3.client("ssm")
        url = sqs.create_queue(QueueName="ingress")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name="taly-bus")
        events.put_rule(Name="all", EventBusName="taly-bus", EventPattern='{"source":["taly.backend"]}')
        events.put_targets(Rule="all", EventBusName="taly-bus", Targets=[{"Id": "queue", "Arn": arn}])
        ssm.put_parameter(Name=ingress_queue_url_parameter("dev"), Value=url, Type="String")
        ssm.put_parameter(Name=event_bus_name_parameter("dev"), Value="taly-bus", Type="String")
        yield url


def arrived(url: str) -> list[dict[str, Any]]:
    """Return the received messages, which must be valid; messages from the bus are the events' `detail`."""
    got = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(each["Body"]) for each in got]
    messages = [body.get("detail", body) for body in bodies]
    assert all(isinstance(decode_strictly(text(message), catalogue=BY_NAME), Message) for message in messages)
    return messages


def test_the_example_of_the_publisher_sends_one_valid_message(queue: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(example("from publishing import"), str(README), "exec"), {})  # noqa: S102 an example of this repository

    (message,) = arrived(queue)
    assert (message["type"], message["version"], message["id"]) == (
        "payment.failed",
        2,
        "3f6c1d2a-8b4e-4f0a-9c7d-5e2b1a0f4d63",
    )
    assert message["payload"]["money"] == {"amount": 4900, "currency": "EUR"}
    assert capsys.readouterr().out == ""


def test_the_example_without_it_sends_by_both_doors(queue: str) -> None:
    message = reminder()

    exec(compile(example("put_events"), str(README), "exec"), {"message": message})  # noqa: S102 an example of this repository

    assert arrived(queue) == [message, message]


def test_the_jobs_that_a_service_may_send_are_named() -> None:
    (sentence,) = re.findall(
        r'A service can also publish a job .*?"attempts": 2`: (.*?)\.\s', README.read_text(), re.DOTALL
    )

    jobs = {each.name for each in BY_NAME.values() if each.kind is Kind.JOB and each.sent_by}
    assert set(re.findall(r"`([a-z_.]+)`", sentence)) == jobs
