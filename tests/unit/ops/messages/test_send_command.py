"""`taly-async send`: which messages it sends, and what it prints."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from ops.command_line import app
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from tests.messages import COMPANY, booking_payload

REGION = "eu-west-1"
STAGE = "dev"


@pytest.fixture(autouse=True)
def _nothing_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def deployed() -> Iterator[str]:
    """A stage in an AWS account in memory; the URL of its ingress queue, which gets the events of its bus too."""
    with mock_aws():
        sqs, events, ssm = boto3.client("sqs"), boto3.client("events"), boto3.client("ssm")
        url = sqs.create_queue(QueueName="ingress")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.create_event_bus(Name="taly-bus")
        events.put_rule(Name="all", EventBusName="taly-bus", EventPattern='{"source":["taly.ops"]}')
        events.put_targets(Rule="all", EventBusName="taly-bus", Targets=[{"Id": "queue", "Arn": arn}])
        for name, value in (
            (ingress_queue_url_parameter(STAGE), url),
            (event_bus_name_parameter(STAGE), "taly-bus"),
        ):
            ssm.put_parameter(Name=name, Value=value, Type="String")
        yield url


def send(*arguments: str, payload: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["send", "--stage", STAGE, *arguments], input=payload)


def arrived(url: str) -> list[dict[str, Any]]:
    """The messages in a queue, as SQS returns them."""
    sqs = boto3.client("sqs")
    messages: list[dict[str, Any]] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages"):
        messages += batch  # type: ignore[arg-type]  # a TypedDict is read as what it is
    return messages


def bodies(url: str) -> list[dict[str, Any]]:
    return [json.loads(message["Body"]) for message in arrived(url)]


def test_without_a_payload_the_contracts_example_is_sent(deployed: str) -> None:
    result = send("booking.created")

    (message,) = arrived(deployed)
    body = json.loads(message["Body"])
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "✓ 1 of 1 sent: booking.created to the ingress queue of stage dev"
    assert body["type"] == "booking.created"
    assert body["source"] == "taly.ops"
    assert body["attempts"] == 1
    assert body["payload"]["customer"]["email"] == "ada@example.com"
    assert message["Attributes"]["MessageGroupId"] == body["payload"]["companyId"]
    assert body["id"] in result.output


def test_each_message_has_a_new_id_and_the_present_time(deployed: str) -> None:
    result = send("booking.created", "--count", "25")

    sent = bodies(deployed)
    assert result.exit_code == 0
    assert result.output.startswith("✓ 25 of 25 sent")
    assert result.output.rstrip().endswith("and 20 more")
    assert len({UUID(body["id"]) for body in sent}) == 25
    for body in sent:
        assert body["timestamp"].endswith("Z")
        assert datetime.now(UTC) - datetime.fromisoformat(body["timestamp"]) < timedelta(minutes=5)


def test_on_the_bus_the_message_is_the_detail_of_the_event(deployed: str) -> None:
    result = send("email.send", "--via", "bus")

    (event,) = bodies(deployed)
    assert result.exit_code == 0
    assert event["detail-type"] == event["detail"]["type"] == "email.send"
    assert event["source"] == "taly.ops"


def test_a_payload_from_a_file_is_sent_as_it_was_written(deployed: str, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(booking_payload(price=0)).replace('"price": 0', '"price": 1.10e+2'))

    result = send("booking.created", "--payload", str(file))

    (message,) = arrived(deployed)
    assert result.exit_code == 0
    assert '"price": 1.10e+2' in message["Body"]
    assert message["Attributes"]["MessageGroupId"] == COMPANY


def test_a_payload_is_read_from_standard_input(deployed: str) -> None:
    result = send("booking.created", "--payload", "-", payload=json.dumps(booking_payload(staff="Zoë")).encode())

    assert result.exit_code == 0
    assert bodies(deployed)[0]["payload"]["staff"] == "Zoë"


def test_a_payload_that_the_contract_refuses_is_not_sent(deployed: str) -> None:
    result = send("booking.created", "--payload", "-", payload=json.dumps(booking_payload(timeZone=4)).encode())

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "✗ invalid_payload",
        "  payload.timeZone: must be a string, found 4",
        "Nothing was sent.",
    ]
    assert arrived(deployed) == []


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b"\xff", "not UTF-8: byte 1 of 1"),
        (b'{"a":1,"a":1}', "same key twice"),
        (b"[" * 100_000, "64 levels"),
    ],
    ids=repr,
)
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes, sentence: str, deployed: str) -> None:
    result = send("booking.created", "--payload", "-", payload=payload)

    assert result.exit_code == 1
    assert sentence in result.output
    assert isinstance(result.exception, SystemExit)
    assert arrived(deployed) == []


def test_a_missing_payload_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = send("booking.created", "--payload", str(tmp_path / "nowhere.json"))

    assert result.exit_code == 1
    assert "cannot be read: No such file or directory" in result.output


@pytest.mark.parametrize("payload", ['{"companyId": "acme"}', "[1]", '{"a": NaN, "a": 1}', "{", "[" * 100_000])
def test_unchecked_sends_what_the_contract_refuses(payload: str, deployed: str) -> None:
    result = send("no.such.type", "--unchecked", "--payload", "-", payload=payload.encode())

    (message,) = arrived(deployed)
    assert result.exit_code == 0
    assert message["Body"].endswith(f'"payload": {payload}}}')
    assert message["Attributes"].get("MessageGroupId") == ("acme" if "acme" in payload else None)


@pytest.mark.parametrize("company", ["", "x" * 129, "two words", "é", 4, None])
def test_a_company_id_that_sqs_refuses_is_not_the_message_group(company: object, deployed: str) -> None:
    payload = json.dumps(booking_payload(companyId=company), ensure_ascii=False).encode()

    result = send("booking.created", "--unchecked", "--payload", "-", payload=payload)

    assert result.exit_code == 0
    assert "MessageGroupId" not in arrived(deployed)[0]["Attributes"]


def test_an_unknown_type_is_refused_with_the_nearest_and_all_types() -> None:
    result = send("booking.craeted")

    assert result.exit_code == 1
    assert "Did you mean booking.created?" in result.output
    assert ", sms.send, " in result.output


def test_an_unknown_type_has_no_example_even_unchecked() -> None:
    result = send("[red]\x1b[2J", "--unchecked")

    assert result.exit_code == 1
    assert "there is no type [red]\\x1b[2J." in result.output


def test_a_name_that_no_stage_can_have_is_refused() -> None:
    result = CliRunner().invoke(app, ["send", "booking.created", "--stage", "Prod"])

    assert result.exit_code == 1
    assert "no stage can be named 'Prod': a stage's name has 2 to 16 lower-case letters" in result.output


def test_a_stage_that_is_not_deployed_is_refused_with_a_sentence() -> None:
    with mock_aws():
        result = send("booking.created")

    assert result.exit_code == 1
    assert (
        "stage dev is not deployed here: eu-west-1 of this account has no parameter /taly/async/dev/" in result.output
    )


def test_missing_credentials_are_explained() -> None:
    result = send("booking.created")

    assert result.exit_code == 1
    assert "no AWS credentials were found" in result.output


def test_a_missing_region_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    result = send("booking.created")

    assert result.exit_code == 1
    assert "no AWS region is set" in result.output


def test_an_endpoint_that_is_no_url_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")

    result = send("booking.created")

    assert result.exit_code == 1
    assert "Invalid endpoint: nonsense" in result.output


def test_a_missing_queue_is_explained_after_the_result(deployed: str) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=deployed)

    result = send("booking.created", "--count", "3")

    assert result.exit_code == 1
    assert result.output.startswith("✗ 0 of 3 sent")
    assert "does not exist here" in result.output
