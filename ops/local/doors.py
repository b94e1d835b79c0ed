"""Handing messages over as a producer does: ten a call, by SQS or by EventBridge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from ops.local.local_stage import LocalStage
from ops.local.traffic import SOURCE, Door, Publication

_ENTRIES = 10
"""A call (SQS SendMessageBatch, EventBridge PutEvents)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that AWS took over."""

    publication: Publication
    sqs_message_id: str = ""
    """What SQS named it; the bus names none that is found again."""

    @property
    def id(self) -> str:
        """What it is accounted by: its own id, or SQS's where it has none."""
        return self.publication.id or self.sqs_message_id


class NotAcceptedError(Exception):
    """AWS took some entries of a call and refused others."""


def publish(stage: LocalStage, publications: Sequence[Publication]) -> Iterator[list[Accepted]]:
    """Hand over the messages of both doors in turn, ten a call; yields what each call handed over.

    Raises:
        NotAcceptedError: an entry was refused.
    """
    by_door = {door: list(_tens([item for item in publications if item.door is door])) for door in Door}
    for turn in range(max(map(len, by_door.values()), default=0)):
        for door, send in ((Door.QUEUE, _send), (Door.BUS, _put)):
            if turn < len(by_door[door]):
                yield send(stage, by_door[door][turn])


def _send(stage: LocalStage, publications: Sequence[Publication]) -> list[Accepted]:
    answer = stage.endpoint.sqs.send_message_batch(
        QueueUrl=stage.deployed.ingress_queue_url,
        Entries=[
            {"Id": str(index), "MessageBody": item.body, "MessageGroupId": item.company_id}
            for index, item in enumerate(publications)
        ],
    )
    if answer.get("Failed"):
        raise NotAcceptedError(f"SQS refused {answer['Failed']}")
    return [Accepted(publications[int(entry["Id"])], entry["MessageId"]) for entry in answer["Successful"]]


def _put(stage: LocalStage, publications: Sequence[Publication]) -> list[Accepted]:
    answer = stage.endpoint.events.put_events(
        Entries=[
            {
                "EventBusName": stage.deployed.event_bus_name,
                "Source": SOURCE,
                "DetailType": item.type,
                "Detail": item.body,
            }
            for item in publications
        ]
    )
    if answer["FailedEntryCount"]:
        raise NotAcceptedError(f"EventBridge refused {[entry for entry in answer['Entries'] if 'ErrorCode' in entry]}")
    return [Accepted(item) for item in publications]


def _tens(items: Sequence[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, _ENTRIES)):
        yield batch
