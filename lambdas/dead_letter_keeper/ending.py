"""The alert about dead letters that end within three days: which queues, how many, how old."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lambdas.common.clients.outbox import BusEntry
from lambdas.dead_letter_keeper.held import HeldDeadLetter
from schemas.identity import uuid_of
from schemas.names import SOURCE
from schemas.system import NO_TENANT, SYSTEM_DEAD_LETTERS_EXPIRING, DeadLettersExpiring, ExpiringDeadLetters


@dataclass
class _Ending:
    """The dead letters of one queue that end soon."""

    since: datetime
    count: int = 0
    companies: set[str] = field(default_factory=set)


class EndingDeadLetters:
    """The dead letters that end within three days, of all queues of one run."""

    def __init__(self) -> None:
        """Know none yet."""
        self._by_service: dict[str, _Ending] = {}
        self._youngest: datetime | None = None
        self._ends_at: datetime | None = None

    @property
    def count(self) -> int:
        """Number of dead letters."""
        return sum(each.count for each in self._by_service.values())

    def add(self, service: str, dead_letter: HeldDeadLetter, retention: timedelta) -> None:
        """Add a dead letter of a service's queue, whose retention is given."""
        since, ends_at = dead_letter.since, dead_letter.sent_at + retention
        ending = self._by_service.setdefault(service, _Ending(since))
        ending.since = min(ending.since, since)
        ending.count += 1
        ending.companies |= {dead_letter.claims.company_id} - {""}
        self._youngest = max(self._youngest or since, since)
        self._ends_at = min(self._ends_at or ends_at, ends_at)

    def alert(self, now: datetime) -> BusEntry | None:
        """Make the alert; None if no dead letter ends soon. Alerts of one day have one id."""
        if self._youngest is None or self._ends_at is None:
            return None
        event_type = SYSTEM_DEAD_LETTERS_EXPIRING
        message_id = uuid_of(event_type.name, f"{now:%Y-%m-%d}")
        message = event_type.message_model(
            id=message_id,
            type=event_type.name,
            version=event_type.version,
            source=SOURCE,
            correlation_id=message_id,
            timestamp=now,
            attempts=1,
            payload=DeadLettersExpiring(
                company_id=NO_TENANT,
                queues=tuple(_queues(self._by_service)),
                deleted_from=self._ends_at,
                until=self._youngest.replace(microsecond=0) + timedelta(seconds=1),
            ),
        )
        return BusEntry(message_id, event_type.name, SOURCE, message.model_dump_json(by_alias=True, ensure_ascii=True))


def _queues(by_service: Mapping[str, _Ending]) -> list[ExpiringDeadLetters]:
    """The queues with most dead letters first."""
    ranked = sorted(by_service.items(), key=lambda each: (-each[1].count, each[0]))
    return [
        ExpiringDeadLetters(service=service, count=ending.count, companies=len(ending.companies), since=ending.since)
        for service, ending in ranked
    ]
