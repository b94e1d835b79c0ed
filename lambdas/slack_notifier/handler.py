"""Slack notifier: each minute, read the alerts queue, group its alerts, post them to Slack, and delete what was posted.

It remembers the causes of dead letters, so that one that goes on has few cards (`causes/`). It also says which systems
are unavailable and what waits for them (`outages/`), and ends pauses when their time is over (`pauses/`). Webhooks that
customers' endpoints did not take it sums up in one card a day (`undelivered/`).

EventBridge Scheduler starts it. A storm of alerts becomes a handful of cards; while Slack is down the alerts wait in
the queue.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from lambdas.common.budget import Context
from lambdas.slack_notifier import email_digest
from lambdas.slack_notifier.alerts.alerts_queue import AlertsQueueReader
from lambdas.slack_notifier.alerts.dead_letter_queue import inspect
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import parse
from lambdas.slack_notifier.cards.card import Notice, WaitReason
from lambdas.slack_notifier.cards.notices import all_notices, notices_without_alarms
from lambdas.slack_notifier.cards.pages import pages
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.causes.causes import Causes
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.outages.outages import Outages
from lambdas.slack_notifier.pauses.memory import MEMORY_KEY
from lambdas.slack_notifier.pauses.pauses import Pauses
from lambdas.slack_notifier.runtime import NotifierRuntime, notifier_runtime
from lambdas.slack_notifier.slack.block_kit import message, message_without_blocks
from lambdas.slack_notifier.slack.slack import PostOutcome, Slack
from lambdas.slack_notifier.undelivered.sums import SUMS_KEY
from lambdas.slack_notifier.undelivered.undelivered import Undelivered
from schemas.reasons import OperatorAction

MAX_ALERTS = 10_000
"""Alerts received per run; the next run receives the rest."""

RECEIVE_SHARE = 0.4
"""Share of the run's time for receiving alerts. Deleting them takes as long again; the rest is for posting."""

NOTE_SHARE = 0.05
"""Share of the run's time that is left for posting when no further cause is noted without a card."""

RELEASE_SHARE = 0.06
"""Share of the run's time reserved for releasing alerts that could not be posted."""


class SlackNotifier:
    """The deployed function. Lambda calls it; a test calls `run` with a runtime made of fakes."""

    def __call__(self, _event: object, context: Context) -> None:
        """Entry point for EventBridge Scheduler; the event is ignored."""
        self.run(context, notifier_runtime())

    def run(self, context: Context, runtime: NotifierRuntime) -> None:
        """Post everything that the alerts queue holds.

        A Slack outage does not fail the run: the alarm on waiting alerts reports it. AWS errors do, so that the alarm
        on the notifier's errors goes off.
        """
        _Run(context, runtime).run()


class _Run:
    def __init__(self, context: Context, runtime: NotifierRuntime) -> None:
        self._context = context
        self._runtime = runtime
        environment = runtime.environment
        self._location = StageLocation.of(environment, runtime.region)
        self._queue = AlertsQueueReader(runtime.client("sqs"), environment.alerts_queue_url)
        self._log = NotifierLog(context, version=environment.code_version, now=runtime.now, write=runtime.write)
        self._digest = Digest(runtime.alarms_on)
        self._outages = Outages(runtime, self._log)
        self._pauses = Pauses(runtime, self._log)
        self._undelivered = Undelivered(runtime, self._log)
        self._causes = Causes(runtime, context, self._log)
        self._seconds = self._seconds_left()
        self._receiving = 0.0
        """Seconds from the first to the last receive."""

    def run(self) -> None:
        slack_is_on = bool(self._runtime.webhook.url())
        try:
            self._read()
            self._receive()
            self._queue.delete(self._undelivered.take(self._digest))
            self._take_causes()
            if slack_is_on:
                self._post_to_slack()
            else:
                self._send_by_email()
        finally:
            self._causes.release()
            self._queue.release(self._has_time_left(RELEASE_SHARE / 3))
            queue = self._queue
            self._log.drained(received=queue.received, left=queue.left, oldest=queue.oldest(self._runtime.now()))

    def _read(self) -> None:
        items = self._outages.read([MEMORY_KEY, SUMS_KEY])
        self._pauses.read(items)
        self._undelivered.read(items)

    def _receive(self) -> None:
        for received in self._queue.receive(limit=MAX_ALERTS, has_time=self._has_time_left(1 - RECEIVE_SHARE)):
            self._receiving = self._seconds - self._seconds_left()
            self._digest.add(parse(received.body), sqs_message_id=received.message_id, handle=received.handle)

    def _take_causes(self) -> None:
        def has_time() -> bool:  # with the time for deleting: what is noted and not deleted is counted again
            return self._seconds_to_post() > self._seconds * NOTE_SHARE

        self._queue.delete(self._causes.take(self._digest, is_drained=self._queue.is_drained, has_time=has_time))

    def _post_to_slack(self) -> None:
        runtime = self._runtime
        slack = Slack(
            runtime.webhook,
            runtime.post,
            now=runtime.now,
            sleep=runtime.sleep,
            seconds_left=self._seconds_to_post,
        )
        self._queue.delete(self._digest.handles_without_card)
        inspect_queue = partial(inspect, runtime.client("sqs"))
        alerts = all_notices(self._digest, self._causes, self._location, inspect_queue, self._wait_reasons)
        for notice in chain(self._states(), alerts, self._undelivered.notices(self._location)):
            if not self._post(slack, notice):
                return

    def _post(self, slack: Slack, notice: Notice) -> bool:
        """Post one card; return whether to go on with the next."""
        result = slack.post(message(notice.card))
        if result.outcome is PostOutcome.REFUSED:
            self._log.warn("refused as blocks", notice, status=result.status, why=result.reason)
            result = slack.post(message_without_blocks(notice.card))
        if result.outcome is PostOutcome.ACCEPTED:
            self._log.sent(OperatorAction.POSTED, notice)
            self._remember(notice)
            self._delete(notice)
        elif result.outcome is PostOutcome.REFUSED:  # in both forms: Slack would refuse it every minute
            self._log.warn("refused by Slack", notice, status=result.status, why=result.reason)
            self._mail([notice])
        else:
            self._log.warn("not posted", notice, status=result.status, why=result.reason)
        return result.outcome is not PostOutcome.UNAVAILABLE

    def _states(self) -> Iterator[Notice]:
        """The cards about what lasts: systems that are unavailable, and pauses."""
        return chain(self._outages.notices(self._location), self._pauses.notices(self._location))

    def _wait_reasons(self, service: str) -> Sequence[WaitReason]:
        return [*self._pauses.wait_reasons(service), *self._outages.wait_reasons(service)]

    def _said(self, notice: Notice) -> None:
        self._outages.said(notice)
        self._pauses.said(notice)
        self._undelivered.said(notice)
        self._causes.said(notice)

    def _remember(self, notice: Notice) -> None:
        """Note what was said, and which of the card's alarms are on: that one is over is news, even without data."""
        self._said(notice)
        on = {changes.latest.name for changes in self._digest.alarms.values() if not changes.is_ok}
        self._runtime.alarms_on.difference_update(notice.alarms)
        self._runtime.alarms_on.update(on.intersection(notice.alarms))

    def _send_by_email(self) -> None:
        arn = self._runtime.environment.slack_webhook_secret_arn
        self._log.warn(
            f"Slack is off: the secret {arn} {self._runtime.webhook.problem}. Create an incoming webhook in Slack and "
            "store its URL (https://hooks.slack.com/services/...) there, as it is, and the next run posts; until then "
            "alerts of dead letters are sent by email."
        )
        alerts = notices_without_alarms(self._digest, self._causes, self._location)
        self._mail(chain(self._states(), alerts, self._undelivered.notices(self._location)))
        self._queue.delete([handle for alarm in self._digest.alarms.values() for handle in alarm.handles])

    def _mail(self, notices: Iterable[Notice]) -> None:
        environment = self._runtime.environment
        for fitting in pages(notices, email_digest.fits):
            email_digest.send(
                self._runtime.client("sns"), environment.email_topic_arn, fitting, stage=environment.stage
            )
            for notice in fitting:
                self._log.sent(OperatorAction.MAILED, notice)
                self._said(notice)
                self._delete(notice)

    def _delete(self, notice: Notice) -> None:
        if kept := self._queue.delete(notice.handles):
            self._log.warn("not deleted, will be posted again", notice, kept=kept)

    def _seconds_to_post(self) -> float:
        """Seconds left for posting, without the time for deleting: what is posted and not deleted is posted again.

        Deleting is expected to take as long as receiving did.
        """
        deleting = self._receiving * self._queue.left / max(1, self._queue.received)
        return self._seconds_left() - deleting - self._seconds * RELEASE_SHARE

    def _seconds_left(self) -> float:
        return self._context.get_remaining_time_in_millis() / 1000

    def _has_time_left(self, share: float) -> Callable[[], bool]:
        return lambda: self._seconds_left() > self._seconds * share


handler = SlackNotifier()
