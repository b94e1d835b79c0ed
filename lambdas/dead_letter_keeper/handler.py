"""Dead-letter keeper: each day, replace dead letters older than ten days by fresh copies, before SQS deletes them.

SQS keeps a message for 14 days. A fresh copy in the same queue lives as long again; an attribute keeps since when it is
a dead letter. The last copy is made on the 16th day, so that none outlives the guard's memory of 30 days. An alert
says which dead letters end within three days.

EventBridge Scheduler starts it.
"""

from collections.abc import Iterator
from operator import attrgetter

from lambdas.common.budget import Context
from lambdas.common.clients import outbox
from lambdas.common.clients.aws import aws_exceptions
from lambdas.dead_letter_keeper.decision import Decision, decide, ends_soon
from lambdas.dead_letter_keeper.ending import EndingDeadLetters
from lambdas.dead_letter_keeper.held import HeldDeadLetter
from lambdas.dead_letter_keeper.keeper_log import KeeperLog
from lambdas.dead_letter_keeper.queue import KeptQueue
from lambdas.dead_letter_keeper.runtime import KeeperRuntime, keeper_runtime

RESERVE_SECONDS = 60
"""Seconds for releasing what stays, and for the alert. The next day's run does the rest."""

_ALERT_SECONDS = 20
"""Seconds of RESERVE_SECONDS that are kept for the alert; what is not released by then is soon visible by itself."""


class DeadLettersNotKeptError(Exception):
    """AWS refused a part of the run, so that the alarm on the function's errors goes off; the log says which."""


class DeadLetterKeeper:
    """The deployed function. Lambda calls it; a test calls `run` with a runtime made of fakes."""

    def __call__(self, _event: object, context: Context) -> None:
        """Entry point for EventBridge Scheduler; the event is ignored."""
        self.run(context, keeper_runtime())

    def run(self, context: Context, runtime: KeeperRuntime) -> None:
        """Renew all dead letters that are due, and publish an alert about those that end soon.

        Raises:
            DeadLettersNotKeptError: AWS refused something. All that could be done is done.
        """
        _Run(context, runtime).run()


class _Run:
    def __init__(self, context: Context, runtime: KeeperRuntime) -> None:
        self._context = context
        self._runtime = runtime
        self._log = KeeperLog(context, version=runtime.version, now=runtime.now, write=runtime.write)
        self._began = runtime.now()
        self._ending = EndingDeadLetters()
        self._seen = self._renewed = self._refused = 0

    def run(self) -> None:
        # An empty receive takes a second, so empty queues are left out. The smallest first: one with many thousands of
        # dead letters takes only the time that the others leave.
        for queue in sorted(filter(attrgetter("visible"), self._queues()), key=attrgetter("visible")):
            try:
                self._keep(queue)
            except aws_exceptions() as error:
                self._refused += 1
                self._log.not_read(queue.service, error=error)
            finally:
                queue.release(lambda: self._seconds_left() > _ALERT_SECONDS)
        self._publish()
        self._log.done(seen=self._seen, renewed=self._renewed, ending=self._ending.count)
        if self._refused:
            raise DeadLettersNotKeptError(f"AWS refused {self._refused} times: this run's warnings name the queues")

    def _queues(self) -> Iterator[KeptQueue]:
        sqs = self._runtime.client("sqs")
        for service, name in self._runtime.queues.items():
            try:
                yield KeptQueue(sqs, service, name, now=self._runtime.now)
            except aws_exceptions() as error:
                self._refused += 1
                self._log.not_read(service, error=error)

    def _keep(self, queue: KeptQueue) -> None:
        for dead_letter in queue.receive(lambda: self._seconds_left() > RESERVE_SECONDS):
            self._seen += 1
            decision = decide(
                sent_at=dead_letter.sent_at,
                since=dead_letter.since,
                now=self._began,
                retention=queue.retention,
                has_room=dead_letter.has_room,
            )
            is_left = decision is Decision.RENEW and not self._renew(queue, dead_letter)
            if decision is Decision.ENDS or (is_left and ends_soon(dead_letter.sent_at, self._began, queue.retention)):
                self._ending.add(queue.service, dead_letter, queue.retention)

    def _renew(self, queue: KeptQueue, dead_letter: HeldDeadLetter) -> bool:
        """Renew a dead letter, and return whether AWS took the copy and deleted the old one."""
        try:
            new_id = queue.renew(dead_letter)
        except aws_exceptions() as error:
            self._refused += 1
            self._log.not_renewed(dead_letter, queue.service, error=error)
            return False
        self._renewed += 1
        self._log.renewed(dead_letter, queue.service, as_=new_id)
        return True

    def _publish(self) -> None:
        alert = self._ending.alert(self._runtime.now())
        if alert is None:
            return
        (receipt,) = outbox.publish(self._runtime.client("events"), self._runtime.bus, [alert])
        if receipt:
            self._refused += 1
            self._log.not_alerted(receipt.code)

    def _seconds_left(self) -> float:
        return self._context.get_remaining_time_in_millis() / 1000


handler = DeadLetterKeeper()
