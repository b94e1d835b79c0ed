"""Pauses of services, as values: what was paused, until when, and what an operator has to do about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ops.terminal.output import printable
from ops.terminal.times import minute
from schemas.destinations import Destination
from schemas.pauses import QUEUE_RETENTION, Pause, mappings, pauses
from schemas.signals import WAITING

EXPLAINED = frozenset(signal.slug for signal in WAITING)
"""Alarms that a pause turns on: messages wait on purpose."""

_OVERDUE_AFTER = timedelta(minutes=5)
"""The notifier ends a pause within a minute of its time; later, it fails to."""


@dataclass(frozen=True, slots=True)
class PauseStatus:
    """A service's pause at one time."""

    pause: Pause
    at: datetime

    @property
    def problem(self) -> str:
        """Why an operator has to look at the pause, as a sentence; empty: there is nothing to do."""
        if self.pause.is_by_hand:
            return "It does not end by itself."
        if self.pause.until and self.pause.until + _OVERDUE_AFTER <= self.at:
            return "It was due to end, and the notifier has not ended it."
        if self.pause.since and self.pause.is_near_retention(self.at):
            lost = self.pause.since + QUEUE_RETENTION
            return f"SQS deletes the messages that have waited since then from {minute(lost)} on."
        return ""

    @property
    def group(self) -> "PauseStatus":
        """The pause without its service: equal for services that were paused together."""
        return replace(self, pause=replace(self.pause, service=""))

    def text(self, services: Sequence[str]) -> str:
        """Return what is known about the pause of services that were paused together, in sentences."""
        names, verb = ", ".join(services), "is" if len(services) == 1 else "are"
        if self.pause.is_by_hand:
            first = f"{names}: event source mapping disabled by hand."
        else:
            by = f" by {self.pause.operator}" if self.pause.by else ""
            since = f" since {minute(self.pause.since)}" if self.pause.since else ""
            until = f"until {minute(self.pause.until)}" if self.pause.until else "until somebody resumes it"
            first = f"{names} {verb} paused{self._with}{by}{since}, {until}."
        return printable(f"{first} {self.problem}".rstrip())

    def commands(self, services: Sequence[str], stage: str) -> str:
        """Return the commands that end the pause of services that were paused together."""
        resumed = services if self.pause.is_by_hand else [self.pause.subject]
        return printable(", ".join(f"taly-async resume {each} --stage {stage}" for each in resumed))

    @property
    def _with(self) -> str:
        """The destination that was paused, if it was not the service itself."""
        subject = self.pause.subject
        if subject == self.pause.service or subject not in set(Destination):
            return ""
        return f" with {Destination(subject).in_words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPauses:
    """The event source mappings of a stage, as Lambda describes them."""

    paused: Mapping[str, PauseStatus] = field(default_factory=dict)
    """By service."""

    missing: tuple[str, ...] = ()
    """Services that have a queue, and no mapping."""

    unknown: Mapping[str, str] = field(default_factory=dict)
    """Why a service's pause is not known, as a clause, by service."""

    unread: str = ""
    """Why nothing is known about pauses, as a clause."""


def read_known_pauses(client: Any, stage: str, services: Iterable[str], now: datetime) -> KnownPauses:
    """Read the pauses of services; what an operator may not read counts as unknown.

    Args:
        client: boto3's client of Lambda.
        stage: the stage.
        services: those that have a queue.
        now: the time.
    """
    try:
        found = mappings(client.get_paginator("list_event_source_mappings").paginate, stage)
    except ClientError as error:
        return KnownPauses(unread=f"Lambda answered {_code(error)}")
    changing = dict.fromkeys(
        (name for name, each in found.items() if each.is_changing), "its event source mapping is being changed"
    )
    try:
        paused = {name: PauseStatus(each, now) for name, each in pauses(found, client.list_tags).items()}
    except ClientError as error:
        why = f"event source mapping disabled, and Lambda answered {_code(error)} for its tags"
        disabled = dict.fromkeys((name for name, each in found.items() if not each.is_enabled), why)
        return KnownPauses(missing=_missing(found, services), unknown=changing | disabled)
    return KnownPauses(paused=paused, missing=_missing(found, services), unknown=changing)


def together(paused: Iterable[PauseStatus]) -> Iterator[tuple[PauseStatus, list[str]]]:
    """Yield the pauses, those of services that were paused together once, with the names of these services."""
    groups: dict[PauseStatus, list[PauseStatus]] = {}
    for each in paused:
        groups.setdefault(each.group, []).append(each)
    for members in groups.values():
        yield members[0], [each.pause.service for each in members]


def _missing(found: Mapping[str, object], services: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in services if name not in found)


def _code(error: ClientError) -> str:
    return printable(error.response["Error"]["Code"])
