"""`redrive`: dead letters go back to the queue that they died on, with all their attempts before them.

Each is sent first and deleted then: whatever ends it midway, a letter is in the queue, in the dead-letter queue, or in
both with one id, and then a job is done once. What it carries goes with it, so that its story goes on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from ops.aws_failures import aws_failures_as_sentences
from ops.console import console
from ops.dead_letters import DeadLetterQueue, Letter
from ops.deployed import deployed
from ops.failures import OperatorError
from ops.printable import printable
from schemas.attempts import body_of_attempt
from schemas.catalogue import BY_NAME
from schemas.names import QUEUE_PROCESSOR, MessagingOutput

_MOST = 10
_MOST_BYTES = 900_000
"""Of bodies a call; SQS takes 1 MiB with the attributes."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which letters, and where."""

    service: str
    """A type, or `queue_processor` for what the ingress refused."""

    fingerprint: str = ""
    """Only those that died of this cause."""

    stage: str = "local"
    dry_run: bool = False


@dataclass
class Tally:
    """What became of them."""

    chosen: int = 0
    sent: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Why letters were left where they were, by the SQS message id."""


class Redrive:
    """From one dead-letter queue to one queue."""

    def __init__(self, sqs: Any, *, letters: DeadLetterQueue, queue_url: str, as_it_came: bool) -> None:  # noqa: ANN401 boto3's
        """Send letters back.

        Args:
            sqs: the client.
            letters: where they lie.
            queue_url: where they go.
            as_it_came: whether bodies stay as they are: the ingress counts attempts of its own.
        """
        self._sqs = sqs
        self._letters = letters
        self._queue_url = queue_url
        self._as_it_came = as_it_came

    def run(self, fingerprint: str, tally: Tally, *, dry_run: bool = False) -> None:
        """Send those of a cause, or all for an empty fingerprint; the tally is true however it ends.

        Raises:
            AwsError: SQS refuses.
        """
        wanted = self._letters.take(lambda letter: not fingerprint or letter.fingerprint == fingerprint)
        kept: dict[str, str] = {}
        try:
            for batch in _batches(wanted):
                tally.chosen += len(batch)
                kept |= {letter.sqs_message_id: letter.handle for letter in batch}
                for letter in () if dry_run else self._send(batch, tally):
                    del kept[letter.sqs_message_id]
        finally:
            self._letters.put_back(list(kept.values()))

    def _send(self, batch: Sequence[Letter], tally: Tally) -> Sequence[Letter]:
        """Send back what can be; gives what was, and lies in the dead-letter queue no more."""
        entries = [(letter, entry) for letter in batch if (entry := self._entry(letter, tally))]
        if not entries:
            return ()
        with aws_failures_as_sentences():
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[{**entry, "Id": str(number)} for number, (_, entry) in enumerate(entries)],
            )
        refused = {int(failed["Id"]): failed["Code"] for failed in answer.get("Failed", ())}
        taken = [letter for number, (letter, _) in enumerate(entries) if number not in refused]
        self._letters.delete(taken)
        tally.sent += len(taken)
        for number, code in refused.items():
            tally.left[entries[number][0].sqs_message_id] = f"SQS did not take it: {code}"
        return taken

    def _entry(self, letter: Letter, tally: Tally) -> Mapping[str, Any] | None:
        try:
            body = letter.body if self._as_it_came else body_of_attempt(letter.body, 1)
        except (ValueError, KeyError, TypeError, RecursionError):
            tally.left[letter.sqs_message_id] = "its body is no message: its sender must mend it"
            return None
        entry: dict[str, Any] = {"MessageBody": body}
        if letter.attributes:
            entry["MessageAttributes"] = _sendable(letter.attributes)
        if letter.group:
            entry["MessageGroupId"] = letter.group
        return entry


def redrive(request: Request) -> bool:
    """Send dead letters back; whether all that were chosen were.

    Raises:
        OperatorError: there is no such type or stage, or AWS refuses.
    """
    queue, dead_letters = _outputs(request.service)
    stage = deployed(request.stage)
    sqs = stage.client("sqs")
    letters = DeadLetterQueue(sqs, stage.output("Messaging", dead_letters))
    run = Redrive(
        sqs,
        letters=letters,
        queue_url=stage.output("Messaging", queue),
        as_it_came=request.service == QUEUE_PROCESSOR,
    )
    tally = Tally()
    try:
        with console.status(f"Redrive dead letters of {printable(request.service)} …"):
            run.run(request.fingerprint, tally, dry_run=request.dry_run)
    finally:
        _show(request, tally)
    return request.dry_run or not tally.left


def _outputs(service: str) -> tuple[str, str]:
    """The keys of the outputs that name a service's queue and dead-letter queue."""
    if service == QUEUE_PROCESSOR:
        return MessagingOutput.INGRESS_QUEUE_URL, MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL
    if service not in BY_NAME:
        raise OperatorError(
            f"there is no type {printable(service)}: give one of {', '.join([QUEUE_PROCESSOR, *BY_NAME])}"
        )
    construct_id = BY_NAME[service].construct_id
    return MessagingOutput.queue_url(construct_id), MessagingOutput.dead_letter_queue_url(construct_id)


def _show(request: Request, tally: Tally) -> None:
    cause = f" of cause {printable(request.fingerprint)}" if request.fingerprint else ""
    what = f"dead letters of {printable(request.service)}{cause} in stage {request.stage}"
    if request.dry_run:
        console.print(f"{tally.chosen:,} {what} would be sent back", soft_wrap=True)
        return
    mark = ("✗ ", "red") if tally.left else ("✓ ", "green")
    console.print(Text.assemble(mark, f"{tally.sent:,} of {tally.chosen:,} {what} were sent back"), soft_wrap=True)
    for sqs_message_id, why in tally.left.items():
        console.print(Text(f"  {sqs_message_id} was left: {printable(why)}"), soft_wrap=True)


def _batches(letters: Iterable[Letter]) -> Iterator[Sequence[Letter]]:
    """As many a call as SQS takes."""
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        more = len(letter.body.encode(errors="surrogatepass"))
        if batch and (len(batch) == _MOST or size + more > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += more
    if batch:
        yield batch


def _sendable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as SQS takes them: what it gives has empty lists that it does not take."""
    kept = ("DataType", "StringValue", "BinaryValue")
    return {name: {key: value[key] for key in kept if key in value} for name, value in attributes.items()}
