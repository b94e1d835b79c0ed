"""A busy morning: messages of all types over both doors. The same seed makes the same ones."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from random import Random
from typing import Any

from local.traffic import appointments, bookings, invitations, payments, reports
from local.traffic.chance import Chance
from local.traffic.publication import SOURCE, Case, MessageDraft, Publication, PublicationDoor, succeeded
from local.traffic.settings import Rules, local_rules
from local.traffic.variations import (
    Repeat,
    Spoil,
    an_older_one,
    broken_json,
    invalid_payload,
    its_id_for_something_else,
    mismatched_type,
    the_same_again,
    unknown_type,
)
from schemas.identity import derived_id
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT


def heartbeat(chance: Chance) -> MessageDraft:
    """It comes all the way and leads to nothing. No two are of the same minute."""
    minute = chance.now.replace(second=0, microsecond=0) - timedelta(minutes=chance.number)
    return MessageDraft(
        event_type=SYSTEM_HEARTBEAT,
        payload={"companyId": NO_TENANT},
        subject=f"heartbeat of {minute:%Y-%m-%d %H:%M}",
        happened_at=minute,
        endings=succeeded(SYSTEM_HEARTBEAT),
    )


CASES: dict[Case, int] = {
    bookings.confirmed: 56,
    bookings.crm_fails_once: 3,
    bookings.crm_refuses: 5,
    bookings.told_to_two: 6,
    bookings.endpoint_is_busy_once: 2,
    bookings.endpoint_is_gone: 2,
    appointments.created: 8,
    appointments.created_at_short_notice: 3,
    appointments.created_and_cancelled: 2,
    appointments.rescheduled: 4,
    appointments.cancelled: 4,
    appointments.stands: 44,
    appointments.crm_fails_once: 4,
    appointments.without_a_phone: 4,
    appointments.cancelled_meanwhile: 4,
    appointments.moved: 2,
    appointments.moved_closer: 2,
    appointments.unknown: 2,
    appointments.begun: 2,
    appointments.of_another_company: 1,
    reports.generated: 6,
    reports.ready: 24,
    reports.one_address_twice: 3,
    reports.expired: 2,
    reports.run_again: 4,
    payments.tried_again_by_stripe: 4,
    payments.given_up_by_stripe: 2,
    payments.left_to_us: 3,
    payments.declined_at_first: 16,
    payments.declined_again: 8,
    payments.due_at_once: 5,
    payments.paid_meanwhile: 3,
    payments.declined_for_good: 8,
    payments.given_up: 4,
    payments.nobody_to_tell: 2,
    invitations.by_name: 16,
    invitations.by_address: 6,
    invitations.expired: 2,
    heartbeat: 4,
}
"""How often each thing happens in a morning."""

SPOILT: tuple[tuple[Spoil, Case, PublicationDoor], ...] = (
    (broken_json, bookings.confirmed, PublicationDoor.QUEUE),
    (broken_json, payments.declined_at_first, PublicationDoor.QUEUE),
    (unknown_type, bookings.confirmed, PublicationDoor.QUEUE),
    (unknown_type, bookings.confirmed, PublicationDoor.BUS),
    (unknown_type, reports.ready, PublicationDoor.BUS),
    (invalid_payload, bookings.confirmed, PublicationDoor.BUS),
    (invalid_payload, appointments.stands, PublicationDoor.QUEUE),
    (invalid_payload, payments.declined_at_first, PublicationDoor.BUS),
    (invalid_payload, invitations.by_name, PublicationDoor.QUEUE),
    (mismatched_type, bookings.confirmed, PublicationDoor.BUS),
    (mismatched_type, payments.declined_at_first, PublicationDoor.BUS),
)
"""What comes among them that is no message."""

REPEATED: tuple[tuple[Case, Repeat], ...] = (
    (bookings.confirmed, the_same_again),
    (bookings.told_to_two, the_same_again),
    (appointments.stands, the_same_again),
    (reports.generated, the_same_again),
    (payments.declined_for_good, the_same_again),
    (payments.declined_at_first, the_same_again),
    (appointments.created, the_same_again),
    (invitations.by_name, the_same_again),
    (reports.run_again, the_same_again),
    (appointments.rescheduled, an_older_one),
    (reports.run_again, its_id_for_something_else),
)
"""What comes with something after it."""


@dataclass(frozen=True)
class Traffic:
    """Makes messages."""

    seed: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    rules: Rules = field(default_factory=local_rules)

    def morning(self) -> list[Publication]:
        """Every case as often as it happens, half of each over either door, the uncommon ones somewhere among them."""
        planned = [*self._sound(), *((case, door, spoil) for spoil, case, door in SPOILT)]
        random = Random(self.seed)  # noqa: S311 no secret
        random.shuffle(planned)
        morning = [
            self.publication(case, door, number=number, spoil=spoil)
            for number, (case, door, spoil) in enumerate(planned)
        ]
        half = len(morning) // 2
        for (case, repeat), door, number in zip(REPEATED, cycle(PublicationDoor), count(len(planned))):
            first = self.publication(case, door, number=number)
            morning.insert(random.randint(half, len(morning)), repeat(first))
            morning.insert(random.randint(0, half), first)
        return morning

    def publication(
        self,
        case: Case,
        door: PublicationDoor,
        *,
        number: int,
        spoil: Spoil | None = None,
        **fields: Any,
    ) -> Publication:
        """One message.

        Args:
            case: what happens.
            door: where it will be handed over.
            number: different for each; every second one gives its own id and source.
            spoil: what is wrong with it, if anything is.
            **fields: further fields of the message, on the wire's names, such as `attempts`.
        """
        chance = Chance(self.seed, number, self.now, self.rules)
        sound = _written(case(chance), chance, door, fields)
        return spoil(sound) if spoil else sound

    @staticmethod
    def _sound() -> Iterator[tuple[Case, PublicationDoor, Spoil | None]]:
        doors = cycle(PublicationDoor)
        for case, times in CASES.items():
            for _ in range(times):
                yield case, next(doors), None


def _written(draft: MessageDraft, chance: Chance, door: PublicationDoor, fields: dict[str, Any]) -> Publication:
    message: dict[str, Any] = {
        "type": draft.event_type.name,
        "payload": dict(draft.payload),
        "timestamp": chance.text(draft.happened_at),
        "attempts": 1,
        **({"id": chance.uuid(), "source": SOURCE} if chance.number % 2 else {}),
        **fields,
    }
    return Publication(
        door=door,
        type=draft.event_type.name,
        body=json.dumps(message, ensure_ascii=False),
        company_id=str(draft.payload["companyId"]),
        id=str(message.get("id") or derived_id(message["type"], message["payload"], message["timestamp"])),
        subject=draft.subject,
        endings=(((QUEUE_PROCESSOR, str(Outcome.ROUTED)),) if door is PublicationDoor.QUEUE else ()) + draft.endings,
        due=draft.due,
        reason=draft.reason,
        facts=draft.facts,
        phone=draft.phone,
    )
