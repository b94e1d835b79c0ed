"""The acceptance table: what each type of event must lead to, compared with what was seen from outside."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.checks.records import Snapshot
from ops.conserve.message_key import MessageKey
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reasons import Outcome
from schemas.reports import REPORT_READY
from schemas.sms import SMS_SEND
from schemas.users import USER_INVITED

_SUCCEEDED = str(Outcome.SUCCEEDED)
_SCHEDULED = "scheduled"
"""In place of an outcome: the message is still to be sent by a schedule."""

Effect = tuple[str, str, str]
"""The type of the event, the job that it led to, and `succeeded` or `scheduled`."""


@dataclass(frozen=True, slots=True)
class _Requirement:
    event: str
    leads_to: str
    effects: Mapping[str, tuple[str, str]]
    """By a name for the table: the job, and `succeeded` or `scheduled`."""


_REQUIREMENTS = (
    _Requirement(
        APPOINTMENT_REMINDER.name,
        "email + SMS",
        {"emails": (EMAIL_SEND.name, _SUCCEEDED), "SMS": (SMS_SEND.name, _SUCCEEDED)},
    ),
    _Requirement(REPORT_READY.name, "email", {"emails": (EMAIL_SEND.name, _SUCCEEDED)}),
    _Requirement(
        PAYMENT_FAILED.name,
        "admin or retry",
        {
            "admin emails": (EMAIL_SEND.name, _SUCCEEDED),
            "retries": (PAYMENT_RETRY.name, _SUCCEEDED),
            "scheduled retries": (PAYMENT_RETRY.name, _SCHEDULED),
        },
    ),
    _Requirement(
        BOOKING_CREATED.name,
        "email + activity",
        {"emails": (EMAIL_SEND.name, _SUCCEEDED), "activities": (ACTIVITY_RECORD.name, _SUCCEEDED)},
    ),
    _Requirement(USER_INVITED.name, "email", {"emails": (EMAIL_SEND.name, _SUCCEEDED)}),
)


@dataclass(frozen=True, slots=True)
class EffectCount:
    """How often one type of event led to one effect."""

    effect: str
    seen: int
    expected: int

    @property
    def holds(self) -> bool:
        """Whether the effect was seen as often as expected, and at least once."""
        return self.seen == self.expected > 0


@dataclass(frozen=True, slots=True)
class AcceptanceRow:
    """One row of the table."""

    event: str
    leads_to: str
    published: int
    effects: tuple[EffectCount, ...]

    @property
    def holds(self) -> bool:
        """Whether all effects were seen as often as expected."""
        return all(effect.holds for effect in self.effects)


def rows(snapshot: Snapshot) -> Sequence[AcceptanceRow]:
    """The table, from the published messages and the mails, text messages, CRM calls and schedules that were seen."""
    publications = [item.publication for item in snapshot.accepted]
    published = Counter(item.type for item in publications)
    expected: Counter[Effect] = Counter()
    for item in publications:
        expected.update((item.type, function, outcome) for function, outcome in item.outcomes)
        expected.update((item.type, each.type, _SCHEDULED) for each in item.schedules)
    seen = _seen(snapshot)
    return [
        AcceptanceRow(
            required.event,
            required.leads_to,
            published[required.event],
            tuple(
                EffectCount(name, seen[required.event, *job], expected[required.event, *job])
                for name, job in required.effects.items()
            ),
        )
        for required in _REQUIREMENTS
    ]


def _seen(snapshot: Snapshot) -> Counter[Effect]:
    accepted = {item.key for item in snapshot.accepted}
    events = {
        caused: line.type
        for line in snapshot.lines
        if MessageKey.of_line(line) in accepted
        for caused in (*line.follow_ups, *(each.id for each in line.scheduled))
    }
    seen: Counter[Effect] = Counter()
    for key, times in snapshot.side_effects.items():
        seen[events.get(key.id, ""), key.type, _SUCCEEDED] += times
    for schedule in snapshot.schedules:
        seen[events.get(schedule.claims.id, ""), schedule.claims.type, _SCHEDULED] += 1
    return seen
