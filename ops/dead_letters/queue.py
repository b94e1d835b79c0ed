"""Reading a dead-letter queue: every message is received once, and those not wanted are visible again at once.

SQS hides each received message from others for its visibility timeout: a lease, until the message is deleted or
released. Ctrl-C releases too: each call runs to its end in a thread of its own, so that what it received is known.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ParamSpec, TypeVar

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.services import Service
from ops.terminal.output import notes
from ops.terminal.progress import Progress, unseen
from publishing.batches import MAX_ENTRIES, batches

LEASE_SECONDS = 120
"""Visibility timeout of a lease. Leases are renewed; after `kill -9`, messages are visible again within this time."""

_PARALLEL_CALLS = 8
"""Receive calls at a time; boto3's clients keep ten connections."""

_PARALLEL_FROM = 100
"""Number of received messages from which on receive calls run in parallel."""

WAIT_SECONDS = 1
"""Long polling. A short poll asks only some of SQS's servers, and may miss messages."""

_ROUNDS_WITHOUT_NEW = 3
"""Consecutive rounds without a new message after which all have been read: others may release theirs meanwhile."""

_ARRIVAL_TOLERANCE = timedelta(seconds=2)
"""Messages that SQS accepted later than this after the start do not prolong reading, or it might never end."""

P = ParamSpec("P")

T = TypeVar("T")


@dataclass(slots=True)
class _Receipt:
    handle: str
    """The last receive's receipt handle: SQS accepts no older one."""

    since: float


class Lease:
    """The chosen dead letters: hidden from others until each is deleted or released."""

    def __init__(self, queue: "DeadLetterQueue", sqs: Any, pool: ThreadPoolExecutor) -> None:
        """Create an empty lease."""
        self._sqs = sqs
        self._url = queue.url
        self._pool = pool
        self._clock = queue.clock
        self._wait_seconds = queue.wait_seconds
        self._calls: set[Future[Any]] = set()
        self._leased: dict[str, _Receipt] = {}
        self.dead_letters: tuple[DeadLetter, ...] = ()
        """All dead letters that were chosen."""

    def is_leased(self, dead_letter: DeadLetter) -> bool:
        """Whether a dead letter is still hidden from others: neither deleted nor received by somebody else."""
        return dead_letter.sqs_message_id in self._leased

    def receive(self, calls: int) -> tuple[list[DeadLetter], datetime]:
        """Receive more messages with a number of parallel calls; also return the time by AWS's clock.

        Raises:
            AwsError: SQS refuses.
        """
        answers = [self._call(self._receive) for _ in range(calls)]
        received = [answer.result() for answer in answers]
        return [dead_letter for dead_letters, _ in received for dead_letter in dead_letters], received[0][1]

    def renew(self) -> None:
        """Extend the visibility timeout of messages whose time is half over; drop those that others received.

        Raises:
            AwsError: SQS refuses.
        """
        latest = self._clock() - LEASE_SECONDS / 2
        self._hide([each for each, receipt in self._leased.items() if receipt.since <= latest], LEASE_SECONDS)

    def release(self, ids: Iterable[str]) -> None:
        """Make messages visible to others at once.

        Raises:
            AwsError: SQS refuses.
        """
        self._hide([each for each in ids if each in self._leased], 0)

    def release_all(self) -> None:
        """Release every message that is still leased; where SQS refuses, its visibility timeout ends by itself."""
        wait(self._calls)
        with suppress(AwsError):
            self.release(list(self._leased))
        if self._leased:
            notes.print(
                f"{len(self._leased):,} dead letters stay hidden for up to {LEASE_SECONDS} s: SQS did not release them"
            )

    def delete(self, dead_letters: Sequence[DeadLetter]) -> dict[str, str]:
        """Delete messages; return SQS's error code for each that it did not delete, by SQS message id.

        Raises:
            AwsError: SQS refuses.
        """
        refused: dict[str, str] = {}
        for batch in batches([each.sqs_message_id for each in dead_letters if self.is_leased(each)]):
            refused |= self._call(self._delete, batch).result()
        return refused

    def _call(self, run: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call that runs to its end even if the caller is interrupted."""
        call = self._pool.submit(run, *args, **kwargs)
        self._calls = {each for each in self._calls if not each.done()} | {call}
        return call

    def _receive(self) -> tuple[list[DeadLetter], datetime]:
        with aws_failures_as_sentences():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=MAX_ENTRIES,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
                VisibilityTimeout=LEASE_SECONDS,
                WaitTimeSeconds=self._wait_seconds,
            )
        messages = answer.get("Messages", ())
        now = self._clock()
        self._leased |= {each["MessageId"]: _Receipt(each["ReceiptHandle"], now) for each in messages}
        return [DeadLetter.of(message) for message in messages], _aws_time(answer)

    def _delete(self, ids: Sequence[str]) -> dict[str, str]:
        with aws_failures_as_sentences():
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=self._entries(ids))
        refused = {ids[int(failed["Id"])]: str(failed["Code"]) for failed in answer.get("Failed", ())}
        for each in ids:
            if each not in refused:
                del self._leased[each]
        return refused

    def _hide(self, ids: Sequence[str], seconds: int) -> None:
        """Set the visibility timeout of messages. Every batch is tried, even if one fails."""
        calls = [self._call(self._hide_batch, batch, seconds) for batch in batches(ids)]
        wait(calls)
        for call in calls:
            call.result()

    def _hide_batch(self, ids: Sequence[str], seconds: int) -> None:
        began = self._clock()
        entries = [{**entry, "VisibilityTimeout": seconds} for entry in self._entries(ids)]
        with aws_failures_as_sentences():
            answer = self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
        refused = {ids[int(failed["Id"])] for failed in answer.get("Failed", ())}
        for each in ids:
            if seconds and each not in refused:
                self._leased[each].since = began
            else:  # others may see it: it was released, or its visibility timeout had ended
                del self._leased[each]

    def _entries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        return [{"Id": str(number), "ReceiptHandle": self._leased[each].handle} for number, each in enumerate(ids)]


class DeadLetterQueue:
    """One dead-letter queue or holding queue."""

    def __init__(
        self,
        sqs: Any,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait_seconds: int = WAIT_SECONDS,
    ) -> None:
        """Use a queue.

        Args:
            sqs: the SQS client.
            url: the queue's URL.
            clock: gives seconds; leases are timed by it.
            wait_seconds: how long SQS waits for a message before it answers that there is none.
        """
        self._sqs = sqs
        self.url = url
        self.clock = clock
        self.wait_seconds = wait_seconds

    @classmethod
    def of(cls, service: Service, *, wait_seconds: int = WAIT_SECONDS) -> "DeadLetterQueue":
        """The dead-letter queue of a service."""
        return cls(service.stage.client("sqs"), service.dead_letter_queue_url, wait_seconds=wait_seconds)

    def approximate_visible(self) -> int:
        """The approximate number of visible messages, by SQS.

        Raises:
            AwsError: SQS refuses.
        """
        return self._count("ApproximateNumberOfMessages")

    def approximate_in_flight(self) -> int:
        """The approximate number of messages in flight, by SQS: received, and hidden from others.

        Raises:
            AwsError: SQS refuses.
        """
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def _count(self, name: str) -> int:
        with aws_failures_as_sentences():
            answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def delete(self, message_id: str) -> bool:
        """Delete the dead letters with a message id; return whether there was one.

        Raises:
            AwsError: SQS refuses.
        """
        with self.lease(lambda dead_letter: dead_letter.id == message_id) as lease:
            lease.delete(lease.dead_letters)
            return bool(lease.dead_letters)

    def read(self, wanted: Callable[[DeadLetter], bool], *, progress: Progress = unseen) -> tuple[DeadLetter, ...]:
        """Return all wanted dead letters; they stay in the queue, visible to others.

        Raises:
            AwsError: SQS refuses.
        """
        with self.lease(wanted, progress=progress) as lease:
            return lease.dead_letters

    @contextmanager
    def lease(self, wanted: Callable[[DeadLetter], bool], *, progress: Progress = unseen) -> Iterator[Lease]:
        """Receive all dead letters once, and lease the wanted ones; all others are released first.

        Raises:
            AwsError: SQS refuses.
        """
        with ThreadPoolExecutor(_PARALLEL_CALLS) as pool:
            lease = Lease(self, self._sqs, pool)
            try:
                received = _receive_all(lease, progress)
                lease.dead_letters = tuple(dead_letter for dead_letter in received.values() if wanted(dead_letter))
                lease.release(received.keys() - {dead_letter.sqs_message_id for dead_letter in lease.dead_letters})
                yield lease
            finally:
                lease.release_all()


def _receive_all(lease: Lease, progress: Progress) -> dict[str, DeadLetter]:
    """Receive every message of the queue, by SQS message id."""
    received: dict[str, DeadLetter] = {}
    began: datetime | None = None
    rounds_without_new = 0
    while rounds_without_new < _ROUNDS_WITHOUT_NEW:
        batch, now = lease.receive(_PARALLEL_CALLS if len(received) >= _PARALLEL_FROM else 1)
        if not batch:
            break
        began = began or now
        new = {each.sqs_message_id: each for each in batch if each.sqs_message_id not in received}
        rounds_without_new = rounds_without_new + 1 if all(_arrived_after(each, began) for each in new.values()) else 0
        received |= new
        lease.renew()
        progress(len(received))
    return received


def _arrived_after(dead_letter: DeadLetter, began: datetime) -> bool:
    return dead_letter.sent_at is not None and dead_letter.sent_at > began + _ARRIVAL_TOLERANCE


def _aws_time(answer: Mapping[str, Any]) -> datetime:
    """The answer's time by AWS's clock, by which SQS stamps messages; this machine's where the answer has no date."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    with suppress(ValueError):
        return parsedate_to_datetime(date)
    return datetime.now(UTC)
