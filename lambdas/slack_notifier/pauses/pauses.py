"""Which types are paused: end what is due, and find the cards that are due, one a pause at its begin and its end.

The notifier lists the event source mappings each minute, and reads the tags of those that are disabled. So a pause ends
on time wherever the operator who began it is.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.common.clients.aws import aws_exceptions
from lambdas.slack_notifier.cards.card import Notice, WaitReason
from lambdas.slack_notifier.cards.pause_cards import (
    BY_HAND,
    PausedSubject,
    near_retention,
    overdue,
    pause_reason,
    paused,
    resumed,
)
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.notifier_log import NotifierLog
from lambdas.slack_notifier.outages.backlog import QueueDepths
from lambdas.slack_notifier.pauses.memory import MEMORY_KEY, PauseMemory, Warned, item_of, said_in
from lambdas.slack_notifier.runtime import NotifierRuntime
from schemas.availability import Item
from schemas.names import PAUSED
from schemas.pauses import RETENTION_NEAR, TAGS, Pause, SourceMapping, mappings, pause_of, pauses

YOUNG = timedelta(seconds=15)
"""A pause that is younger gets no card yet: the mappings of a destination are disabled one after the other."""

PATIENCE = timedelta(minutes=5)
"""Time for which AWS may refuse to end a pause without a card: a mapping that changes is refused for a moment."""


@dataclass(frozen=True, slots=True)
class _Due:
    """The memory to keep once a card is sent; None: nothing any more."""

    memory: PauseMemory | None


class Pauses:
    """The pauses as one run of the notifier sees them."""

    def __init__(self, runtime: NotifierRuntime, log: NotifierLog) -> None:
        """See nothing yet; `read` looks."""
        self._runtime = runtime
        self._log = log
        self._now = runtime.now().replace(microsecond=0)  # as the tags have it
        self._memory = runtime.pauses
        self._depths = QueueDepths(runtime.client("sqs"), runtime.environment.queue_url)
        self._paused: dict[str, Pause] = {}
        self._changing: frozenset[str] = frozenset()
        """Services whose mapping does not say whether it is enabled."""

        self._refusals: dict[str, str] = {}
        """Why a pause that is due was not ended, by service."""

        self._ended: dict[str, Pause] = {}
        """A pause that this run ended, by subject."""

        self._is_known = False
        self._due: dict[str, _Due] = {}

    def read(self, items: Mapping[str, Item] | None) -> None:
        """Find the pauses, and end those that are due. An error of AWS is logged, and never raised.

        Args:
            items: of the idempotency table; None where it did not answer.
        """
        self._recall(items)
        try:
            pages = self._lambda.get_paginator("list_event_source_mappings").paginate
            found = mappings(pages, self._runtime.environment.stage)
            self._paused = pauses(found, self._lambda.list_tags)
        except aws_exceptions() as error:
            self._log.warn("pauses are not known", why=_code(error))
            return
        self._is_known = True
        self._changing = frozenset(each.service for each in found.values() if each.is_changing)
        self._clean(found)
        self._resume(found)
        for service in self._paused:
            self._log.metric(self._runtime.environment.stage, PAUSED, service)

    def notices(self, location: StageLocation) -> Iterator[Notice]:
        """The cards that are due: one a subject at most."""
        if not self._is_known or self._memory.said is None:
            return
        subjects = self._subjects(self._memory.said)
        for name in {**subjects, **self._memory.said}:
            subject, memory = subjects.get(name), self._memory.said.get(name)
            if subject:
                notice = self._while_it_lasts(subject, memory, location)
            elif memory and not memory.services & self._changing:
                notice = self._afterwards(name, memory, location)
            else:
                notice = None
            if notice:
                yield notice

    def said(self, notice: Notice) -> None:
        """Remember that a card was sent; a notice about something else changes nothing."""
        if due := self._due.get(notice.pause):
            self._remember(notice.pause, due.memory)

    def wait_reasons(self, service: str) -> list[WaitReason]:
        """Return why messages of a type wait, if it is paused."""
        pause = self._paused.get(service)
        return [pause_reason(pause, self._runtime.environment.stage)] if pause else []

    def _while_it_lasts(
        self, subject: PausedSubject, memory: PauseMemory | None, location: StageLocation
    ) -> Notice | None:
        changing = memory.services & self._changing if memory else frozenset[str]()
        seen = PauseMemory(since=subject.since, until=subject.until, services=changing.union(subject.services))
        if memory is None or memory.since != subject.since or seen.services - memory.services:
            if self._is_young(subject):
                return None
            self._due[subject.subject] = _Due(seen)
            return paused(subject, self._depths.everything(subject.services), location)
        seen = replace(seen, warned=memory.warned)
        refusals = [self._refusals[each] for each in subject.services if each in self._refusals]
        is_overdue = subject.until is not None and self._now - subject.until >= PATIENCE
        if is_overdue and refusals and Warned.OVERDUE not in memory.warned:
            self._warn(subject, seen, Warned.OVERDUE)
            return overdue(subject, self._depths.everything(subject.services), location, why=refusals[0])
        if self._now - subject.since >= RETENTION_NEAR and Warned.RETENTION not in memory.warned:
            self._warn(subject, seen, Warned.RETENTION)
            return near_retention(subject, self._depths.everything(subject.services), location)
        if seen != memory:
            self._remember(subject.subject, seen)
        return None

    def _is_young(self, subject: PausedSubject) -> bool:
        began = [self._paused[each].since for each in subject.services]
        return any(since and timedelta() <= self._now - since < YOUNG for since in began)

    def _warn(self, subject: PausedSubject, memory: PauseMemory, warned: Warned) -> None:
        self._due[subject.subject] = _Due(replace(memory, warned=memory.warned | {warned}))

    def _afterwards(self, name: str, memory: PauseMemory, location: StageLocation) -> Notice | None:
        running = memory.services - self._paused.keys()
        if not running:  # all are paused by another name now, as after `pause` of what was disabled by hand
            self._remember(name, None)
            return None
        ended = self._ended.get(name)
        subject = PausedSubject(
            subject=name,
            services=sorted(running),
            since=memory.since,
            until=ended.until if ended else memory.until,
            at=self._now,
        )
        self._due[name] = _Due(None)
        return resumed(subject, self._depths.everything(subject.services), location)

    def _subjects(self, said: Mapping[str, PauseMemory]) -> dict[str, PausedSubject]:
        """Group the pauses by subject; of those by hand, the notifier itself notes since when."""
        groups: dict[str, list[Pause]] = {}
        for pause in self._paused.values():
            groups.setdefault(pause.subject or BY_HAND, []).append(pause)
        return {name: self._subject(name, group, said.get(name)) for name, group in groups.items()}

    def _subject(self, name: str, group: Collection[Pause], memory: PauseMemory | None) -> PausedSubject:
        unknown = memory.since if memory else self._now
        begins = [each.since for each in group if each.since]
        if memory and memory.services & self._changing:
            begins.append(memory.since)
        ends = [each.until for each in group if each.until]
        return PausedSubject(
            subject=name,
            services=sorted(each.service for each in group),
            since=min(begins, default=unknown),
            until=max(ends) if len(ends) == len(group) else None,
            by=next((each.by for each in group if each.by), ""),
            at=self._now,
        )

    def _resume(self, found: Mapping[str, SourceMapping]) -> None:
        """End what is due; the log says it first, and the tags go last, so the next run finishes what a crash left."""
        for service, pause in [*self._paused.items()]:
            if not pause.is_over(self._now):
                continue
            self._log.resumes(pause)
            try:
                self._lambda.update_event_source_mapping(UUID=found[service].uuid, Enabled=True)
            except aws_exceptions() as error:
                self._refusals[service] = why = _code(error)
                self._log.warn("not resumed, will be tried again", paused=service, why=why)
                continue
            del self._paused[service]
            self._ended[pause.subject] = pause
            self._untag(found[service], pause.since)

    def _clean(self, found: Mapping[str, SourceMapping]) -> None:
        """Remove tags that a crash left on a mapping that was enabled: they would end a later pause by hand at once."""
        for memory in (self._memory.said or {}).values():
            for service in memory.services & found.keys() - self._paused.keys() - self._changing:
                self._untag(found[service], memory.since)

    def _untag(self, mapping: SourceMapping, since: datetime | None) -> None:
        """Remove the tags of a pause that is over; those of a pause that somebody begins at this moment stay."""
        try:
            tags = self._lambda.list_tags(Resource=mapping.arn).get("Tags") or {}
            if pause_of(mapping.service, tags).since == since:
                self._lambda.untag_resource(Resource=mapping.arn, TagKeys=[*TAGS])
        except aws_exceptions() as error:
            self._log.warn("tags of a pause that is over were not removed", paused=mapping.service, why=_code(error))

    def _recall(self, items: Mapping[str, Item] | None) -> None:
        """Take what was said from the table, unless it did not take what this process said last: then say it again."""
        if items is None:
            return
        if self._memory.is_unsaved:
            self._keep()
        else:
            self._memory.said = said_in(items.get(MEMORY_KEY, {}))

    def _remember(self, name: str, memory: PauseMemory | None) -> None:
        said = {**(self._memory.said or {}), name: memory}
        self._memory.said = {subject: each for subject, each in said.items() if each}
        self._keep()

    def _keep(self) -> None:
        item = item_of(self._memory.said or {}, self._now)
        try:
            self._runtime.client("dynamodb").put_item(
                TableName=self._runtime.environment.idempotency_table_name, Item=item
            )
        except aws_exceptions() as error:
            self._memory.is_unsaved = True
            self._log.warn("not remembered in the idempotency table", pauses=True, why=type(error).__name__)
        else:
            self._memory.is_unsaved = False

    @property
    def _lambda(self) -> Any:
        return self._runtime.client("lambda")


def _code(error: Exception) -> str:
    """Return AWS's error code; the name of the exception where AWS did not answer."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)
