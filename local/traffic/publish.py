"""Publish messages as a producer does, by SQS or EventBridge, ten in each call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from local.stage import LocalStage
from local.traffic.publication import SOURCE, Publication, PublicationDoor
from ops.conserve.message_key import MessageKey
from publishing import doors as publisher
from publishing.batches import batches


@dataclass(frozen=True, slots=True)
class AcceptedPublication:
    """A message that AWS accepted."""

    publication: Publication
    sqs_message_id: str = ""
    """The SQS message id; empty for a message published to the bus."""

    @property
    def id(self) -> str:
        """The id in the records: the message's id, or the SQS message id if it has none."""
        return self.publication.id or self.sqs_message_id

    @property
    def key(self) -> MessageKey:
        """Type, tenant and id in the records."""
        return MessageKey.of_body(self.publication.body, self.sqs_message_id)


class NotAcceptedError(Exception):
    """AWS refused an entry of a call."""


def publish(stage: LocalStage, publications: Sequence[Publication]) -> Iterator[list[AcceptedPublication]]:
    """Publish to the queue and the bus in turn, ten messages in each call; yields the accepted messages of each call.

    Raises:
        NotAcceptedError: an entry was refused.
    """
    queue = publisher.QueueDoor(stage.endpoint.sqs, stage.deployed.ingress_queue_url)
    bus = publisher.BusDoor(stage.endpoint.events, stage.deployed.event_bus_name)
    for_queue = [item for item in publications if item.door is PublicationDoor.QUEUE]
    for_bus = [item for item in publications if item.door is PublicationDoor.BUS]
    for to_queue, to_bus in zip_longest(batches(for_queue), batches(for_bus), fillvalue=()):
        for batch, door in ((to_queue, queue), (to_bus, bus)):
            if batch:
                receipts = door.publish(_entry(item) for item in batch)
                yield [_accepted(item, receipt) for item, receipt in zip(batch, receipts, strict=True)]


def _entry(item: Publication) -> publisher.Entry:
    return publisher.Entry(item.body, item.type, SOURCE, group=item.company_id)


def _accepted(item: Publication, receipt: publisher.Receipt) -> AcceptedPublication:
    if isinstance(receipt, publisher.Refused):
        raise NotAcceptedError(f"AWS refused {item.id or item.body}: {receipt.code} {receipt.detail}")
    return AcceptedPublication(item, receipt.aws_id if item.door is PublicationDoor.QUEUE else "")
