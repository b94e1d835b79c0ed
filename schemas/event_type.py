"""What there is to say about one type of event: its contract, and how its function behaves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, NamedTuple

from schemas.message import AnyMessage, Message, P
from schemas.wire import Payload


class Kind(StrEnum):
    """A reaction decides, a job acts."""

    REACTION = "reaction"
    """A function of one event: may read, writes nothing, returns follow-ups as data."""

    JOB = "job"
    """Does exactly one side effect."""

    ALERT = "alert"
    """Tells people, by the alerts queue; it has no function of its own."""


class Needs(StrEnum):
    """What a function uses beyond its own queues, in domain words; the stack turns each into one grant or setting."""

    CRM = "crm"
    EMAIL = "email"
    SMS = "sms"
    WEBHOOKS = "webhooks"
    """Posts to endpoints that others run."""

    REMINDERS = "reminders"
    """How long before an appointment its reminders are due."""

    DUNNING = "dunning"
    """How long after a declined payment it is tried again."""

    TEXTS = "texts"
    """Writes to people: templates, time zones. No parameter asks for it: what its modules import does."""


class Backoff(NamedTuple):
    """Exponential backoff with full jitter: after attempt n, wait between 0 and min(cap, base * 2^(n - 1)) seconds."""

    base: float
    cap: float = 900
    """Seconds; SQS delays a message by 900 at most."""

    def capped(self, seconds: str) -> "Backoff":
        """This backoff with no wait over a stage's cap, as an environment variable has it; empty for no cap."""
        return self._replace(cap=min(self.cap, float(seconds))) if seconds else self


class Thresholds(NamedTuple):
    """From when on people are told of a type; None: as its stage has it for all."""

    oldest: int | None = None
    """Seconds that the oldest message of its queue may have waited."""

    depth: int | None = None
    """Messages that may wait in its queue."""

    failing: float | None = None
    """The share of attempts that may fail within five minutes: 0.25 is a quarter."""

    minimum_attempts: int | None = None
    """Attempts in five minutes below which `failing` is ignored."""


class Behaviour(NamedTuple):
    """How a function of one kind runs, unless its type says otherwise."""

    timeout: int
    batch_size: int
    max_concurrency: int
    backoff: Backoff


_DEFAULTS = {
    Kind.REACTION: Behaviour(timeout=10, batch_size=10, max_concurrency=50, backoff=Backoff(base=2)),
    # One record a batch: a slow or crashing side effect has no neighbours. `QUICK_JOBS` is for those that are neither.
    Kind.JOB: Behaviour(timeout=30, batch_size=1, max_concurrency=20, backoff=Backoff(base=5)),
    # Nothing works a queue of it off: who tells people starts by the clock.
    Kind.ALERT: Behaviour(timeout=50, batch_size=10, max_concurrency=2, backoff=Backoff(base=1)),
}

QUICK_JOBS = 10
"""A batch of jobs whose other side nearly always answers at once: a batch of one costs nine more requests for each.

A slow neighbour costs a job its turn and no attempt, and a crashing one sets it apart
(`lambdas/common/batch/redelivery.py`). The function has twice the time, of which each job has half at least: as long as
it would have alone.
"""

_OF_ITS_KIND: Any = None

_AS_ITS_STAGE = Thresholds()


class PreviousVersion(NamedTuple, Generic[P]):
    """An older version of a payload's contract that is still read: nobody knows how long messages are on their way."""

    payload: type[P]
    lift: Callable[[P], Payload]
    """Makes of it the payload of the next version. It must take whatever the contract takes."""


ITSELF: Any = "itself"
"""Stands in a type's `emits` or `schedules` for the type that is being declared."""


@dataclass(frozen=True, eq=False)
class EventType(Generic[P]):
    """One entry of the catalogue. Rule, queues, function, grants and contract follow from it.

    Give `timeout`, `batch_size`, `max_concurrency` and `backoff` only where the kind's default does not fit.
    """

    name: str
    payload: type[P]
    kind: Kind
    needs: frozenset[Needs] | set[Needs] = frozenset()
    emits: "frozenset[EventType[Any]] | set[EventType[Any]]" = frozenset()
    """What its reaction may put on the bus."""

    schedules: "frozenset[EventType[Any]] | set[EventType[Any]]" = frozenset()
    """What its reaction may let happen later, or call off again."""

    sent_by: str = "any Taly service"
    """Which services publish it, in words for people; empty where it only follows from other types."""

    earlier: tuple[PreviousVersion[Any], ...] = ()
    """The versions before this one, from version 1 on."""

    max_attempts: int = 3
    timeout: int = _OF_ITS_KIND
    """Seconds that one invocation may take."""

    batch_size: int = _OF_ITS_KIND
    """Records an invocation, at most (SQS: 10 without a batching window)."""

    max_concurrency: int = _OF_ITS_KIND
    """Invocations at a time, at most (Lambda: 2 to 1,000)."""

    backoff: Backoff = _OF_ITS_KIND

    thresholds: Thresholds = _AS_ITS_STAGE
    objective: timedelta | None = None
    """How soon after its timestamp 95 of 100 of its messages have succeeded; none: people are not told of late ones."""

    def __post_init__(self) -> None:
        """Fill in the kind's defaults."""
        defaults = _DEFAULTS[self.kind]
        as_its_kind = self.timeout is _OF_ITS_KIND
        for setting in ("timeout", "batch_size", "max_concurrency", "backoff"):
            if getattr(self, setting) is _OF_ITS_KIND:
                object.__setattr__(self, setting, getattr(defaults, setting))
        if as_its_kind and self.kind is Kind.JOB and self.batch_size > 1:
            object.__setattr__(self, "timeout", 2 * defaults.timeout)
        object.__setattr__(self, "needs", frozenset(self.needs))
        for follow_ups in ("emits", "schedules"):
            named = (self if each is ITSELF else each for each in getattr(self, follow_ups))
            object.__setattr__(self, follow_ups, frozenset(named))

    def __repr__(self) -> str:
        return f"EventType({self.name})"

    @property
    def folder(self) -> str:
        """Its function's folder under `lambdas/`: `booking_created`."""
        return self.name.replace(".", "_")

    @property
    def construct_id(self) -> str:
        """Its name in stacks, outputs and alarms: `BookingCreated`."""
        return "".join(word.capitalize() for word in self.folder.split("_"))

    @property
    def version(self) -> int:
        """The newest version of the payload's contract."""
        return len(self.earlier) + 1

    @cached_property
    def message_model(self) -> type[Message[P]]:
        """The model of a whole message of this type, of the newest version."""
        return Message[self.payload]  # type: ignore[name-defined]  # known at run time alone

    @cached_property
    def validate_json(self) -> Callable[..., Message[P]]:
        """What the message model's `model_validate_json` calls: a tenth of reading a message is that method's own."""
        self.message_model.model_rebuild()
        return self.message_model.__pydantic_validator__.validate_json

    def message_model_of(self, version: int) -> type[AnyMessage]:
        """The model of a whole message of a version, from 1 to the newest."""
        if version == self.version:
            return self.message_model
        payload: Any = self.payload_of(version)
        return Message[payload]

    def payload_of(self, version: int) -> type[Payload]:
        """The contract of a version's payload, from 1 to the newest."""
        return self.payload if version == self.version else self.earlier[version - 1].payload

    def upcasted(self, message: AnyMessage) -> Message[P]:
        """The message as one of the newest version. Its text stays as it came, wherever it is passed on."""
        payload = message.payload
        for earlier in self.earlier[message.version - 1 :]:
            payload = earlier.lift(payload)
        values = {**message.__dict__, "version": self.version, "payload": payload}
        return self.message_model.model_construct(_fields_set=message.model_fields_set, **values)


def by_name(event_types: Iterable[EventType[Any]]) -> dict[str, EventType[Any]]:
    """The types of a catalogue by their names."""
    return {event_type.name: event_type for event_type in event_types}


Catalogue = Mapping[str, EventType[Any]]
