"""Handing over many: each message is taken or refused, and what was refused can be sent again as it was."""

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
    """Refuses what it is told to refuse, and fails as a whole where it is told to."""

    refuses: set[str] = field(default_factory=set)
    fails_at: str = ""
    error: Exception = field(default_factory=lambda: client_error("AccessDenied"))
    taken: list[Entry] = field(default_factory=list)

    def publish(self, entries: Iterable[Entry]) -> Iterator[Accepted | Refused]:
        for entry in entries:
            if entry.id == self.fails_at:
                raise self.error
            if entry.id in self.refuses:
                yield BUSY
            else:
                self.taken.append(entry)
                yield Accepted(f"aws-{entry.id}")


def ids(receipts: Receipts) -> tuple[list[str], list[str]]:
    return [entry.id for entry, _ in receipts.accepted], [entry.id for entry, _ in receipts.refused]


def test_each_message_is_taken_or_refused() -> None:
    receipts = publish(entries(3), Door(refuses={"id-1"}))

    assert ids(receipts) == (["id-0", "id-2"], ["id-1"])
    assert receipts.accepted[1][1] == Accepted("aws-id-2")
    assert receipts.refused[0][1] == BUSY


def test_what_was_refused_is_sent_again_as_it_was() -> None:
    first = publish(entries(3), Door(refuses={"id-1"}))
    door = Door()

    second = publish(first.to_send_again, door)

    assert door.taken == [entries(3)[1]]
    assert second.to_send_again == ()


def test_a_call_that_fails_costs_nobody_the_receipts_of_those_before() -> None:
    receipts = publish(entries(5), Door(refuses={"id-0"}, fails_at="id-2"))

    assert ids(receipts) == (["id-1"], ["id-0", "id-2", "id-3", "id-4"])
    assert [refused.code for _, refused in receipts.refused] == ["InternalFailure", *["AccessDenied"] * 3]


def test_a_call_that_is_not_answered_leaves_its_messages_in_doubt() -> None:
    receipts = publish(entries(2), Door(fails_at="id-1", error=ReadTimeoutError(endpoint_url="https://sqs.test")))

    ((_, refused),) = receipts.refused
    assert refused.code == "Unanswered"
    assert "ReadTimeoutError" in refused.detail


def test_nothing_to_hand_over_is_no_receipt() -> None:
    assert publish([], Door(fails_at="id-0")) == Receipts((), ())


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """An account, in memory, that has a stage `dev`."""
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


def test_the_doors_of_a_stage_are_found_by_its_parameters(session: boto3.Session) -> None:
    queue, bus = QueueDoor.of_stage("dev", session), BusDoor.of_stage("dev", session)

    by_queue, by_bus = publish(entries(11), queue), publish(entries(11), bus)

    assert (len(by_queue.accepted), len(by_bus.accepted)) == (11, 11)
    arrived = queue.sqs.receive_message(QueueUrl=queue.queue_url)["Messages"]
    assert json.loads(arrived[0]["Body"])["n"] in range(11)


def test_a_stage_that_is_not_deployed_there_is_boto3_s_own_error(session: boto3.Session) -> None:
    with pytest.raises(session.client("ssm").exceptions.ParameterNotFound):
        QueueDoor.of_stage("prod", session)
