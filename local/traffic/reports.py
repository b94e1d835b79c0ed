"""Reports are made, can be downloaded, and are to be made again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.traffic.chance import Chance, Person
from local.traffic.publication import MessageDraft, ending, succeeded
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE, REPORT_GENERATED, REPORT_READY, ReportFormat

_TITLES = ("Revenue, first quarter", "Umsätze & Trinkgelder", "Clients fidèles", "売上レポート", "No-shows <30 days>")


def ready(chance: Chance) -> MessageDraft:
    """A mail to each of one to three recipients."""
    return _ready(chance, people(chance, chance.whole(1, 3)))


def generated(chance: Chance) -> MessageDraft:
    """It is said to be ready, which leads to a mail to each of its recipients."""
    report = ready(chance)
    return replace(report, event_type=REPORT_GENERATED, endings=succeeded(REPORT_GENERATED) + report.endings)


def run_again(chance: Chance) -> MessageDraft:
    """One that could not be made: the CRM is asked to make it again."""
    report = chance.uuid()
    return MessageDraft(
        event_type=REPORT_GENERATE,
        payload={"companyId": chance.company().id, "reportId": report},
        subject=report,
        happened_at=chance.just_now(),
        endings=succeeded(REPORT_GENERATE),
    )


def for_three(chance: Chance) -> MessageDraft:
    """A mail to each of three."""
    return _ready(chance, people(chance, 3))


def one_address_twice(chance: Chance) -> MessageDraft:
    """An address that is named twice gets one mail, however it is written."""
    (first, second) = people(chance, 2)
    report = _ready(chance, (first, second))
    again = {**_recipient(first), "email": first.email.upper()}
    return replace(report, payload={**report.payload, "recipients": [*report.payload["recipients"], again]})


def expired(chance: Chance) -> MessageDraft:
    """The link works no more: it is dead-lettered, nobody is told."""
    report = _ready(chance, people(chance, 1))
    return replace(
        report,
        payload={**report.payload, "expiresAt": chance.text(chance.now - timedelta(minutes=5))},
        endings=ending(REPORT_READY, Outcome.DEAD_LETTERED),
        reason=Reason.PERMANENT,
    )


def people(chance: Chance, count: int) -> tuple[Person, ...]:
    """So many, each with an address of their own."""
    return tuple(chance.person(nth) for nth in range(1, count + 1))


def _ready(chance: Chance, recipients: Sequence[Person]) -> MessageDraft:
    company, report = chance.company(), chance.uuid()
    return MessageDraft(
        event_type=REPORT_READY,
        payload={
            "companyId": company.id,
            "reportId": report,
            "companyName": company.name,
            "title": chance.among(_TITLES),
            "format": chance.among(tuple(ReportFormat)),
            "downloadUrl": f"https://files.taly.example/reports/{report}?signature={chance.letters(32)}",
            "expiresAt": chance.text(chance.now + timedelta(days=chance.whole(1, 7))),
            "recipients": [_recipient(person) for person in recipients],
        },
        subject=report,
        happened_at=chance.just_now(),
        endings=succeeded(REPORT_READY) + succeeded(EMAIL_SEND) * len(recipients),
    )


def _recipient(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "locale": person.place.locale,
        "timeZone": person.place.time_zone,
    }
