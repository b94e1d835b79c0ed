"""A morning's traffic: messages of all types by both doors, always the same for the same seed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from local.traffic import appointments, bookings, crm_answers, invitations, payments, reports
from local.traffic.corruptions import Corruption, broken_json, invalid_payload, mismatched_type, unknown_type
from local.traffic.duplicates import Duplication, older_change, resent_elsewhere, reused_id
from local.traffic.publication import (
    SOURCE,
    Case,
    MessageDraft,
    Publication,
    PublicationDoor,
    delivery_reports,
    succeeded,
)
from local.traffic.sample_data import SampleData
from local.traffic.settings import ScheduleSettings, local_settings
from local.traffic.shared_ids import SHARED_IDS, SharedId
from schemas.identity import derived_id
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT


def heartbeat(sample: SampleData) -> MessageDraft:
    """A heartbeat passes through the whole system and leads to nothing. No two are of the same minute."""
    minute = sample.now.replace(second=0, microsecond=0) - timedelta(minutes=sample.number)
    return MessageDraft(
        event_type=SYSTEM_HEARTBEAT,
        payload={"companyId": NO_TENANT},
        subject=f"heartbeat of {minute:%Y-%m-%d %H:%M}",
        happened_at=minute,
        outcomes=succeeded(SYSTEM_HEARTBEAT),
    )


CASES: dict[Case, int] = {
    bookings.confirmed: 56,
    bookings.crm_fails_once: 3,
    bookings.crm_refuses: 5,
    bookings.two_webhooks: 6,
    bookings.endpoint_is_busy_once: 2,
    bookings.endpoint_is_gone: 2,
    appointments.created: 8,
    appointments.created_at_short_notice: 3,
    appointments.created_and_cancelled: 2,
    appointments.rescheduled: 4,
    appointments.cancelled: 4,
    appointments.unchanged: 44,
    appointments.crm_fails_once: 4,
    appointments.without_a_phone: 4,
    appointments.cancelled_meanwhile: 4,
    appointments.moved: 2,
    appointments.moved_closer: 2,
    appointments.unknown: 2,
    appointments.already_started: 2,
    appointments.wrong_company: 1,
    reports.generated: 6,
    reports.ready: 24,
    reports.duplicate_recipient: 3,
    reports.expired: 2,
    reports.regenerate: 4,
    payments.stripe_retries: 4,
    payments.stripe_attempts_exhausted: 2,
    payments.stripe_leaves_retry: 3,
    payments.stripe_invoice_was_sent: 2,
    payments.stripe_was_paid_meanwhile: 2,
    payments.first_soft_decline: 16,
    payments.later_soft_decline: 8,
    payments.retry_overdue: 5,
    payments.paid_meanwhile: 3,
    payments.hard_decline: 8,
    payments.paid_before_the_mail: 2,
    payments.attempts_exhausted: 4,
    payments.without_admins: 2,
    invitations.by_name: 16,
    invitations.by_address: 6,
    invitations.expired: 2,
    invitations.bounced: 2,
    invitations.complained: 2,
    crm_answers.reminder_behind_a_proxy: 4,
    crm_answers.created_behind_a_proxy: 2,
    crm_answers.activity_behind_a_proxy: 4,
    crm_answers.retry_behind_a_proxy: 3,
    crm_answers.report_behind_a_proxy: 3,
    crm_answers.odd_phone: 2,
    crm_answers.odd_admin: 2,
    crm_answers.odd_endpoints: 2,
    heartbeat: 4,
}
"""How often each case occurs in a morning."""

CORRUPTED: tuple[tuple[Corruption, Case, PublicationDoor], ...] = (
    (broken_json, bookings.confirmed, PublicationDoor.QUEUE),
    (broken_json, payments.first_soft_decline, PublicationDoor.QUEUE),
    (unknown_type, bookings.confirmed, PublicationDoor.QUEUE),
    (unknown_type, bookings.confirmed, PublicationDoor.BUS),
    (unknown_type, reports.ready, PublicationDoor.BUS),
    (invalid_payload, bookings.confirmed, PublicationDoor.BUS),
    (invalid_payload, appointments.unchanged, PublicationDoor.QUEUE),
    (invalid_payload, payments.first_soft_decline, PublicationDoor.BUS),
    (invalid_payload, invitations.by_name, PublicationDoor.QUEUE),
    (mismatched_type, bookings.confirmed, PublicationDoor.BUS),
    (mismatched_type, payments.first_soft_decline, PublicationDoor.BUS),
)
"""The corrupt messages of a morning."""

FIRST_REPORTS = 20
"""How many reports a morning begins with, all at once: more than the CRM takes in a second."""

DUPLICATED: tuple[tuple[Case, Duplication], ...] = (
    (bookings.confirmed, resent_elsewhere),
    (bookings.two_webhooks, resent_elsewhere),
    (appointments.unchanged, resent_elsewhere),
    (reports.generated, resent_elsewhere),
    (payments.hard_decline, resent_elsewhere),
    (payments.first_soft_decline, resent_elsewhere),
    (appointments.created, resent_elsewhere),
    (invitations.by_name, resent_elsewhere),
    (reports.regenerate, resent_elsewhere),
    (appointments.rescheduled, older_change),
    (reports.regenerate, reused_id),
)
"""The messages of a morning that are followed by a second one."""


@dataclass(frozen=True)
class Traffic:
    """A source of sample messages."""

    seed: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    settings: ScheduleSettings = field(default_factory=local_settings)

    def morning(self) -> list[Publication]:
        """Reports to generate, then all cases as often as they occur, half by each door, in random order."""
        plan = [*self._valid_cases(), *((case, door, corruption) for corruption, case, door in CORRUPTED)]
        random = Random(self.seed)  # noqa: S311 no secret
        random.shuffle(plan)
        morning = [
            self.publication(case, door, number=number, corruption=corruption)
            for number, (case, door, corruption) in enumerate(plan)
        ]
        half = len(morning) // 2
        for first, second in self._pairs(len(plan)):
            morning.insert(random.randint(half, len(morning)), second)
            morning.insert(random.randint(0, half), first)
        return [*self._first_reports(), *morning]

    def _first_reports(self) -> Iterator[Publication]:
        """Numbered apart from all others."""
        for number, door in zip(range(FIRST_REPORTS), cycle(PublicationDoor), strict=False):
            yield self.publication(reports.regenerate, door, number=10_000 + number)

    def _pairs(self, number: int) -> Iterator[tuple[Publication, Publication]]:
        """The messages that are followed by a second one, and those second ones; numbered from a number on."""
        doors = cycle(PublicationDoor)
        for case, duplication in DUPLICATED:
            first = self.publication(case, next(doors), number=number)
            yield first, duplication(first)
            number += 1
        for shared in SHARED_IDS:
            yield self.sharing(shared, next(doors), number=number)
            number += 2

    def sharing(self, shared: SharedId, door: PublicationDoor, *, number: int) -> tuple[Publication, Publication]:
        """Create two messages with one id, of two services.

        Args:
            shared: their cases.
            door: the way to publish them.
            number: unique for each message, as is the next number.
        """
        id_ = f"outbox-{number}"
        first = self.publication(shared.first, door, number=number, id=id_, source=SOURCE)
        second = self.publication(shared.second_of(first), door, number=number + 1, id=id_, source="taly.marketplace")
        return first, replace(second, follows=id_)

    def publication(
        self,
        case: Case,
        door: PublicationDoor,
        *,
        number: int,
        corruption: Corruption | None = None,
        **fields: Any,
    ) -> Publication:
        """Create one message.

        Args:
            case: the case.
            door: the way to publish it.
            number: unique for each message; every second message has an id and a source of its producer.
            corruption: makes the message invalid, if given.
            **fields: further fields of the message with their names on the wire, such as `attempts`.
        """
        sample = SampleData(self.seed, number, self.now, self.settings)
        valid = _written(case(sample), sample, door, fields)
        return corruption(valid) if corruption else valid

    @staticmethod
    def _valid_cases() -> Iterator[tuple[Case, PublicationDoor, Corruption | None]]:
        doors = cycle(PublicationDoor)
        for case, times in CASES.items():
            for _ in range(times):
                yield case, next(doors), None


def _written(draft: MessageDraft, sample: SampleData, door: PublicationDoor, fields: dict[str, Any]) -> Publication:
    message: dict[str, Any] = {
        "type": draft.event_type.name,
        "payload": dict(draft.payload),
        "timestamp": sample.timestamp(draft.happened_at),
        "attempts": 1,
        **({"id": sample.uuid(), "source": SOURCE} if sample.number % 2 else {}),
        **fields,
    }
    return Publication(
        door=door,
        type=draft.event_type.name,
        body=json.dumps(message, ensure_ascii=False),
        company_id=str(draft.payload["companyId"]),
        id=str(message.get("id") or derived_id(message["type"], message["payload"], message["timestamp"])),
        subject=draft.subject,
        outcomes=(((QUEUE_PROCESSOR, str(Outcome.ROUTED)),) if door is PublicationDoor.QUEUE else ()) + draft.outcomes,
        reports=delivery_reports(draft.outcomes) if draft.reports is None else draft.reports,
        schedules=draft.schedules,
        reason=draft.reason,
        facts=draft.facts,
        phone=draft.phone,
    )
