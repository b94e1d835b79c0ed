"""A dead-letter queue in an operator's hands: letters are looked through, and those that are not wanted put back.

SQS shows a message by hiding it from all others for a time. So whatever is received is in hand until it is deleted or
put back, also where Ctrl-C ends the command: each call runs to its end in a thread of its own, and what it brought is
known then.
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

HOLD_SECONDS = 120
"""How long a letter is hidden from others before that is prolonged; no longer after a kill that nothing survives."""

_CALLS = 8
"""At a time. boto3's clients keep ten connections."""

_DEEP = 100
"""Letters from which on several receives go at a time."""

WAIT_SECONDS = 1
"""A short poll asks a part of SQS's servers alone, and may miss what lies there."""

_NOTHING_NEW = 3
"""Looks in a row that show nothing but what was seen, after which all has been: others may put back what they had."""

_STILL_ARRIVING = timedelta(seconds=2)
"""What SQS took so long after a look through began does not prolong it, or it would not end while letters come in."""

P = ParamSpec("P")

T = TypeVar("T")


@dataclass(slots=True)
class _Held:
    handle: str
    """Of the last receive: SQS takes no other."""

    since: float


class Lease:
    """Letters that were chosen: hidden from others until they are deleted, or put back in the end."""

    def __init__(self, queue: "DeadLetterQueue", sqs: Any, pool: ThreadPoolExecutor) -> None:
        """Hold nothing yet."""
        self._sqs = sqs
        self._url = queue.url
        self._pool = pool
        self._clock = queue.clock
        self._wait_seconds = queue.wait_seconds
        self._calls: set[Future[Any]] = set()
        self._held: dict[str, _Held] = {}
        self.letters: tuple[DeadLetter, ...] = ()
        """All that were chosen."""

    def holds(self, letter: DeadLetter) -> bool:
        """Whether it is still hidden from others: not deleted, and not gone to somebody else."""
        return letter.sqs_message_id in self._held

    def receive(self, calls: int) -> tuple[list[DeadLetter], datetime]:
        """Take some more, with so many calls at a time; gives them, and the time by AWS's clock.

        Raises:
            AwsError: SQS refuses.
        """
        answers = [self._call(self._receive) for _ in range(calls)]
        received = [answer.result() for answer in answers]
        return [letter for letters, _ in received for letter in letters], received[0][1]

    def keep(self) -> None:
        """Hide for longer those whose time is half over. What is no longer ours is held no more.

        Raises:
            AwsError: SQS refuses.
        """
        late = self._clock() - HOLD_SECONDS / 2
        self._hide([each for each, held in self._held.items() if held.since <= late], HOLD_SECONDS)

    def release(self, ids: Iterable[str]) -> None:
        """Let others see some at once.

        Raises:
            AwsError: SQS refuses.
        """
        self._hide([each for each in ids if each in self._held], 0)

    def release_all(self) -> None:
        """Let others see whatever is left in hand; what SQS does not take back shows itself again by itself."""
        wait(self._calls)
        with suppress(AwsError):
            self.release(list(self._held))
        if self._held:
            notes.print(
                f"{len(self._held):,} letters stay hidden for up to {HOLD_SECONDS} s: SQS did not take them back"
            )

    def delete(self, letters: Sequence[DeadLetter]) -> dict[str, str]:
        """Take letters away for good; gives SQS's code for those that it did not delete, by SQS message id.

        Raises:
            AwsError: SQS refuses.
        """
        refused: dict[str, str] = {}
        for batch in batches([letter.sqs_message_id for letter in letters if self.holds(letter)]):
            refused |= self._call(self._delete, batch).result()
        return refused

    def _call(self, run: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call that ends whatever happens to who waits for it."""
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
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=self._wait_seconds,
            )
        messages = answer.get("Messages", ())
        now = self._clock()
        self._held |= {each["MessageId"]: _Held(each["ReceiptHandle"], now) for each in messages}
        return [DeadLetter.of(message) for message in messages], _time_of(answer)

    def _delete(self, ids: Sequence[str]) -> dict[str, str]:
        with aws_failures_as_sentences():
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=self._entries(ids))
        refused = {ids[int(failed["Id"])]: str(failed["Code"]) for failed in answer.get("Failed", ())}
        for each in ids:
            if each not in refused:
                del self._held[each]
        return refused

    def _hide(self, ids: Sequence[str], seconds: int) -> None:
        """Hide letters for so long from now on: all batches, whatever becomes of one."""
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
                self._held[each].since = began
            else:  # others may see it: because we said so, or because its time was over
                del self._held[each]

    def _entries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        return [{"Id": str(number), "ReceiptHandle": self._held[each].handle} for number, each in enumerate(ids)]


class DeadLetterQueue:
    """One queue."""

    def __init__(
        self,
        sqs: Any,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait_seconds: int = WAIT_SECONDS,
    ) -> None:
        """Handle a queue.

        Args:
            sqs: the client.
            url: where the queue is.
            clock: tells seconds, and so how long letters have been in hand.
            wait_seconds: how long SQS waits for a letter before it says that there is none.
        """
        self._sqs = sqs
        self.url = url
        self.clock = clock
        self.wait_seconds = wait_seconds

    @classmethod
    def of(cls, whose: Service, *, wait_seconds: int = WAIT_SECONDS) -> "DeadLetterQueue":
        """The queue where a service's dead letters lie."""
        return cls(whose.stage.client("sqs"), whose.dead_letter_queue_url, wait_seconds=wait_seconds)

    def about(self) -> int:
        """How many letters are visible, as SQS guesses.

        Raises:
            AwsError: SQS refuses.
        """
        return self._count("ApproximateNumberOfMessages")

    def held(self) -> int:
        """How many letters are hidden, in the hands of whoever received them, as SQS guesses.

        Raises:
            AwsError: SQS refuses.
        """
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def _count(self, name: str) -> int:
        with aws_failures_as_sentences():
            answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def remove(self, message_id: str) -> bool:
        """Delete the letters with a message id; whether there was one.

        Raises:
            AwsError: SQS refuses.
        """
        with self.take(lambda letter: letter.id == message_id) as hand:
            hand.delete(hand.letters)
            return bool(hand.letters)

    def look(self, wanted: Callable[[DeadLetter], bool], *, progress: Progress = unseen) -> tuple[DeadLetter, ...]:
        """All letters that are wanted, left where they are and visible to others.

        Raises:
            AwsError: SQS refuses.
        """
        with self.take(wanted, progress=progress) as hand:
            return hand.letters

    @contextmanager
    def take(self, wanted: Callable[[DeadLetter], bool], *, progress: Progress = unseen) -> Iterator[Lease]:
        """Go through all letters once; gives those that are wanted in hand, when all others are put back.

        Raises:
            AwsError: SQS refuses.
        """
        with ThreadPoolExecutor(_CALLS) as pool:
            hand = Lease(self, self._sqs, pool)
            try:
                seen = _go_through(hand, progress)
                hand.letters = tuple(letter for letter in seen.values() if wanted(letter))
                hand.release(seen.keys() - {letter.sqs_message_id for letter in hand.letters})
                yield hand
            finally:
                hand.release_all()


def _go_through(hand: Lease, progress: Progress) -> dict[str, DeadLetter]:
    """Take all that lies there."""
    seen: dict[str, DeadLetter] = {}
    began: datetime | None = None
    looks = 0
    while looks < _NOTHING_NEW:
        received, now = hand.receive(_CALLS if len(seen) >= _DEEP else 1)
        if not received:
            break
        began = began or now
        new = {each.sqs_message_id: each for each in received if each.sqs_message_id not in seen}
        looks = looks + 1 if all(_came_after(each, began) for each in new.values()) else 0
        seen |= new
        hand.keep()
        progress(len(seen))
    return seen


def _came_after(letter: DeadLetter, began: datetime) -> bool:
    return letter.sent_at is not None and letter.sent_at > began + _STILL_ARRIVING


def _time_of(answer: Mapping[str, Any]) -> datetime:
    """AWS's clock, which is the one that SQS stamps messages by; this machine's where the answer has no date."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    with suppress(ValueError):
        return parsedate_to_datetime(date)
    return datetime.now(UTC)
