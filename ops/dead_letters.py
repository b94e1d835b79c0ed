"""A dead-letter queue in an operator's hands: letters are looked through, and those that are not wanted put back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.aws_failures import aws_failures_as_sentences
from schemas.claims import claims

_BATCH = 10
_HOLD_SECONDS = 120
"""How long a letter is hidden from others while it is in hand: thousands are looked through in less."""

_WAIT_SECONDS = 1
"""A short poll asks a part of SQS's servers alone, and may miss what lies there."""

_NOTHING_NEW = 3
"""Looks in a row that show nothing but what was seen, after which all has been: others may put back what they had."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter, in hand."""

    sqs_message_id: str
    handle: str
    body: str
    group: str | None
    attributes: Mapping[str, Any]
    """What it carries, as SQS has it: `reason`, `fingerprint`, `biography`, or what its producer gave."""

    @property
    def id(self) -> str:
        """Its message id; empty where its body cannot be read."""
        return claims(self.body).id

    @property
    def fingerprint(self) -> str:
        """Of its cause; empty where SQS itself moved it."""
        return str(self.attributes.get("fingerprint", {}).get("StringValue", ""))


class DeadLetterQueue:
    """One queue."""

    def __init__(self, sqs: Any, url: str) -> None:  # noqa: ANN401 boto3 makes its clients at run time
        """Handle the queue at `url`."""
        self._sqs = sqs
        self.url = url

    def remove(self, message_id: str) -> bool:
        """Delete the letters with a message id; whether there was one.

        Raises:
            AwsError: SQS refuses.
        """
        found = list(self.take(lambda letter: letter.id == message_id))
        self.delete(found)
        return bool(found)

    def take(self, wanted: Callable[[Letter], bool]) -> Iterator[Letter]:
        """Go through all letters once; yields those that are wanted, hidden from others, and puts the rest back.

        Raises:
            AwsError: SQS refuses.
        """
        chosen: set[str] = set()
        others: dict[str, str] = {}
        looks = 0
        try:
            while looks < _NOTHING_NEW and (received := self._receive()):
                new = [letter for letter in received if letter.sqs_message_id not in chosen | others.keys()]
                looks = 0 if new else looks + 1
                others |= {each.sqs_message_id: each.handle for each in received if each.sqs_message_id not in chosen}
                for letter in filter(wanted, new):
                    del others[letter.sqs_message_id]
                    chosen.add(letter.sqs_message_id)
                    yield letter
        finally:
            self.put_back(list(others.values()))

    def delete(self, letters: Sequence[Letter]) -> None:
        """Take letters away for good.

        Raises:
            AwsError: SQS refuses.
        """
        with aws_failures_as_sentences():
            for batch in _batches([letter.handle for letter in letters]):
                self._sqs.delete_message_batch(QueueUrl=self.url, Entries=_entries(batch))

    def put_back(self, handles: Sequence[str]) -> None:
        """Let others see what was in hand.

        Raises:
            AwsError: SQS refuses.
        """
        with aws_failures_as_sentences():
            for batch in _batches(handles):
                entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(batch)]
                self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def _receive(self) -> list[Letter]:
        with aws_failures_as_sentences():
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["MessageGroupId"],
                VisibilityTimeout=_HOLD_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
            )
        return [_letter(message) for message in answer.get("Messages", ())]


def _letter(message: Mapping[str, Any]) -> Letter:
    return Letter(
        sqs_message_id=message["MessageId"],
        handle=message["ReceiptHandle"],
        body=message["Body"],
        group=message.get("Attributes", {}).get("MessageGroupId"),
        attributes=message.get("MessageAttributes", {}),
    )


def _entries(handles: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]


def _batches(handles: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(handles), _BATCH):
        yield handles[begin : begin + _BATCH]
