"""Event types: a type's contract and the settings of its function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, NamedTuple

from schemas.message import AnyMessage, Message, P
from schemas.wire import Payload


class Kind(StrEnum):
    """The kinds of event types: a reaction decides, a job acts, an alert notifies."""

    REACTION = "reaction"
    """Decides on one event: may read, writes nothing, returns follow-ups as data."""

    JOB = "job"
    """Does exactly one side effect."""

    ALERT = "alert"
    """Notifies operators through the alerts queue; an alert type has no function."""


class Needs(StrEnum):
    """Services and settings that a function needs beside its queues; the stack turns each into one grant or setting."""

    CRM = "crm"
    EMAIL = "email"
    SMS = "sms"
    WEBHOOKS = "webhooks"
    """HTTP requests to customers' endpoints."""

    REMINDERS = "reminders"
    """The times between reminder and appointment."""

    DUNNING = "dunning"
    """The waits after declined payment attempts."""

    QUIET_HOURS = "quiet_hours"
    """The hours in which no text is sent."""

    SUPPRESSED = "suppressed"
    """Whether an address is on the suppression list."""

    SUPPRESSION_LIST = "suppression_list"
    """Changes of the suppression list."""

    HASH_KEY = "hash_key"
    """The key of hashes of phone numbers, which is that of the suppression list."""

    TEXTS = "texts"
    """Templates and time zones. No handler parameter stands for it: the modules that the handler imports need it."""


LONGEST_WAIT = 12 * 3600
"""Seconds; a longer `Retry-After` is cut to this."""

LONGEST_DELIVERY_DELAY = 27 * 3600
"""Seconds; the longest of a type's `delivery_delays`, with its jitter."""


class Backoff(NamedTuple):
    """Exponential backoff with full jitter: after attempt n, wait 0 to min(cap, base * 2^(n - 1)) seconds at random."""

    base: float
    """Seconds."""

    cap: float = 900
    """Seconds; SQS delays a message by at most 900."""

    def capped(self, seconds: str) -> "Backoff":
        """Lower the cap to a stage's, given as in the environment variable; empty for no change."""
        return self._replace(cap=min(self.cap, float(seconds))) if seconds else self


class Thresholds(NamedTuple):
    """Alarm thresholds of a type; None means the stage's default."""

    oldest: int | None = None
    """Age in seconds of the oldest message in the queue."""

    depth: int | None = None
    """Number of messages in the queue."""

    failing: float | None = None
    """Share of failed attempts within five minutes: 0.25 is a quarter."""

    minimum_attempts: int | None = None
    """Attempts within five minutes below which the share of failures raises no alarm."""


class Behaviour(NamedTuple):
    """Defaults of a kind's functions; a type may override each."""

    timeout: int
    batch_size: int
    max_concurrency: int
    backoff: Backoff


_DEFAULTS = {
    Kind.REACTION: Behaviour(timeout=10, batch_size=10, max_concurrency=50, backoff=Backoff(base=2)),
    # One record a batch, so that a slow or crashing side effect affects no other. Others use `QUICK_JOBS`.
    Kind.JOB: Behaviour(timeout=30, batch_size=1, max_concurrency=20, backoff=Backoff(base=5)),
    # The notifier runs on a schedule, without an event source mapping.
    Kind.ALERT: Behaviour(timeout=50, batch_size=10, max_concurrency=2, backoff=Backoff(base=1)),
}

QUICK_JOBS = 10
"""Batch size for jobs that nearly always finish at once: batches of one would cost ten times the requests.

A slow job defers the rest of its batch, which spends no attempt. After a crash, each job of the batch runs alone
(`lambdas/common/batch/redelivery.py`). The function has twice the default timeout, so that each job has as much time
as in a batch of one.
"""

_KIND_DEFAULT: Any = None
_STAGE_DEFAULTS = Thresholds()


class PreviousVersion(NamedTuple, Generic[P]):
    """An older version of a payload's contract. It stays readable: messages of it may be in transit for months."""

    payload: type[P]
    upcast: Callable[[P], Payload]
    """Converts a payload to the next version. It must accept everything that this version's contract accepts."""


ITSELF: Any = "itself"
"""In a type's `emits` or `schedules`: the type that is being declared."""


@dataclass(frozen=True, eq=False)
class EventType(Generic[P]):
    """One entry of the catalogue. Rule, queues, function, grants and published contract are derived from it.

    Give `timeout`, `batch_size`, `max_concurrency` and `backoff` only where the kind's default does not fit.
    """

    name: str
    payload: type[P]
    kind: Kind
    needs: frozenset[Needs] | set[Needs] = frozenset()
    emits: "frozenset[EventType[Any]] | set[EventType[Any]]" = frozenset()
    """Types that its reaction may put on the bus."""

    schedules: "frozenset[EventType[Any]] | set[EventType[Any]]" = frozenset()
    """Types that its reaction may schedule, and whose schedules it may cancel."""

    subject: str = ""
    """The payload's field, as on the wire, with the id of the business object that its messages are about, such as
    `bookingId`; log lines carry it. Only a field without personal meaning; empty: none."""

    moves_money: bool = False
    """Whether its job charges a customer, so that doing it again takes an operator's express word."""

    sent_by: str = "any Taly service"
    """Producers of the type, for the documentation; empty where only other types cause it."""

    previous_versions: tuple[PreviousVersion[Any], ...] = ()
    """All older versions, from version 1 on."""

    max_attempts: int = 3
    delivery_delays: tuple[timedelta, ...] = ()
    """Waits before the second and each further try at a receiver that is not ours; such tries spend no attempt."""

    patience: timedelta = timedelta(days=3)
    """For how long a message may be deferred because another system is unavailable."""

    timeout: int = _KIND_DEFAULT
    """Lambda timeout in seconds."""

    batch_size: int = _KIND_DEFAULT
    """Maximum records per invocation (SQS: 10 without a batching window)."""

    max_concurrency: int = _KIND_DEFAULT
    """Maximum concurrent invocations (Lambda: 2 to 1,000)."""

    backoff: Backoff = _KIND_DEFAULT
    thresholds: Thresholds = _STAGE_DEFAULTS
    objective: timedelta | None = None
    """Time from timestamp to success that 95% of the messages must meet; None raises no alarm about late messages."""

    def __post_init__(self) -> None:
        """Fill in the kind's defaults."""
        defaults = _DEFAULTS[self.kind]
        default_timeout = self.timeout is _KIND_DEFAULT
        for setting in ("timeout", "batch_size", "max_concurrency", "backoff"):
            if getattr(self, setting) is _KIND_DEFAULT:
                object.__setattr__(self, setting, getattr(defaults, setting))
        if default_timeout and self.kind is Kind.JOB and self.batch_size > 1:
            object.__setattr__(self, "timeout", 2 * defaults.timeout)
        object.__setattr__(self, "needs", frozenset(self.needs))
        for follow_ups in ("emits", "schedules"):
            declared = (self if each is ITSELF else each for each in getattr(self, follow_ups))
            object.__setattr__(self, follow_ups, frozenset(declared))

    def __repr__(self) -> str:
        return f"EventType({self.name})"

    @property
    def folder(self) -> str:
        """The function's folder in `lambdas/`, such as `booking_created`."""
        return self.name.replace(".", "_")

    @property
    def construct_id(self) -> str:
        """The type's name in stacks and outputs, such as `BookingCreated`."""
        return "".join(word.capitalize() for word in self.folder.split("_"))

    @cached_property
    def subject_kind(self) -> str:
        """The subject's kind, such as `booking` of the field `bookingId`; empty where the type has no subject."""
        return self.subject.removesuffix("Id").lower()

    @cached_property
    def subject_attribute(self) -> str:
        """The payload's attribute with the subject's id, such as `booking_id`; empty where the type has no subject."""
        return "".join(f"_{each.lower()}" if each.isupper() else each for each in self.subject)

    def subject_of(self, payload: Payload) -> str:
        """Return the subject of a payload, such as `booking/0b7e3c52-…`; empty where the type has none."""
        return f"{self.subject_kind}/{getattr(payload, self.subject_attribute)}" if self.subject else ""

    @property
    def can_skip(self) -> bool:
        """Whether its function may skip messages by what the CRM answers; an alarm watches the share of them."""
        return Needs.CRM in self.needs

    @property
    def can_expire(self) -> bool:
        """Whether its messages may have a time of their own, after which they are skipped."""
        return self.payload.ends_at is not Payload.ends_at

    @cached_property
    def version(self) -> int:
        """The newest version of the payload's contract."""
        return len(self.previous_versions) + 1

    @cached_property
    def message_model(self) -> type[Message[P]]:
        """The model of a whole message of the newest version."""
        return Message[self.payload]  # type: ignore[name-defined]  # known only at run time

    @cached_property
    def validate_json(self) -> Callable[..., Message[P]]:
        """The validator behind the model's `model_validate_json`; calling it directly decodes a tenth faster."""
        self.message_model.model_rebuild()
        return self.message_model.__pydantic_validator__.validate_json

    def message_model_of(self, version: int) -> type[AnyMessage]:
        """Return the model of a whole message of one version."""
        payload: Any = self.payload_of(version)
        return Message[payload]

    def payload_of(self, version: int) -> type[Payload]:
        """Return the payload's model of one version."""
        return self.payload if version == self.version else self.previous_versions[version - 1].payload

    def upcasted(self, message: AnyMessage) -> Message[P]:
        """Convert a message to the newest version. Retries and dead letters still carry the original text."""
        payload = message.payload
        for previous in self.previous_versions[message.version - 1 :]:
            payload = previous.upcast(payload)
        values = {**message.__dict__, "version": self.version, "payload": payload}
        return self.message_model.model_construct(_fields_set=message.model_fields_set, **values)


def by_name(event_types: Iterable[EventType[Any]]) -> dict[str, EventType[Any]]:
    """Index event types by name."""
    return {event_type.name: event_type for event_type in event_types}


Catalogue = Mapping[str, EventType[Any]]
