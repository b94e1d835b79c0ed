"""Webhooks that customers' endpoints did not take: one card a day at most, whatever their number.

The first is reported at once. The alerts of those that follow are added to the sums in the table, and deleted. A crash
between the two counts them twice, and loses none. So does a repeated delivery by SQS.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from lambdas.common.clients.aws import aws_exceptions
from lambdas.slack_notifier.alerts.causes import AlertCause
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.cards.card import CardKind, Notice
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.cards.undelivered_card import undelivered
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.runtime import NotifierRuntime
from lambdas.slack_notifier.undelivered.sums import SUMS_KEY, UndeliveredSums, sums_in
from schemas.advice import is_undelivered
from schemas.availability import Item

APART = timedelta(days=1)
"""Between two cards, at least."""


class Undelivered:
    """The undelivered webhooks as one run of the notifier sees them."""

    def __init__(self, runtime: NotifierRuntime, log: NotifierLog) -> None:
        """Know no sums yet; `read` takes them."""
        self._runtime = runtime
        self._log = log
        self._now = runtime.now().replace(microsecond=0)  # as the item has it
        self._sums: UndeliveredSums | None = None
        """None while the table is away."""

        self._new: list[AlertCause] = []
        """Causes whose alerts are still in the queue, and that the next card reports."""

    def read(self, items: Mapping[str, Item] | None) -> None:
        """Take the sums from the items of the table; None where it did not answer."""
        if items is not None:
            self._sums = sums_in(items.get(SUMS_KEY, {}))

    def take(self, digest: Digest) -> Sequence[str]:
        """Take undelivered webhooks out of a digest; returns the handles of alerts that are in the sums, to delete.

        No handle is returned if a card is due, or if the table does not take the sums: a card says them then.
        """
        self._new = [digest.causes.pop(key) for key, cause in [*digest.causes.items()] if _is_undelivered(cause)]
        if not self._new or self._sums is None or self._is_due(self._sums):
            return []
        if not self._keep(self._sums.plus(self._new)):
            self._sums = None
            return []
        summed, self._new = self._new, []
        self._log.summed_up(summed)
        return [handle for cause in summed for handle in cause.handles]

    def notices(self, location: StageLocation) -> Iterator[Notice]:
        """The card that is due, if any. While the table is away, it reports the alerts of this run alone, at once."""
        sums = (self._sums or UndeliveredSums()).plus(self._new)
        if sums.count and (self._sums is None or self._is_due(self._sums)):
            yield undelivered(sums, self._new, location)

    def said(self, notice: Notice) -> None:
        """Remember that the card was sent; a notice about something else changes nothing."""
        if notice.kind is CardKind.UNDELIVERED:
            self._runtime.undelivered.said_at = self._now
            if self._sums is not None:
                self._keep(UndeliveredSums(said_at=self._now))

    def _is_due(self, sums: UndeliveredSums) -> bool:
        """Whether a day has passed since the last card, of which the table may not know."""
        said = [at for at in (sums.said_at, self._runtime.undelivered.said_at) if at]
        return all(self._now - at >= APART for at in said)

    def _keep(self, sums: UndeliveredSums) -> bool:
        """Write the sums, and return whether the table took them."""
        try:
            self._runtime.client("dynamodb").put_item(
                TableName=self._runtime.environment.idempotency_table_name, Item=sums.item(self._now)
            )
        except aws_exceptions() as error:
            self._log.warn("not remembered in the idempotency table", endpoints=True, why=type(error).__name__)
            return False
        self._sums = sums
        return True


def _is_undelivered(cause: AlertCause) -> bool:
    return is_undelivered(cause.first.service, cause.first.reason, cause.first.error)
