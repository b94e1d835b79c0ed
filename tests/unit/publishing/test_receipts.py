"""Publishing many messages: each is accepted or refused, and refused ones can be sent again."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from publishing import Accepted, BusDoor, Entry, QueueDoor, Receipts, Refused, publish
from schemas.names import event_bus_name_parameter, ingress_queue_url_parameter
from tests.fakes.service import client_error

BUSY = Refused("InternalFailure", "try again")


def entries(count: int) -> list[Entry]:
    return [Entry(f'{{"n":{number}}}', "booking.created", "taly.backend", id=f"id-{number}") for number in range(count)]


@dataclass
class Door:
    """A door that refuses given ids and raises an error at a given id."""

    refuses: set[str] = field(default_factory=set)
    fails_at: str = ""
    error: Exception = field(default_factory=lambda: client_error("AccessDenied"))
    accepted: list[Entry] = field(default_factory=list)

    def publish(self, entries: Iterable[Entry]) -> Iterator[Accepted | Refused]:
        for entry in entries:
            if entry.id == self.fails_at:
                raise self.error
            if entry.id in self.refuses:
                yield BUSY
            else:
                self.accepted.append(entry)
                yield Accepted(f"aws-{entry.id}")


def ids(receipts: Receipts) -> tuple[list[str], list[str]]:
    return [entry.id for entry, _ in receipts.accepted], [entry.id for entry, _ in receipts.refused]


def test_each_message_is_accepted_or_refused() -> None:
    receipts = publish(entries(3), Door(refuses={"id-1"}))

    assert ids(receipts) == (["id-0", "id-2"], ["id-1"])
    assert receipts.accepted[1][1] == Accepted("aws-id-2")
    assert receipts.refused[0][1] == BUSY


def test_refused_messages_are_sent_again_unchanged() -> None:
    first = publish(entries(3), Door(refuses={"id-1"}))
    door = Door()

    second = publish(first.to_send_again, door)

    assert door.accepted == [entries(3)[1]]
    assert second.to_send_again == ()


def test_receipts_before_a_failed_call_are_kept() -> None:
    receipts = publish(entries(5), Door(refuses={"id-0"}, fails_at="id-2"))

    assert ids(receipts) == (["id-1"], ["id-0", "id-2", "id-3", "id-4"])
    assert [refused.code for _, refused in receipts.refused] == ["InternalFailure", *["AccessDenied"] * 3]


def test_messages_of_a_call_without_response_are_unanswered() -> None:
    receipts = publish(entries(2), Door(fails_at="id-1", error=ReadTimeoutError(endpoint_url="https://sqs.test")))

    ((_, refused),) = receipts.refused
    assert refused.code == "Unanswered"
    assert "ReadTimeoutError" in refused.detail


def test_no_messages_give_no_receipts() -> None:
    assert publish([], Door(fails_at="id-0")) == Receipts((), ())


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """An in-memory account with stage `dev`."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        session = boto3.Session(region_name="eu-west-1")
        url = session.client("sqs").create_queue(QueueName="ingress")["QueueUrl"]
        session.client("events").create_event_bus(Name="taly-bus")
        ssm = session.client("ssm")
        ssm.put_parameter(Name=ingress_queue_url_parameter("dev"), Value=url, Type="String")
        ssm.put_parameter(Name=event_bus_name_parameter("dev"), Value="taly-bus", Type="String")
        yield session


def test_a_stages_doors_are_found_by_its_parameters(session: boto3.Session) -> None:
    queue, bus = QueueDoor.of_stage("dev", session), BusDoor.of_stage("dev", session)

    by_queue, by_bus = publish(entries(11), queue), publish(entries(11), bus)

    assert (len(by_queue.accepted), len(by_bus.accepted)) == (11, 11)
    arrived = queue.sqs.receive_message(QueueUrl=queue.queue_url)["Messages"]
    assert json.loads(arrived[0]["Body"])["n"] in range(11)


def test_a_stage_that_is_not_deployed_raises_parameter_not_found(session: boto3.Session) -> None:
    with pytest.raises(session.client("ssm").exceptions.ParameterNotFound):
        QueueDoor.of_stage("prod", session)
