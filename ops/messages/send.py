"""Sending messages to a stage by hand, as a producer sends them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import tee
from uuid import uuid4

from rich.progress import track
from rich.text import Text

from ops.messages.drafts import Draft, draft
from ops.messages.validate import show_refusal
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import DeployedStage
from ops.stage.door import open_door
from ops.stage.options import Via
from ops.terminal.errors import OperatorError
from ops.terminal.input import read
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import console, printable
from publishing.batches import MAX_ENTRIES
from publishing.doors import Accepted, Entry, Receipt

_IDS_SHOWN = 5
_WITHOUT_PROGRESS = 10

Publish = Callable[[Iterable[Entry]], Iterator[Receipt]]


@dataclass(frozen=True, kw_only=True)
class SendRequest:
    """Which messages to send, and by which door."""

    type_name: str
    payload: str | None = None
    """A file, `-` for standard input, None for the contract's example."""

    via: Via = Via.SQS
    count: int = 1
    checked: bool = True
    """Whether a message that the contract refuses is refused here, before anything is sent."""


def send(stage: DeployedStage, request: SendRequest) -> bool:
    """Send messages of one type; says whether all were accepted. The result is printed even after a failure.

    Raises:
        OperatorError: nothing was sent, or not all.
    """
    payload = None if request.payload is None else read(request.payload)
    drafted = draft(request.type_name, payload, checked=request.checked)
    if request.checked and (refused := drafted.refusal(_new_id(), _now())):
        show_refusal(refused)
        console.print("Nothing was sent.")
        return False
    door = open_door(stage, request.via)
    where = f"the {request.via.door} of stage {stage.name}"
    result = SendResult(what=f"{request.type_name} to {where}", total=request.count)
    try:
        deliver(drafted, door.publish, result, new_id=_new_id, now=_now)
    finally:
        _show(result)
    return result.sent == result.total


@dataclass
class SendResult:
    """The result of a `send`."""

    what: str
    total: int
    sent: int = 0
    first_ids: list[str] = field(default_factory=list)
    """The ids of the first messages that were sent."""

    refusals: Counter[str] = field(default_factory=Counter)
    """Number of refused messages by AWS's code and text."""

    in_doubt: int = 0
    """Maximum number of messages in a call that was not answered: they may have been accepted."""

    def count(self, message_id: str, receipt: Receipt) -> None:
        """Count the receipt of one message."""
        if isinstance(receipt, Accepted):
            self.sent += 1
            if len(self.first_ids) < _IDS_SHOWN:
                self.first_ids.append(message_id)
        else:
            self.refusals[f"{receipt.code}: {receipt.detail}" if receipt.detail else receipt.code] += 1

    def doubt_the_next_call(self) -> None:
        """Count the messages of a call that was not answered as in doubt."""
        self.in_doubt = min(MAX_ENTRIES, self.total - self.sent - self.refusals.total())


def deliver(
    drafted: Draft, publish: Publish, result: SendResult, *, new_id: Callable[[], str], now: Callable[[], datetime]
) -> None:
    """Publish messages of a draft, and count each receipt, also those before a failure.

    Raises:
        OperatorError: a call failed as a whole, and no further one was made.
    """
    ids, counted = tee(new_id() for _ in range(result.total))
    receipts = zip(counted, publish(drafted.message(each, now()) for each in ids), strict=True)
    try:
        with aws_failures_as_sentences():
            for message_id, receipt in _with_progress(receipts, result.total):
                result.count(message_id, receipt)
    except AwsError as error:
        if not error.answered:
            result.doubt_the_next_call()
        if error.denied:
            raise OperatorError(f"{error}. The stage's settings name who may publish") from None
        raise
    except StoppedError:
        result.doubt_the_next_call()
        raise


def _with_progress(receipts: Iterable[tuple[str, Receipt]], total: int) -> Iterable[tuple[str, Receipt]]:
    """Show a progress bar on a terminal, if there are many messages."""
    if total <= _WITHOUT_PROGRESS or not console.is_terminal:
        return receipts
    return track(receipts, "Send", total=total, console=console, transient=True)


def _show(result: SendResult) -> None:
    mark = ("✓ ", "green") if result.sent == result.total else ("✗ ", "red")
    console.print(
        Text.assemble(mark, f"{result.sent:,} of {result.total:,} sent: {printable(result.what)}"), soft_wrap=True
    )
    for code, number in result.refusals.most_common():
        console.print(Text(f"  {number:,} refused: {printable(code)}"), soft_wrap=True)
    if result.in_doubt:
        console.print(f"  up to {result.in_doubt} more were on their way: they may or may not have been accepted")
    for message_id in result.first_ids:
        console.print(f"  id {message_id}", soft_wrap=True)
    if (more := result.sent - len(result.first_ids)) > 0:
        console.print(f"  and {more:,} more")


def _new_id() -> str:
    return str(uuid4())


def _now() -> datetime:
    return datetime.now(UTC)
