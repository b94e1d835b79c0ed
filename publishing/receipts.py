"""Publish many messages; every message gets a receipt, whatever fails."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from publishing.doors import UNANSWERED, Accepted, Entry, Receipt, Refused


class Door(Protocol):
    """The interface of `QueueDoor` and `BusDoor`."""

    def publish(self, entries: Iterable[Entry], /) -> Iterator[Receipt]:
        """Publish messages; yields one receipt per message, in their order."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """The result of one `publish`: each message is either accepted or refused, in the original order."""

    accepted: tuple[tuple[Entry, Accepted], ...]
    """Messages that AWS has stored."""

    refused: tuple[tuple[Entry, Refused], ...]
    """Messages with AWS's error code and text. With the code `Unanswered`, AWS may have accepted the message."""

    @property
    def to_send_again(self) -> tuple[Entry, ...]:
        """The refused messages, unchanged. They keep their ids, so that an accepted one has no second effect."""
        return tuple(entry for entry, _ in self.refused)


def publish(messages: Iterable[Entry], door: Door) -> Receipts:
    """Publish messages, up to ten and less than 1 MiB a call.

    Errors of AWS are not raised. A call that fails as a whole is the last one: its messages and all later ones are
    refused with its code. By then boto3 has retried it, as the client's `Config` says.

    Args:
        messages: messages from `publishing.message`.
        door: the ingress queue or the event bus.
    """
    entries = list(messages)
    receipts: list[Receipt] = []
    try:
        for receipt in door.publish(entries):
            receipts.append(receipt)  # noqa: PERF402 receipts before a failure are kept
    except ClientError as error:
        failure = error.response.get("Error", {})
        receipts += _rest(entries, receipts, Refused(failure.get("Code", "Unknown"), failure.get("Message", "")))
    except (BotoCoreError, ResponseParserError) as error:
        receipts += _rest(entries, receipts, Refused(UNANSWERED, f"{type(error).__name__}: {error}"))
    pairs = list(zip(entries, receipts, strict=True))
    return Receipts(
        accepted=tuple((entry, receipt) for entry, receipt in pairs if isinstance(receipt, Accepted)),
        refused=tuple((entry, receipt) for entry, receipt in pairs if isinstance(receipt, Refused)),
    )


def _rest(entries: Sequence[Entry], receipts: Sequence[Receipt], failure: Refused) -> list[Refused]:
    return [failure] * (len(entries) - len(receipts))
