"""Which destinations are unavailable, and which cards are due: one a destination, one an hour, one at the end.

The notifier reads the items about routes each minute; while something fails, it asks for the depths of the queues that
wait for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from lambdas.slack_notifier.cards.card import Notice, WaitReason
from lambdas.slack_notifier.cards.outage_cards import outage, outage_over, wait_reason
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.outages.backlog import QueueDepths
from lambdas.slack_notifier.outages.memory import OutageMemory, memory_in, memory_key
from lambdas.slack_notifier.runtime import NotifierRuntime
from schemas.availability import (
    RECENT,
    DestinationState,
    Item,
    RouteState,
    UnprocessedError,
    health_keys,
    read_items,
    services_waiting_for,
    states_of,
)
from schemas.destinations import KEEP_RECORDS, Destination
from schemas.event_type import LONGEST_WAIT

YOUNG = timedelta(seconds=60)
"""An outage that is younger gets no card: most are over by then."""

REPEATED = timedelta(hours=1)
"""Between two cards about one outage."""

APART = timedelta(minutes=10)
"""Between the card that an outage is over and one about the next outage of that destination, at least."""

_DONE = 0.02
"""A backlog is done when no more than this share of its most messages waits: other messages fail and wait, too."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A card that is due, and what is remembered once it is sent."""

    notice: Notice
    memory: OutageMemory


class Outages:
    """The outages as one run of the notifier sees them."""

    def __init__(self, runtime: NotifierRuntime, log: NotifierLog) -> None:
        """See nothing yet; `read` looks."""
        self._runtime = runtime
        self._log = log
        self._now = runtime.now().replace(microsecond=0)  # as the items have it
        self._memory = runtime.outages
        self._states: dict[Destination, DestinationState] = {}
        """Empty where nothing is known, but for the table while it does not answer."""

        self._depths = QueueDepths(runtime.client("sqs"), runtime.environment.queue_url)
        self._due: dict[str, _Due] = {}

    def read(self, more: Iterable[str] = ()) -> Mapping[str, Item] | None:
        """Read the items about routes, and what was said; with them, in one call, the items of more keys.

        Returns the items by key; None where the table did not answer. An error of AWS is logged, and never raised.
        """
        keys = [*health_keys(), *map(memory_key, Destination), *more]
        table_name = self._runtime.environment.idempotency_table_name
        try:
            items = read_items(self._dynamodb.batch_get_item, table_name, keys)
        except UnprocessedError as error:
            self._table_failed(type(error).__name__)
        except aws_exceptions() as error:
            from lambdas.common.clients.aws_errors import failure_of  # the table answers nearly always

            failure = failure_of(error, "dynamodb:BatchGetItem")
            self._table_failed(failure.code, failure.to_do)
        else:
            self._memory.table_failing_since = None
            self._states = states_of(items, self._now)
            self._recall(items)
            return items
        return None

    def notices(self, location: StageLocation) -> Iterator[Notice]:
        """The cards that are due: one a destination at most."""
        for destination, state in self._states.items():
            memory = self._memory.said.get(destination)
            since = state.since
            is_open = memory is not None and not memory.is_over
            if since and (is_open or self._now - since >= YOUNG):
                due = self._while_it_lasts(state, since, memory, location)
            elif memory and is_open:
                due = self._afterwards(state, memory, location)
            else:
                due = None
            if due:
                self._due[destination] = due
                yield due.notice

    def said(self, notice: Notice) -> None:
        """Remember that a card was sent; a notice about something else changes nothing."""
        if due := self._due.get(notice.destination):
            self._remember(Destination(notice.destination), due.memory)

    def wait_reasons(self, service: str) -> list[WaitReason]:
        """Return which unavailable destinations messages of a type wait for."""
        return [
            wait_reason(state)
            for destination, state in self._states.items()
            if state.failing and service in services_waiting_for(destination)
        ]

    def _while_it_lasts(
        self, state: DestinationState, since: datetime, memory: OutageMemory | None, location: StageLocation
    ) -> _Due | None:
        backlog = self._depths.backlog(services_waiting_for(state.destination))
        if memory is None or memory.is_over:
            if memory and self._now - memory.said_at < APART:
                return None
            memory = OutageMemory(since=since, said_at=self._now, expired_before=state.expired)
            is_due = True
        else:
            is_due = self._now - memory.said_at >= REPEATED or bool(state.to_do and not memory.to_do)
        seen = replace(memory, answers_since=None, most=max(memory.most, backlog.total))
        if not is_due:
            self._update(state.destination, memory, seen)
            return None
        expired = max(0, state.expired - seen.expired_before)
        notice = outage(state, backlog, location, since=seen.since, expired=expired)
        return _Due(notice, replace(seen, said_at=self._now, to_do=state.to_do))

    def _afterwards(self, state: DestinationState, memory: OutageMemory, location: StageLocation) -> _Due | None:
        backlog = self._depths.backlog(services_waiting_for(state.destination))
        if backlog.total and self._may_still_fail(state):
            return None
        seen = replace(
            memory,
            answers_since=memory.answers_since or _answers_since(state, memory, self._now),
            most=max(memory.most, backlog.total),
        )
        ended = seen.answers_since or self._now
        is_done = backlog.is_complete and backlog.total <= _DONE * seen.most
        if not is_done and self._now - ended < REPEATED:
            self._update(state.destination, memory, seen)
            return None
        expired = max(0, state.expired - seen.expired_before)
        notice = outage_over(state, backlog, location, since=seen.since, ended=ended, most=seen.most, expired=expired)
        return _Due(notice, replace(seen, said_at=self._now, is_over=True))

    def _may_still_fail(self, state: DestinationState) -> bool:
        """Whether nobody has asked it lately, because what waits was told to come much later."""
        return any(
            each.failing_since
            and each.failed_at
            and self._now - each.failed_at <= timedelta(seconds=LONGEST_WAIT) + RECENT
            for each in state.routes
        )

    def _table_failed(self, code: str, to_do: str = "") -> None:
        """Note for the table itself that it did not answer; nothing is known about other destinations."""
        self._memory.table_failing_since = since = self._memory.table_failing_since or self._now
        self._log.warn("the idempotency table did not answer", why=code)
        route = RouteState(
            route=KEEP_RECORDS,
            failing_since=since,
            failed_at=self._now,
            why=f"DynamoDB answered the notifier with {code}",
            to_do=to_do,
        )
        table = DestinationState(destination=Destination.TABLE, at=self._now, routes=(route,))
        self._states = {Destination.TABLE: table}

    def _recall(self, items: Mapping[str, Item]) -> None:
        """Take what was said from the table, unless this process said more since: then keep that there."""
        known = self._memory.said
        for destination in Destination:
            kept = memory_in(items.get(memory_key(destination), {}))
            own = known.get(destination)
            if own and (kept is None or own.said_at > kept.said_at):
                self._keep(destination, own)
            elif kept:
                known[destination] = kept

    def _update(self, destination: Destination, before: OutageMemory, after: OutageMemory) -> None:
        if after != before:
            self._remember(destination, after)

    def _remember(self, destination: Destination, memory: OutageMemory) -> None:
        self._memory.said[destination] = memory
        if self._memory.table_failing_since is None:
            self._keep(destination, memory)

    def _keep(self, destination: Destination, memory: OutageMemory) -> None:
        try:
            self._dynamodb.put_item(
                TableName=self._runtime.environment.idempotency_table_name, Item=memory.item(destination, self._now)
            )
        except aws_exceptions() as error:
            self._log.warn("not remembered in the idempotency table", destination=destination, why=type(error).__name__)

    @property
    def _dynamodb(self) -> Any:
        return self._runtime.client("dynamodb")


def _answers_since(state: DestinationState, memory: OutageMemory, now: datetime) -> datetime:
    """The first success after the last failure that was noted; now, where none was."""
    failed_at = max((each.failed_at for each in state.routes if each.failed_at), default=memory.since)
    return min(
        (each.succeeded_at for each in state.routes if each.succeeded_at and each.succeeded_at >= failed_at),
        default=now,
    )
