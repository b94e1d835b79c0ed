"""Dead letters go back to their queue: those that are chosen, each with its story, and nobody else's."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from ops.aws_failures import AwsError
from ops.dead_letters import DeadLetterQueue
from ops.redrive import Redrive, Tally
from tests.messages import COMPANY

CAUSE = "c83d68dfbef7"
OTHER_CAUSE = "0123456789ab"


class Queues:
    """A queue and its dead-letter queue, in memory."""

    def __init__(self) -> None:
        self.sqs: Any = boto3.client("sqs", region_name="eu-west-1")
        self.queue = self.sqs.create_queue(QueueName="queue")["QueueUrl"]
        self.dead_letters = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]

    def bury(self, number: int, cause: str = CAUSE, *, body: str | None = None) -> None:
        """Put a letter into the dead-letter queue, as a function does; an empty cause: as SQS itself does."""
        attributes = {"fingerprint": cause, "reason": "permanent", "biography": f'{{"id": "task-{number}"}}'}
        message = {"id": f"task-{number}", "type": "test.task", "attempts": 3, "payload": {"companyId": COMPANY}}
        self.sqs.send_message(
            QueueUrl=self.dead_letters,
            MessageBody=body or json.dumps(message),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if cause
            },
        )

    def redrive(self, cause: str = "", *, sqs: object = None, as_it_came: bool = False, dry_run: bool = False) -> Tally:
        tally = Tally()
        letters = DeadLetterQueue(sqs or self.sqs, self.dead_letters)
        run = Redrive(sqs or self.sqs, letters=letters, queue_url=self.queue, as_it_came=as_it_came)
        run.run(cause, tally, dry_run=dry_run)
        return tally

    def lying(self, url: str) -> list[dict[str, Any]]:
        """What is visible in a queue at once; it is hidden from then on."""
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            found += batch
        return found

    def in_hand(self) -> int:
        """How many dead letters are hidden, and will show themselves again."""
        attribute = "ApproximateNumberOfMessagesNotVisible"
        told = self.sqs.get_queue_attributes(QueueUrl=self.dead_letters, AttributeNames=[attribute])
        return int(told["Attributes"][attribute])

    def ids(self, url: str) -> list[str]:
        return sorted(json.loads(message["Body"])["id"] for message in self.lying(url))


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    monkeypatch.setattr("ops.dead_letters._WAIT_SECONDS", 0)
    with mock_aws():
        yield Queues()


def test_they_come_back_with_their_first_attempt_and_all_that_they_carry(queues: Queues) -> None:
    queues.bury(1)

    tally = queues.redrive()

    (message,) = queues.lying(queues.queue)
    body = json.loads(message["Body"])
    assert (tally.chosen, tally.sent, tally.left) == (1, 1, {})
    assert (body["id"], body["attempts"]) == ("task-1", 1)
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "fingerprint": CAUSE,
        "reason": "permanent",
        "biography": '{"id": "task-1"}',
    }
    assert queues.lying(queues.dead_letters) == []


def test_by_its_cause_the_others_stay_and_are_visible_at_once(queues: Queues) -> None:
    for number in range(40):
        queues.bury(number, CAUSE if number % 4 == 0 else OTHER_CAUSE)

    tally = queues.redrive(CAUSE)

    chosen = sorted(f"task-{number}" for number in range(0, 40, 4))
    assert (tally.chosen, tally.sent) == (10, 10)
    assert queues.ids(queues.queue) == chosen
    assert len(queues.ids(queues.dead_letters)) == 30


def test_a_dry_run_counts_and_leaves_all_of_them_visible(queues: Queues) -> None:
    for number in range(25):
        queues.bury(number)

    tally = queues.redrive(dry_run=True)

    assert (tally.chosen, tally.sent) == (25, 0)
    assert queues.ids(queues.queue) == []
    assert len(queues.ids(queues.dead_letters)) == 25


def test_one_that_sqs_itself_moved_goes_back_with_the_rest_but_belongs_to_no_cause(queues: Queues) -> None:
    queues.bury(1, "")

    assert queues.redrive(CAUSE).chosen == 0
    assert queues.redrive().sent == 1


def test_what_is_no_message_stays_and_is_named(queues: Queues) -> None:
    queues.bury(1, body="{broken")
    queues.bury(2)

    tally = queues.redrive()

    assert (tally.chosen, tally.sent) == (2, 1)
    assert list(tally.left.values()) == ["its body is no message: its sender must mend it"]
    assert [message["Body"] for message in queues.lying(queues.dead_letters)] == ["{broken"]


def test_to_the_ingress_it_goes_as_it_came(queues: Queues) -> None:
    queues.bury(1, body='{"attempts" :  2}')

    queues.redrive(as_it_came=True)

    assert [message["Body"] for message in queues.lying(queues.queue)] == ['{"attempts" :  2}']


class Failing:
    """SQS, of which one operation fails, before it is done or after."""

    def __init__(self, sqs: Any, operation: str, *, after: bool) -> None:
        self._sqs, self._operation, self._after = sqs, operation, after

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._sqs, name)
        return self._fail(call) if name == self._operation else call

    def _fail(self, call: Any) -> Any:
        def fail(**request: Any) -> None:
            if self._after:
                call(**request)
            raise EndpointConnectionError(endpoint_url="https://sqs.test")

        return fail


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("operation", ["send_message_batch", "delete_message_batch", "receive_message"])
def test_whatever_fails_each_letter_is_in_the_queue_or_in_the_dead_letter_queue_or_in_both(
    queues: Queues, operation: str, after: bool
) -> None:
    for number in range(15):
        queues.bury(number)

    with pytest.raises(AwsError):
        queues.redrive(sqs=Failing(queues.sqs, operation, after=after))

    everything = {f"task-{number}" for number in range(15)}
    in_hand = queues.in_hand()
    found = set(queues.ids(queues.queue)) | set(queues.ids(queues.dead_letters))
    assert len(everything - found) <= in_hand


def test_what_sqs_refuses_stays_where_it_was(queues: Queues) -> None:
    queues.bury(1)
    queues.bury(2)

    class Refusing(Failing):
        def _fail(self, call: Any) -> Any:
            def refuse(**request: Any) -> Any:
                first, *others = request["Entries"]
                call(**{**request, "Entries": others})
                return {"Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}

            return refuse

    tally = queues.redrive(sqs=Refusing(queues.sqs, "send_message_batch", after=False))

    assert (tally.chosen, tally.sent) == (2, 1)
    assert list(tally.left.values()) == ["SQS did not take it: InternalError"]
    assert len(queues.ids(queues.dead_letters)) == len(queues.ids(queues.queue)) == 1
