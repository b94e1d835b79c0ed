"""The mission's table: what each type of event must lead to, and the proof that it did, counted from outside."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.checks.records import Snapshot
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_REMINDER
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.payments import PAYMENT_FAILED, PAYMENT_RETRY
from schemas.reasons import Outcome
from schemas.reports import REPORT_READY
from schemas.sms import SMS_SEND
from schemas.users import USER_INVITED

_STANDS = "stands"
"""In place of an outcome: a message that is still to be sent by a schedule."""

Trace = tuple[str, str, str]
"""The type of the event, the job that it led to, and `succeeded` or `stands`."""


@dataclass(frozen=True, slots=True)
class _Expectation:
    event: str
    leads_to: str
    proofs: Mapping[str, tuple[str, str]]
    """In words: the job, and `succeeded` or `stands`."""


_DONE = str(Outcome.SUCCEEDED)

_PROMISES = (
    _Expectation(
        APPOINTMENT_REMINDER.name,
        "email + SMS",
        {"emails": (EMAIL_SEND.name, _DONE), "texts": (SMS_SEND.name, _DONE)},
    ),
    _Expectation(REPORT_READY.name, "email", {"emails": (EMAIL_SEND.name, _DONE)}),
    _Expectation(
        PAYMENT_FAILED.name,
        "admin or retry",
        {
            "admin emails": (EMAIL_SEND.name, _DONE),
            "retried": (PAYMENT_RETRY.name, _DONE),
            "retries to come": (PAYMENT_RETRY.name, _STANDS),
        },
    ),
    _Expectation(
        BOOKING_CREATED.name,
        "email + activity",
        {"emails": (EMAIL_SEND.name, _DONE), "activities": (ACTIVITY_RECORD.name, _DONE)},
    ),
    _Expectation(USER_INVITED.name, "email", {"emails": (EMAIL_SEND.name, _DONE)}),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """How often something happened because of one type of event."""

    what: str
    seen: int
    foretold: int

    @property
    def holds(self) -> bool:
        """Whether it happened, and as often as it must."""
        return self.seen == self.foretold > 0


@dataclass(frozen=True, slots=True)
class AcceptanceRow:
    """One row of the table."""

    event: str
    leads_to: str
    published: int
    proofs: tuple[Proof, ...]

    @property
    def holds(self) -> bool:
        """Whether it came true."""
        return all(proof.holds for proof in self.proofs)


def rows(snapshot: Snapshot) -> Sequence[AcceptanceRow]:
    """The table, from what was foretold and what was seen: mails, texts, the CRM's books, standing schedules."""
    publications = [item.publication for item in snapshot.accepted]
    published = Counter(item.type for item in publications)
    foretold: Counter[Trace] = Counter()
    for item in publications:
        foretold.update((item.type, function, outcome) for function, outcome in item.endings)
        foretold.update((item.type, each.type, _STANDS) for each in item.due)
    seen = _seen(snapshot)
    return [
        AcceptanceRow(
            promise.event,
            promise.leads_to,
            published[promise.event],
            tuple(
                Proof(what, seen[promise.event, *job], foretold[promise.event, *job])
                for what, job in promise.proofs.items()
            ),
        )
        for promise in _PROMISES
    ]


def _seen(snapshot: Snapshot) -> Counter[Trace]:
    event_of = {item.id: item.publication.type for item in snapshot.accepted}
    jobs = {line.id: line for line in snapshot.lines if line.id in snapshot.side_effects}
    seen: Counter[Trace] = Counter()
    for id_, line in jobs.items():
        seen[event_of.get(line.causation_id, ""), line.service, _DONE] += snapshot.side_effects[id_]
    for schedule in snapshot.schedules:
        cause = json.loads(schedule.body).get("causationId", "")
        seen[event_of.get(cause, ""), schedule.claims.type, _STANDS] += 1
    return seen
