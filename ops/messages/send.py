"""`send`: messages to any stage, as a producer sends them."""

import os
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
from ops.stage.doors import StageDoors
from ops.stage.local import running
from ops.stage.via import Via
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
    """What to send, and where."""

    type_name: str
    payload: str | None = None
    """A file, `-` for standard input, None for the contract's example."""

    via: Via = Via.SQS
    count: int = 1
    stage: str = "local"
    profile: str | None = None
    region: str | None = None
    checked: bool = True
    """Whether what the contract refuses is refused here, before anything is sent."""


def send(request: SendRequest) -> bool:
    """Send messages of one type; whether all were taken. What was sent is shown, however it ends.

    Raises:
        OperatorError: nothing was sent, or not all.
    """
    payload = None if request.payload is None else read(request.payload)
    drafted = draft(request.type_name, payload, checked=request.checked)
    if request.checked and (refused := drafted.refusal(_new_id(), _now())):
        show_refusal(refused)
        console.print("Nothing was sent.")
        return False
    door = StageDoors(environment=os.environ, running=running).open(
        request.via, request.stage, profile=request.profile, region=request.region
    )
    where = f"the {request.via.door} of stage {request.stage}"
    tally = SendResult(what=f"{request.type_name} to {where}", total=request.count)
    try:
        deliver(drafted, door.publish, tally, new_id=_new_id, now=_now)
    finally:
        _show(tally)
    return tally.sent == tally.total


@dataclass
class SendResult:
    """What became of the messages of one sending."""

    what: str
    total: int
    sent: int = 0
    first_ids: list[str] = field(default_factory=list)
    """Of those that were sent."""

    refusals: Counter[str] = field(default_factory=Counter)
    """How many by the code and AWS's words."""

    in_doubt: int = 0
    """So many at most were on their way when it ended."""

    def count(self, message_id: str, receipt: Receipt) -> None:
        """Enter one receipt."""
        if isinstance(receipt, Accepted):
            self.sent += 1
            if len(self.first_ids) < _IDS_SHOWN:
                self.first_ids.append(message_id)
        else:
            self.refusals[f"{receipt.code}: {receipt.detail}" if receipt.detail else receipt.code] += 1

    def doubt_the_next_call(self) -> None:
        """Whatever was on its way may have been taken."""
        self.in_doubt = min(MAX_ENTRIES, self.total - self.sent - self.refusals.total())


def deliver(
    drafted: Draft, publish: Publish, tally: SendResult, *, new_id: Callable[[], str], now: Callable[[], datetime]
) -> None:
    """Publish messages of a draft, and enter what became of them, also of those before a failure.

    Raises:
        AwsError: a call failed as a whole, and no further one was made.
    """
    ids, accounted = tee(new_id() for _ in range(tally.total))
    receipts = zip(accounted, publish(drafted.message(each, now()) for each in ids), strict=True)
    try:
        with aws_failures_as_sentences():
            for message_id, receipt in _with_progress(receipts, tally.total):
                tally.count(message_id, receipt)
    except AwsError as error:
        if not error.answered:
            tally.doubt_the_next_call()
        raise
    except StoppedError:
        tally.doubt_the_next_call()
        raise


def _with_progress(receipts: Iterable[tuple[str, Receipt]], total: int) -> Iterable[tuple[str, Receipt]]:
    """Show a bar where there is a terminal and something to wait for."""
    if total <= _WITHOUT_PROGRESS or not console.is_terminal:
        return receipts
    return track(receipts, "Send", total=total, console=console, transient=True)


def _show(tally: SendResult) -> None:
    mark = ("✓ ", "green") if tally.sent == tally.total else ("✗ ", "red")
    console.print(
        Text.assemble(mark, f"{tally.sent:,} of {tally.total:,} sent: {printable(tally.what)}"), soft_wrap=True
    )
    for code, times in tally.refusals.most_common():
        console.print(Text(f"  {times:,} refused: {printable(code)}"), soft_wrap=True)
    if tally.in_doubt:
        console.print(f"  up to {tally.in_doubt} more were on their way: they may or may not have been taken")
    for message_id in tally.first_ids:
        console.print(f"  id {message_id}", soft_wrap=True)
    if (more := tally.sent - len(tally.first_ids)) > 0:
        console.print(f"  and {more:,} more")


def _new_id() -> str:
    return str(uuid4())


def _now() -> datetime:
    return datetime.now(UTC)
