"""Tells people, each minute: drains the alerts queue, groups, posts to Slack, and deletes what Slack has taken.

EventBridge Scheduler starts it. A storm of alerts is a handful of cards; while Slack is down they wait in the queue.
"""

from collections.abc import Callable, Sequence
from functools import partial

from lambdas.common.budget import Context
from lambdas.slack_notifier import by_email
from lambdas.slack_notifier.alerts.alerts_queue import AlertsQueueReader
from lambdas.slack_notifier.alerts.dead_letter_queue import look
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.reading import read
from lambdas.slack_notifier.cards.card import Notice
from lambdas.slack_notifier.cards.notices import notices, without_alarms
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.journal import Journal
from lambdas.slack_notifier.runtime import NotifierRuntime, notifier_runtime
from lambdas.slack_notifier.slack.block_kit import message, message_without_blocks
from lambdas.slack_notifier.slack.slack import Slack, Verdict
from schemas.reasons import OperatorAction

MOST_ALERTS = 10_000
"""A run; the rest is the next one's."""

DRAINING = 0.4
"""The share of a run's time in which alerts are received. To delete them takes as long again; what is left is for
posting."""

GIVING_BACK = 0.06
"""The share that is kept back for giving back to the queue what could not be posted."""


class SlackNotifier:
    """The deployed function. Lambda calls it; a test calls `run` with a world of its own."""

    def __call__(self, _event: object, context: Context) -> None:
        """Be started by the schedule, whose event says nothing."""
        self.run(context, notifier_runtime())

    def run(self, context: Context, own: NotifierRuntime) -> None:
        """Tell all that there is to tell.

        It returns where Slack is down: what is left tells of that. It raises where AWS fails, so that the alarm of its
        own errors goes off.
        """
        _Run(context, own).run()


class _Run:
    def __init__(self, context: Context, own: NotifierRuntime) -> None:
        self._context = context
        self._world = own
        environment = own.environment
        self._place = StageLocation.of(environment, own.region)
        self._queue = AlertsQueueReader(own.client("sqs"), environment.alerts_queue_url)
        self._journal = Journal(context, now=own.now, write=own.write)
        self._digest = Digest()
        self._seconds = self._seconds_left()
        self._draining = 0.0
        """Seconds from the first to the last receive."""

    def run(self) -> None:
        is_on = bool(self._world.webhook.url())
        try:
            self._drain()
            if is_on:
                self._tell_slack()
            else:
                self._tell_by_email()
        finally:
            self._queue.give_back(self._until(GIVING_BACK / 3))
            queue = self._queue
            self._journal.drained(received=queue.received, left=queue.left, oldest=queue.oldest(self._world.now()))

    def _drain(self) -> None:
        for received in self._queue.drain(most=MOST_ALERTS, in_time=self._until(1 - DRAINING)):
            self._draining = self._seconds - self._seconds_left()
            self._digest.take(read(received.body), sqs_message_id=received.message_id, handle=received.handle)

    def _tell_slack(self) -> None:
        own = self._world
        slack = Slack(
            own.webhook,
            own.post,
            now=own.now,
            sleep=own.sleep,
            seconds_left=self._seconds_to_post,
        )
        self._queue.delete(self._digest.no_news)
        for notice in notices(self._digest, self._place, partial(look, own.client("sqs"))):
            if not self._tell(slack, notice):
                return

    def _tell(self, slack: Slack, notice: Notice) -> bool:
        """Post one card; whether the next is worth a try."""
        received = slack.take(message(notice.card))
        if received.fate is Verdict.REFUSED:
            self._journal.warn("refused as blocks", notice, status=received.status, why=received.why)
            received = slack.take(message_without_blocks(notice.card))
        if received.fate is Verdict.TAKEN:
            self._journal.told(OperatorAction.POSTED, notice)
            self._delete(notice)
        elif received.fate is Verdict.REFUSED:  # in any form: it would be refused in each minute to come
            self._journal.warn("refused by Slack", notice, status=received.status, why=received.why)
            self._mail([notice])
        else:
            self._journal.warn("not posted", notice, status=received.status, why=received.why)
        return received.fate is not Verdict.NOT_NOW

    def _tell_by_email(self) -> None:
        arn = self._world.environment.slack_webhook_secret_arn
        self._journal.warn(
            f"Slack is off: the secret {arn} holds no incoming webhook's URL. Store one there, as it is, and the next "
            "run posts; until then dead letters are told by mail."
        )
        told = list(without_alarms(self._digest, self._place))
        self._mail(told)
        self._queue.delete([handle for alarm in self._digest.alarms.values() for handle in alarm.handles])

    def _mail(self, told: Sequence[Notice]) -> None:
        if told:
            environment = self._world.environment
            by_email.send(self._world.client("sns"), environment.email_topic_arn, told, stage=environment.stage)
        for notice in told:
            self._journal.told(OperatorAction.MAILED, notice)
            self._delete(notice)

    def _delete(self, notice: Notice) -> None:
        if kept := self._queue.delete(notice.handles):
            self._journal.warn("not deleted, to be told again", notice, kept=kept)

    def _seconds_to_post(self) -> float:
        """To delete takes as long as to receive did; what is posted and not deleted would be posted again."""
        deleting = self._draining * self._queue.left / max(1, self._queue.received)
        return self._seconds_left() - deleting - self._seconds * GIVING_BACK

    def _seconds_left(self) -> float:
        return self._context.get_remaining_time_in_millis() / 1000

    def _until(self, share: float) -> Callable[[], bool]:
        return lambda: self._seconds_left() > self._seconds * share


handler = SlackNotifier()
