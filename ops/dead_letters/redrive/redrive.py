"""Dead letters go back to the queue that they died on, with all their attempts before them.

Each is written into the audit log, then sent, then deleted: whatever ends it midway, a letter is in the queue, in the
dead-letter queue, or in both with one id, and then a job is done once. What it carries goes with it, so that its story
goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

from ops.dead_letters.audit_log import Audit
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import DeadLetterQueue, Lease
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.sample import SampleMonitor, SampleOutcome, Sent
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.terminal.progress import Progress, unseen
from publishing.batches import MAX_ENTRIES, batches
from schemas.attempts import body_of_attempt
from schemas.reasons import OperatorAction

_MOST_BYTES = 1_048_576
"""SQS's limit for a message, and for all messages of a SendMessageBatch: bodies and attributes together."""


@dataclass
class RedriveResult:
    """What became of them; true however it ends."""

    finished: bool = False
    """Whether all was done that was to be; not where AWS or a signal ended it."""

    chosen: int = 0
    sent: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Why letters were left where they were, by the SQS message id."""

    doubled: set[str] = field(default_factory=set)
    """SQS message ids of letters that were sent, and lie in the dead-letter queue all the same."""

    in_doubt: int = 0
    """So many at most were on their way when it ended."""

    sample: tuple[SampleOutcome, ...] = ()
    """What became of those that were sent first."""

    sample_unsent: int = 0
    """So many were to be sent first, and were not."""

    @property
    def sample_failed(self) -> bool:
        """Whether the first ones were not all sent or did not do well, and so the rest was not sent."""
        return self.sample_unsent > 0 or any(not verdict.well for verdict in self.sample)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A few are sent first."""

    size: int
    outcomes: SampleMonitor
    watching: Callable[[], None] = lambda: None
    """Told when they are sent, and waited for."""


class Redrive:
    """From one dead-letter queue to one queue."""

    def __init__(  # noqa: PLR0913 all by keyword but the client
        self,
        sqs: Any,
        *,
        letters: DeadLetterQueue,
        queue_url: str,
        as_it_came: bool,
        audit: Audit,
        pace: RateLimiter | None = None,
        sending: Progress = unseen,
    ) -> None:
        """Send letters back.

        Args:
            sqs: the client.
            letters: where they lie.
            queue_url: where they go.
            as_it_came: whether bodies stay as they are: the ingress counts attempts of its own.
            audit: is told of each before it is sent.
            pace: how fast; None for as fast as it goes.
            sending: is told how many are sent, each time that some were. What it raises ends the run between two calls.
        """
        self._sqs = sqs
        self._letters = letters
        self._queue_url = queue_url
        self._as_it_came = as_it_came
        self._audit = audit
        self._pace = pace
        self._sending = sending

    def run(
        self,
        wanted: Callable[[DeadLetter], bool],
        tally: RedriveResult,
        *,
        sample: Sample | None = None,
        progress: Progress = unseen,
    ) -> None:
        """Send those that are wanted. Where a sample fails again, the rest stays.

        Args:
            wanted: which.
            tally: is kept true.
            sample: how many go first, and who watches them; None: all at once.
            progress: is told how many have been seen.

        Raises:
            AwsError: SQS refuses.
            AuditError: it cannot be written down first.
        """
        with self._letters.take(wanted, progress=progress) as hand:
            tally.chosen = len(hand.letters)
            letters = self._sendable(hand.letters, tally)
            if sample:
                letters = _mixed(letters)
                first, letters = letters[: sample.size], letters[sample.size :]
                self._try(hand, first, tally, sample)
            if not tally.sample_failed:
                self._send_all(hand, letters, tally)
        tally.finished = True

    def _try(self, hand: Lease, first: Sequence[DeadLetter], tally: RedriveResult, sample: Sample) -> None:
        """Send the first ones, and see what becomes of them."""
        since = self._audit.now()
        sent = self._send_all(hand, first, tally)
        tally.sample_unsent = len(first) - len(sent)
        if sent:
            sample.watching()
            tally.sample = sample.outcomes.watch(sent, since, meanwhile=hand.keep)

    def _sendable(self, letters: Sequence[DeadLetter], tally: RedriveResult) -> list[DeadLetter]:
        sendable: list[DeadLetter] = []
        for letter in letters:
            if self._body(letter) is None:
                tally.left[letter.sqs_message_id] = "its body is no message: its sender must mend it"
            elif self._size(letter) > _MOST_BYTES:
                tally.left[letter.sqs_message_id] = (
                    f"with its attributes it is larger than the {_MOST_BYTES:,} bytes that SQS takes: its sender must "
                    "send it anew, smaller"
                )
            else:
                sendable.append(letter)
        return sendable

    def _send_all(self, hand: Lease, letters: Sequence[DeadLetter], tally: RedriveResult) -> list[Sent]:
        sent: list[Sent] = []
        count = self._pace.batch_size(MAX_ENTRIES) if self._pace else MAX_ENTRIES
        for batch in batches(letters, count, size=self._size, limit=_MOST_BYTES):
            if self._pace:
                self._pace.wait(len(batch), meanwhile=hand.keep)
            hand.keep()
            ours = [letter for letter in batch if hand.holds(letter)]
            gone = [letter for letter in batch if not hand.holds(letter)]
            tally.left |= {letter.sqs_message_id: "somebody else took it in hand meanwhile" for letter in gone}
            if ours:
                sent += self._send(hand, ours, tally)
                self._sending(tally.sent)
        return sent

    def _send(self, hand: Lease, letters: Sequence[DeadLetter], tally: RedriveResult) -> list[Sent]:
        self._audit.write(OperatorAction.REDRIVEN, letters)
        tally.in_doubt = len(letters)
        with aws_failures_as_sentences():
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[{**self._entry(letter), "Id": str(number)} for number, letter in enumerate(letters)],
            )
        tally.in_doubt = 0
        sent = [Sent(letters[int(each["Id"])], each["MessageId"]) for each in answer.get("Successful", ())]
        tally.sent += len(sent)
        ids = {each.letter.sqs_message_id for each in sent}
        tally.doubled |= ids
        tally.doubled -= ids - hand.delete([each.letter for each in sent]).keys()
        if refused := [(letters[int(failed["Id"])], failed["Code"]) for failed in answer.get("Failed", ())]:
            tally.left |= {letter.sqs_message_id: f"SQS did not take it: {code}" for letter, code in refused}
            self._audit.write("redrive_refused", [letter for letter, _ in refused])
        return sent

    def _entry(self, letter: DeadLetter) -> dict[str, Any]:
        entry: dict[str, Any] = {"MessageBody": self._body(letter)}
        if letter.attributes:
            entry["MessageAttributes"] = _attributes(letter)
        if letter.group:
            entry["MessageGroupId"] = letter.group
        return entry

    def _body(self, letter: DeadLetter) -> str | None:
        """As it is sent; None where it is no message."""
        if self._as_it_came:
            return letter.body
        try:
            return body_of_attempt(letter.body, 1)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def _size(self, letter: DeadLetter) -> int:
        """Bytes of what is sent, as SQS counts them."""
        attributes = sum(
            len(name.encode()) + sum(len(part.encode() if isinstance(part, str) else part) for part in value.values())
            for name, value in _attributes(letter).items()
        )
        return len((self._body(letter) or "").encode(errors="surrogatepass")) + attributes


def _mixed(letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Of each cause one after the other, so that the first few are of as many causes as there are."""
    by_cause: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        by_cause.setdefault((letter.reason, letter.fingerprint), []).append(letter)
    return [letter for letter in chain.from_iterable(zip_longest(*by_cause.values())) if letter]


def _attributes(letter: DeadLetter) -> dict[str, Any]:
    """Attributes as SQS takes them: what it gives has empty lists that it does not take."""
    kept = ("DataType", "StringValue", "BinaryValue")
    return {name: {key: value[key] for key in kept if key in value} for name, value in letter.attributes.items()}
