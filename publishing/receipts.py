"""Handing over many messages: whatever happens, each of them is accounted for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from publishing.doors import UNANSWERED, Accepted, Entry, Receipt, Refused


class Door(Protocol):
    """What takes messages: a `QueueDoor` or a `BusDoor`."""

    def publish(self, entries: Iterable[Entry], /) -> Iterator[Receipt]:
        """Hand over, one receipt a message, in their order."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """What became of the messages of one `publish`: each is in one of the two, in the order in which they came."""

    taken: tuple[tuple[Entry, Accepted], ...]
    """These are on their way, and are not lost any more."""

    refused: tuple[tuple[Entry, Refused], ...]
    """These are not, each with AWS's code and words. Where the code is `Unanswered`, nobody knows."""

    @property
    def to_send_again(self) -> tuple[Entry, ...]:
        """What was refused, as it was: with the same id, so that what was taken unseen is still done once."""
        return tuple(entry for entry, _ in self.refused)


def publish(messages: Iterable[Entry], door: Door) -> Receipts:
    """Hand over messages, ten and less than 1 MiB a call.

    Raises nothing of AWS's. A call that fails as a whole is the last one: its messages and all behind them are
    refused with its code. boto3 has tried it several times by then, as the client's `Config` says.

    Args:
        messages: what `publishing.message` made.
        door: where to.
    """
    entries = list(messages)
    receipts: list[Receipt] = []
    try:
        for receipt in door.publish(entries):
            receipts.append(receipt)  # noqa: PERF402 what came before a failure is kept
    except ClientError as error:
        told = error.response.get("Error", {})
        receipts += _rest(entries, receipts, Refused(told.get("Code", "Unknown"), told.get("Message", "")))
    except (BotoCoreError, ResponseParserError) as error:
        receipts += _rest(entries, receipts, Refused(UNANSWERED, f"{type(error).__name__}: {error}"))
    pairs = list(zip(entries, receipts, strict=True))
    return Receipts(
        taken=tuple((entry, receipt) for entry, receipt in pairs if isinstance(receipt, Accepted)),
        refused=tuple((entry, receipt) for entry, receipt in pairs if isinstance(receipt, Refused)),
    )


def _rest(entries: Sequence[Entry], receipts: Sequence[Receipt], failure: Refused) -> list[Refused]:
    return [failure] * (len(entries) - len(receipts))
