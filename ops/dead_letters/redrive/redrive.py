"""Send dead letters back to the queue that they came from: as attempt 1, with all their attributes.

Each dead letter is written to the audit log, then sent, then deleted. So an interruption leaves it in the queue, in the
dead-letter queue, or in both under one id; jobs are idempotent by id. The failure history is one of the attributes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import DeadLetterQueue, Lease
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.dead_letters.redrive.sample import RedrivenMessage, SampleMonitor, SampleOutcome
from ops.stage.audit_log import Audit
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.terminal.progress import Progress, unseen
from publishing.batches import MAX_ENTRIES, batches
from schemas.attempts import body_of_attempt
from schemas.names import SINCE_ATTRIBUTE
from schemas.reasons import OperatorAction

_MAX_BYTES = 1_048_576
"""SQS's limit for a message, and for all messages of a SendMessageBatch: bodies and attributes together."""


@dataclass
class RedriveResult:
    """The result of a redrive so far; kept up to date, so that it holds after an interruption as well."""

    finished: bool = False
    """Whether the redrive ran to its end; false where AWS or a signal stopped it."""

    chosen: int = 0
    sent: int = 0
    not_sent: dict[str, str] = field(default_factory=dict)
    """Why dead letters were not sent, by SQS message id."""

    not_deleted: dict[str, str] = field(default_factory=dict)
    """Why dead letters that were sent were not deleted from the dead-letter queue, by SQS message id."""

    in_doubt: int = 0
    """Messages in a call that got no answer: up to this many more may have been sent."""

    sample: tuple[SampleOutcome, ...] = ()
    """The outcomes of the sample."""

    sample_unsent: int = 0
    """Number of the sample's messages that could not be sent."""

    @property
    def sample_failed(self) -> bool:
        """Whether part of the sample was not sent or did not succeed, so that the rest was not sent."""
        return self.sample_unsent > 0 or any(not outcome.succeeded for outcome in self.sample)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The messages to send first, and how to follow them."""

    size: int
    monitor: SampleMonitor
    on_sent: Callable[[], None] = lambda: None
    """Called when the sample has been sent."""


class Redrive:
    """A redrive from one dead-letter queue to one queue."""

    def __init__(  # noqa: PLR0913 all by keyword but the client
        self,
        sqs: Any,
        *,
        source: DeadLetterQueue,
        queue_url: str,
        keep_body: bool,
        audit: Audit,
        rate_limiter: RateLimiter,
        on_sent: Progress = unseen,
    ) -> None:
        """Prepare a redrive.

        Args:
            sqs: the SQS client.
            source: the dead-letter queue.
            queue_url: the queue to send to.
            keep_body: whether bodies stay unchanged: the ingress validates what was published, and counts no attempts.
            audit: the audit log, written to before each send.
            rate_limiter: limits messages per second.
            on_sent: called with the number sent after each call. An exception from it ends the run between two calls.
        """
        self._sqs = sqs
        self._source = source
        self._queue_url = queue_url
        self._keep_body = keep_body
        self._audit = audit
        self._rate_limiter = rate_limiter
        self._on_sent = on_sent

    def run(
        self,
        wanted: Callable[[DeadLetter], bool],
        result: RedriveResult,
        *,
        sample: Sample | None = None,
        progress: Progress = unseen,
    ) -> None:
        """Send the wanted dead letters. If the sample fails, the rest is not sent.

        Args:
            wanted: which dead letters.
            result: updated after each step.
            sample: which messages to send first and how to follow them; None to send all at once.
            progress: called with the number of dead letters read so far.

        Raises:
            AwsError: SQS refuses.
            AuditError: the audit log cannot be written.
        """
        with self._source.lease(wanted, progress=progress) as lease:
            result.chosen = len(lease.dead_letters)
            dead_letters = self._sendable(lease.dead_letters, result)
            if sample:
                dead_letters = _interleave_causes(dead_letters)
                first, dead_letters = dead_letters[: sample.size], dead_letters[sample.size :]
                self._send_sample(lease, first, result, sample)
            if not result.sample_failed:
                self._send_all(lease, dead_letters, result)
        result.finished = True

    def _send_sample(self, lease: Lease, first: Sequence[DeadLetter], result: RedriveResult, sample: Sample) -> None:
        """Send the sample, and wait for its outcomes."""
        since = self._audit.now()
        sent = self._send_all(lease, first, result)
        result.sample_unsent = len(first) - len(sent)
        if sent:
            sample.on_sent()
            result.sample = sample.monitor.wait(sent, since, meanwhile=lease.renew)

    def _sendable(self, dead_letters: Sequence[DeadLetter], result: RedriveResult) -> list[DeadLetter]:
        sendable: list[DeadLetter] = []
        for dead_letter in dead_letters:
            if self._body(dead_letter) is None:
                result.not_sent[dead_letter.sqs_message_id] = "its body is no message: its producer must correct it"
            elif self._size(dead_letter) > _MAX_BYTES:
                result.not_sent[dead_letter.sqs_message_id] = (
                    f"with its attributes it is larger than the {_MAX_BYTES:,} bytes that SQS takes: its producer "
                    "must publish it again, smaller"
                )
            else:
                sendable.append(dead_letter)
        return sendable

    def _send_all(
        self, lease: Lease, dead_letters: Sequence[DeadLetter], result: RedriveResult
    ) -> list[RedrivenMessage]:
        sent: list[RedrivenMessage] = []
        count = self._rate_limiter.batch_size(MAX_ENTRIES)
        for batch in batches(dead_letters, count, size=self._size, limit=_MAX_BYTES):
            self._rate_limiter.wait(len(batch), meanwhile=lease.renew)
            lease.renew()
            leased = [dead_letter for dead_letter in batch if lease.is_leased(dead_letter)]
            lost = [dead_letter for dead_letter in batch if not lease.is_leased(dead_letter)]
            result.not_sent |= {each.sqs_message_id: "somebody else received it meanwhile" for each in lost}
            if leased:
                sent += self._send(lease, leased, result)
                self._on_sent(result.sent)
        return sent

    def _send(self, lease: Lease, dead_letters: Sequence[DeadLetter], result: RedriveResult) -> list[RedrivenMessage]:
        self._audit.write(OperatorAction.REDRIVEN, (each.audited for each in dead_letters))
        result.in_doubt = len(dead_letters)
        entries = [{**self._entry(each), "Id": str(number)} for number, each in enumerate(dead_letters)]
        try:
            with aws_failures_as_sentences():
                answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        except AwsError as error:
            result.in_doubt = 0 if error.answered else len(dead_letters)
            raise
        result.in_doubt = 0
        sent = [
            RedrivenMessage(dead_letters[int(each["Id"])], each["MessageId"]) for each in answer.get("Successful", ())
        ]
        result.sent += len(sent)
        ids = [each.dead_letter.sqs_message_id for each in sent]
        result.not_deleted |= dict.fromkeys(ids, "SQS did not answer")
        refused_deletions = lease.delete([each.dead_letter for each in sent])
        for each in ids:
            del result.not_deleted[each]
        result.not_deleted |= {each: f"SQS did not delete it: {code}" for each, code in refused_deletions.items()}
        if refused := [(dead_letters[int(failed["Id"])], failed["Code"]) for failed in answer.get("Failed", ())]:
            result.not_sent |= {each.sqs_message_id: f"SQS did not take it: {code}" for each, code in refused}
            self._audit.write(OperatorAction.REDRIVE_REFUSED, (each.audited for each, _ in refused))
        return sent

    def _entry(self, dead_letter: DeadLetter) -> dict[str, Any]:
        entry: dict[str, Any] = {"MessageBody": self._body(dead_letter)}
        if attributes := _attributes(dead_letter):
            entry["MessageAttributes"] = attributes
        if dead_letter.group:
            entry["MessageGroupId"] = dead_letter.group
        return entry

    def _body(self, dead_letter: DeadLetter) -> str | None:
        """The body to send; None where it is no message."""
        if self._keep_body:
            return dead_letter.body
        try:
            return body_of_attempt(dead_letter.body, 1)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def _size(self, dead_letter: DeadLetter) -> int:
        """Bytes of the message to send, as SQS counts them."""
        attributes = sum(
            len(name.encode()) + sum(len(part.encode() if isinstance(part, str) else part) for part in value.values())
            for name, value in _attributes(dead_letter).items()
        )
        return len((self._body(dead_letter) or "").encode(errors="surrogatepass")) + attributes


def _interleave_causes(dead_letters: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Alternate between causes, so that a sample covers as many causes as possible."""
    by_cause: dict[tuple[str, str], list[DeadLetter]] = {}
    for dead_letter in dead_letters:
        by_cause.setdefault((dead_letter.reason, dead_letter.fingerprint), []).append(dead_letter)
    return [dead_letter for dead_letter in chain.from_iterable(zip_longest(*by_cause.values())) if dead_letter]


def _attributes(dead_letter: DeadLetter) -> dict[str, Any]:
    """Message attributes as SQS accepts them: it returns empty lists that it refuses. The age as a dead letter ends."""
    kept = ("DataType", "StringValue", "BinaryValue")
    return {
        name: {key: value[key] for key in kept if key in value}
        for name, value in dead_letter.attributes.items()
        if name != SINCE_ATTRIBUTE
    }
