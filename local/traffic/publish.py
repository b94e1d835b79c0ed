"""Handing messages over as a producer does: ten a call, by SQS or by EventBridge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from local.stage import LocalStage
from local.traffic.publication import SOURCE, Publication, PublicationDoor
from publishing import doors as publisher
from publishing.batches import batches


@dataclass(frozen=True, slots=True)
class AcceptedPublication:
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


def publish(stage: LocalStage, publications: Sequence[Publication]) -> Iterator[list[AcceptedPublication]]:
    """Hand over the messages of both doors in turn, ten a call; yields what each call handed over.

    Raises:
        NotAcceptedError: an entry was refused.
    """
    by_queue = publisher.QueueDoor(stage.endpoint.sqs, stage.deployed.ingress_queue_url)
    by_bus = publisher.BusDoor(stage.endpoint.events, stage.deployed.event_bus_name)
    queued = [item for item in publications if item.door is PublicationDoor.QUEUE]
    put = [item for item in publications if item.door is PublicationDoor.BUS]
    for send, tell in zip_longest(batches(queued), batches(put), fillvalue=()):
        for batch, door in ((send, by_queue), (tell, by_bus)):
            if batch:
                receipts = door.publish(_entry(item) for item in batch)
                yield [_accepted(item, receipt) for item, receipt in zip(batch, receipts, strict=True)]


def _entry(item: Publication) -> publisher.Entry:
    return publisher.Entry(item.body, item.type, SOURCE, group=item.company_id)


def _accepted(item: Publication, receipt: publisher.Receipt) -> AcceptedPublication:
    if isinstance(receipt, publisher.Refused):
        raise NotAcceptedError(f"AWS refused {item.id or item.body}: {receipt.code} {receipt.detail}")
    return AcceptedPublication(item, receipt.aws_id if item.door is PublicationDoor.QUEUE else "")
