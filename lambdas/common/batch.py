"""The loop that every function shares: each record of a batch gets its turn, its outcome and its line.

In order: run what fits into the time, and schedule what it wants scheduled; publish what the records want
published; send the copies of what must run again; park the dead letters and tell people of them. Each kind of
sending, but for schedules, is done for the whole batch together. A record is reported to Lambda as failed only
where the send that should have taken it on was refused: SQS then delivers it again.

A record that comes back without a word may have killed its process, or only shared a batch with one that did.
It is sent back, no attempt spent, to be run alone: one such record an invocation, and all others make way for it,
unrun. Whose process then dies, it died of that record, and both attempts are its.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol, TypedDict

from lambdas.common import outbox, retry, scheduling
from lambdas.common.alerts import Burial, tell
from lambdas.common.budget import Context
from lambdas.common.delivery import Delivery, Done
from lambdas.common.failures import NotNowError, PermanentError, Skip
from lambdas.common.observation import Observer
from lambdas.common.outbox import BusEntry, QueueEntry, Receipt, Refused
from lambdas.common.record import History, Record, SqsEvent
from lambdas.common.retry import Again, Dead
from lambdas.common.runtime import Runtime
from schemas.claims import claims
from schemas.event_type import Backoff
from schemas.message import AnyMessage
from schemas.problems import Refusal
from schemas.reasons import Outcome, Reason


class BatchResponse(TypedDict):
    """Lambda's partial batch response for SQS."""

    batchItemFailures: list[dict[str, str]]


class Work(Protocol):
    """What one function does with one message; the batch does the rest."""

    service: str
    """Its name in logs and metrics: the type, or the ingress's own."""

    shares_batches: bool
    """Whether a batch may have more than one record."""

    max_attempts: int
    backoff: Backoff

    def read(self, body: str) -> AnyMessage | Refusal:
        """Read and validate a body."""

    def first_attempt(self, message: AnyMessage, history: History) -> int:
        """Which attempt the first receive of an SQS message is."""

    def copy_body(self, body: str, attempts: int) -> str:
        """The body of a copy that is that attempt. Raises `ValueError` where it cannot be written."""

    def run(self, message: AnyMessage, body: str) -> Done:
        """Do the work; give back what it leads to. Raises `Skip`, `PermanentError`, or anything to try again."""


def process(event: SqsEvent, context: Context, *, work: Work, runtime: Runtime) -> BatchResponse:
    """Bring every record of a batch to its outcome."""
    return _Batch(work, runtime, context).process(event)


_DONE = {Outcome.SUCCEEDED, Outcome.ROUTED}


class _Batch:
    def __init__(self, work: Work, runtime: Runtime, context: Context) -> None:
        self._work = work
        self._runtime = runtime
        self._context = context
        origin = {
            "function_name": context.function_name,
            "function_version": context.function_version,
            "function_request_id": context.aws_request_id,
        }
        self._observer = Observer(work.service, origin, runtime.write)
        self._has_run = False

    def process(self, event: SqsEvent) -> BatchResponse:
        deliveries = [Delivery.of(Record.from_event(record)) for record in event["Records"]]
        suspect = next((delivery for delivery in deliveries if delivery.record.history.alone), None)
        if suspect is None:
            unsent = self._settle(deliveries)
        else:
            # It may take the process down. Whatever were run or left on the queue beside it would pay for it, or it
            # for them: so the others go back, and off the queue, before it has its turn.
            others = [delivery for delivery in deliveries if delivery is not suspect]
            unsent = self._settle(others, run=False)
            self._take_off_the_queue([delivery for delivery in others if delivery not in unsent])
            unsent += self._settle([suspect], alone=True)
        return {"batchItemFailures": [{"itemIdentifier": delivery.record.sqs_message_id} for delivery in unsent]}

    def _settle(self, deliveries: Sequence[Delivery], *, run: bool = True, alone: bool = False) -> list[Delivery]:
        """Bring deliveries to their outcomes, or back to the queue unrun; gives those that stay on it as they are."""
        for position, delivery in enumerate(deliveries):
            in_time = self._runtime.budget.begin(self._context, len(deliveries) - position)
            # One is run whatever is left, or a function that is always short of time would run nothing.
            delivery.fate = self._take(delivery, begin=in_time or not self._has_run, run=run, alone=alone)
            if isinstance(delivery.fate, Done) and not delivery.fate.entries:
                self._report(delivery, delivery.fate.outcome)
        self._publish([delivery for delivery in deliveries if isinstance(delivery.fate, Done)])
        unsent = self._send_back(deliveries)
        unsent += self._dead_letter(deliveries)
        self._observer.flush()
        return unsent

    def _take_off_the_queue(self, deliveries: Sequence[Delivery]) -> None:
        handles = [delivery.record.receipt_handle for delivery in deliveries]
        if handles:
            outbox.delete(self._runtime.client("sqs"), self._runtime.environment.queue_url, handles)

    def _take(self, delivery: Delivery, *, begin: bool, run: bool, alone: bool) -> Done | Again | Dead:
        """Decide one record's fate; the handler is run on the way, where it is to be run."""
        record = delivery.record
        try:
            message = self._work.read(record.body)
        except Exception as error:  # noqa: BLE001 whatever a hostile body does to the reader, its neighbours go on
            delivery.claims = claims(record.body)
            delivery.fail_with(error, self._context)
            return Dead(Reason.PERMANENT)
        if isinstance(message, Refusal):
            delivery.claims = claims(record.body)
            delivery.fail(message.reason, message.sentence())
            return Dead(message.reason)
        delivery.message = message
        return self._turn(delivery, message, begin=begin, run=run, alone=alone)

    def _turn(
        self, delivery: Delivery, message: AnyMessage, *, begin: bool, run: bool, alone: bool
    ) -> Done | Again | Dead:
        """Run a valid message, unless its attempts are used up, or it is not its turn, or not yet its time."""
        record = delivery.record
        lost = self._lost_attempts(record)
        first = self._work.first_attempt(message, record.history)
        delivery.attempt = first + lost
        delivery.history = record.history.crashed(first, lost)
        if retry.has_crashed_out(delivery.attempt, lost, self._work.max_attempts):
            delivery.fail("Crashed", f"received {record.receive_count} times, and never came to an outcome")
            return Dead(Reason.CRASHED)
        if self._is_suspect(record) and not alone:
            newly = 0 if record.history.alone else record.receive_count - 1
            return retry.set_apart(delivery.attempt, delivery.history.suspected + newly)
        not_before = delivery.history.not_before
        if not_before and (early := retry.not_yet_due(not_before, delivery.attempt, self._runtime.now())):
            return early
        if not run:
            return retry.made_way(delivery.attempt)
        if not begin:
            return retry.out_of_time(delivery.attempt, delivery.history.deferrals)
        return self._run(delivery, message)

    def _lost_attempts(self, record: Record) -> int:
        """How many attempts ended without a word: receives beyond the first, by processes that ran it alone.

        Once one has died of it alone, those were its attempts too that died of it or of a neighbour.
        """
        alone = record.history.alone or not self._work.shares_batches
        lost = record.receive_count - 1 if alone else 0
        return lost + record.history.suspected if lost else 0

    def _is_suspect(self, record: Record) -> bool:
        """Whether its process died, and so this record or one of its neighbours is what processes die of."""
        return self._work.shares_batches and (record.receive_count > 1 or record.history.alone)

    def _run(self, delivery: Delivery, message: AnyMessage) -> Done | Again | Dead:
        self._has_run = True
        started = self._runtime.now()
        result = self._attempt(message, delivery.record.body)
        delivery.clock(started, self._runtime.now())
        if isinstance(result, Done):
            return self._scheduled(delivery, result)
        if isinstance(result, NotNowError):
            delivery.fail(type(result).__name__, str(result))
            return retry.not_now(delivery.attempt, delivery.history.deferrals, self._runtime.jitter())
        delivery.fail_with(result, self._context)
        if isinstance(result, PermanentError):
            return Dead(result.reason)
        return retry.after_failure(
            result,
            delivery.attempt,
            self._work.max_attempts,
            self._work.backoff,
            jitter=self._runtime.jitter(),
            now=self._runtime.now(),
        )

    def _attempt(self, message: AnyMessage, body: str) -> Done | Exception:
        try:
            return self._work.run(message, body)
        except Skip as skip:
            return Done(Outcome.SKIPPED, why=str(skip))
        except Exception as error:  # noqa: BLE001 what any of a handler's exceptions means is decided by the caller
            return error

    def _scheduled(self, delivery: Delivery, done: Done) -> Done | Again | Dead:
        """Set what it wants scheduled, in its own share of the time; a record that was refused it is not done."""
        if not done.changes:
            return done
        runtime = self._runtime
        refused = scheduling.carry_out(
            runtime.client("scheduler"), runtime.environment, done.changes, in_time=runtime.budget.allows_a_call
        )
        return self._refusal(delivery, "EventBridge Scheduler did not take", refused) if refused else done

    def _publish(self, done: Sequence[Delivery]) -> None:
        """Put on the bus what the batch wants published; a record one of whose entries is refused is not done."""
        sent = [(delivery, _entries(delivery)) for delivery in done if _entries(delivery)]
        if not sent:
            return
        bus = self._runtime.environment.event_bus_name
        entries = [entry for _, entries in sent for entry in entries]
        receipts = iter(outbox.publish(self._runtime.client("events"), bus, entries))
        for delivery, own in sent:
            refusals = [receipt for receipt in islice(receipts, len(own)) if receipt]
            if refusals:
                worst = max(refusals, key=lambda refused: refused.for_good)
                delivery.fate = self._refusal(delivery, "EventBridge did not take", worst)
            elif isinstance(delivery.fate, Done):
                self._report(delivery, delivery.fate.outcome)

    def _refusal(self, delivery: Delivery, who: str, refused: Refused) -> Again | Dead:
        delivery.fail("FollowUpRefused", f"{who} what follows: {refused.code}")
        jitter = self._runtime.jitter()
        return retry.after_refusal(refused, delivery.attempt, delivery.history.deferrals, jitter)

    def _send_back(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Send the copies of what must run again; those whose copy was refused for now stay on the queue."""
        copies = []
        for delivery in deliveries:
            if isinstance(delivery.fate, Again):
                try:
                    body = self._work.copy_body(delivery.record.body, delivery.fate.attempts)
                    copies.append((delivery, delivery.fate, delivery.copy(delivery.fate, body)))
                except ValueError as error:
                    delivery.fail("Unwritable", f"cannot be written as another attempt: {error}")
                    delivery.fate = Dead(Reason.INVALID_JSON)
        unsent = []
        queue = self._runtime.environment.queue_url
        for (delivery, again, _), receipt in zip(copies, self._send(queue, [c for *_, c in copies]), strict=True):
            if receipt and receipt.for_good:
                delivery.fail("CopyRefused", f"SQS did not take its copy: {receipt.code}")
                delivery.fate = Dead(Reason.TOO_LARGE if receipt.too_large else Reason.PERMANENT)
                continue
            if receipt:
                unsent.append(delivery)
            self._report(delivery, again.outcome, delay=again.delay, copy_refused=receipt and receipt.code)
        return unsent

    def _dead_letter(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Park the dead letters; those that the dead-letter queue did not take stay on the queue."""
        now = self._runtime.now()
        dead = [(delivery, delivery.fate) for delivery in deliveries if isinstance(delivery.fate, Dead)]
        letters = [
            Burial(delivery, delivery.biography(fate, self._work.service, self._context, now))
            for delivery, fate in dead
        ]
        unsent: list[Burial] = []
        parked: list[Burial] = []
        receipts = self._send(self._runtime.environment.dead_letter_queue_url, [letter.entry for letter in letters])
        for letter, receipt in zip(letters, receipts, strict=True):
            (unsent if receipt else parked).append(letter)
            outcome = Outcome.RETRYING if receipt else Outcome.DEAD_LETTERED
            story = letter.biography
            refused = receipt and receipt.code
            self._report(
                letter.delivery, outcome, reason=story.reason, fingerprint=story.fingerprint, letter_refused=refused
            )
        if parked:
            tell(
                parked,
                service=self._work.service,
                runtime=self._runtime,
                context=self._context,
                observer=self._observer,
            )
        return [letter.delivery for letter in unsent]

    def _send(self, queue_url: str, entries: Sequence[QueueEntry]) -> list[Receipt]:
        return outbox.send(self._runtime.client("sqs"), queue_url, entries) if entries else []

    def _report(self, delivery: Delivery, outcome: Outcome, **more: Any) -> None:  # noqa: ANN401 whatever JSON has
        now = self._runtime.now()
        age_ms = None
        # How late one is that a person sent back says when that was, not how fast the system is.
        if delivery.message and outcome in _DONE and not delivery.history.redriven:
            age_ms = max(0, round((now - delivery.message.timestamp).total_seconds() * 1000))
        self._observer.outcome(outcome, at=now, age_ms=age_ms, **delivery.fields(), **more)


def _entries(delivery: Delivery) -> Sequence[BusEntry]:
    return delivery.fate.entries if isinstance(delivery.fate, Done) else ()
