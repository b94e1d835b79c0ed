"""Parts of `send`: the draft, the doors of a stage, the result after a failure."""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from ops.messages.drafts import Draft
from ops.messages.send import Publish, SendResult, deliver
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage, deployed
from ops.stage.door import open_door
from ops.stage.local import Running
from ops.stage.options import Via
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from publishing.doors import Accepted, BusDoor, Entry, QueueDoor, Receipt, Refused
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from tests.fakes.function import NOW

REGION = "eu-west-1"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeployedStage]:
    """A stage in an AWS account in memory."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        ssm = boto3.client("ssm", region_name=REGION)
        for name, value in (
            (ingress_queue_url_parameter("dev"), "https://sqs.test/ingress"),
            (event_bus_name_parameter("dev"), "taly-dev"),
        ):
            ssm.put_parameter(Name=name, Value=value, Type="String")
        yield DeployedStage("dev", boto3.Session(region_name=REGION).client)  # type: ignore[arg-type]  # stubs list literal names alone


def test_the_doors_of_a_stage_are_found_by_its_parameters(stage: DeployedStage) -> None:
    queue, bus = open_door(stage, Via.SQS), open_door(stage, Via.BUS)

    assert isinstance(queue, QueueDoor)
    assert isinstance(bus, BusDoor)
    assert (queue.queue_url, bus.bus_name) == ("https://sqs.test/ingress", "taly-dev")


def test_stage_local_is_the_emulator_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:4566"
    local = Running(
        endpoint_url=url,
        ingress_queue_url=f"{url}/000000000000/ingress",
        event_bus_name="taly-local",
        crm_base_url=f"{url}/crm",
        webhooks_base_url=f"{url}/hooks",
        slack_base_url=f"{url}/slack",
        mails_base_url=f"{url}/mails",
        folder="run",
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("ops.stage.deployed.running", lambda: local)

    stage = deployed("local")

    assert {stage.client(name).meta.endpoint_url for name in ("sqs", "events", "ssm")} == {url}


def test_without_a_local_stage_the_error_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("ops.stage.deployed.running", lambda: None)

    with pytest.raises(OperatorError, match="make up"):
        deployed("local").client("sqs")


DRAFT = Draft("booking.created", "{}")


def delivered(*receipts: Receipt | BaseException, total: int) -> tuple[SendResult, type[BaseException] | None]:
    """Deliver through a door that returns these receipts, and may then raise; returns the result and the exception."""

    def publish(entries: Any) -> Iterator[Receipt]:
        for _entry, receipt in zip(entries, receipts, strict=False):
            if isinstance(receipt, BaseException):
                raise receipt
            yield receipt

    result, ids = SendResult(what="bookings", total=total), count()
    try:
        deliver(DRAFT, publish, result, new_id=lambda: f"id-{next(ids)}", now=lambda: NOW)
    except BaseException as error:  # noqa: BLE001 a stop is no Exception
        return result, type(error)
    return result, None


def test_refusals_are_counted_by_code_and_have_no_id() -> None:
    result, error = delivered(Accepted("a"), Refused("Busy", "later"), Refused("Busy", "later"), Accepted("b"), total=4)

    assert error is None
    assert result.sent == 2
    assert result.refusals == {"Busy: later": 2}
    assert result.first_ids == ["id-0", "id-3"]
    assert result.in_doubt == 0


def test_a_stop_counts_the_unanswered_call_as_in_doubt() -> None:
    result, error = delivered(*[Accepted("a")] * 20, StoppedError(130), total=100)

    assert error is StoppedError
    assert (result.sent, result.in_doubt) == (20, 10)


def test_no_more_messages_are_in_doubt_than_were_left() -> None:
    result, error = delivered(*[Accepted("a")] * 20, ReadTimeoutError(endpoint_url="http://x"), total=23)

    assert error is AwsError
    assert (result.sent, result.in_doubt) == (20, 3)


def test_who_may_publish_is_explained_where_publishing_is_denied() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SendMessageBatch")

    with pytest.raises(OperatorError, match="settings name who may publish"):
        deliver(DRAFT, refuse_with(denied), SendResult(what="bookings", total=1), new_id=str, now=lambda: NOW)
    with pytest.raises(AwsError) as raised, aws_failures_as_sentences():
        raise denied

    assert "publish" not in str(raised.value)


def refuse_with(error: Exception) -> Publish:
    def publish(_entries: Iterable[Entry]) -> Iterator[Receipt]:
        yield from ()
        raise error

    return publish


def test_a_message_has_the_fields_of_its_draft() -> None:
    entry = Draft("booking.created", '{"companyId": "c-1"}', version=2).message("id-1", NOW)

    assert entry == Entry(body=entry.body, type="booking.created", source="taly.ops", group="c-1")
    assert json.loads(entry.body) == {
        "id": "id-1",
        "type": "booking.created",
        "version": 2,
        "timestamp": "2026-04-14T14:00:00.000Z",
        "attempts": 1,
        "source": "taly.ops",
        "payload": {"companyId": "c-1"},
    }
