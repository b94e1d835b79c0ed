"""Reports are generated, are ready for download, or are to be generated again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.traffic.publication import MessageDraft, delivered, succeeded
from local.traffic.sample_data import SampleData, SamplePerson
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE, REPORT_GENERATED, REPORT_READY, ReportFormat

_TITLES = ("Revenue, first quarter", "Umsätze & Trinkgelder", "Clients fidèles", "売上レポート", "No-shows <30 days>")


def ready(sample: SampleData) -> MessageDraft:
    """One mail to each of one to three recipients."""
    return _ready(sample, recipients_of(sample, sample.integer(1, 3)))


def generated(sample: SampleData) -> MessageDraft:
    """Leads to `report.ready`, and so to one mail to each recipient."""
    report = ready(sample)
    return replace(report, event_type=REPORT_GENERATED, outcomes=succeeded(REPORT_GENERATED) + report.outcomes)


def regenerate(sample: SampleData) -> MessageDraft:
    """The report failed: the CRM is asked to generate it again."""
    report = sample.uuid()
    return MessageDraft(
        event_type=REPORT_GENERATE,
        payload={"companyId": sample.company().id, "reportId": report},
        subject=report,
        happened_at=sample.recent_time(),
        outcomes=succeeded(REPORT_GENERATE),
    )


def three_recipients(sample: SampleData) -> MessageDraft:
    """One mail to each of three recipients."""
    return _ready(sample, recipients_of(sample, 3))


def duplicate_recipient(sample: SampleData) -> MessageDraft:
    """A recipient who is listed twice, in different case, gets one mail."""
    (first, second) = recipients_of(sample, 2)
    report = _ready(sample, (first, second))
    repeated = {**_recipient(first), "email": first.email.upper()}
    return replace(report, payload={**report.payload, "recipients": [*report.payload["recipients"], repeated]})


def expired(sample: SampleData) -> MessageDraft:
    """The link had expired when the message was sent: it is dead-lettered, and no mail is sent."""
    report = _ready(sample, recipients_of(sample, 1))
    return replace(
        report,
        payload={**report.payload, "expiresAt": sample.timestamp(sample.now - timedelta(minutes=5))},
        outcomes=delivered(REPORT_READY, Outcome.DEAD_LETTERED),
        reason=Reason.PERMANENT,
    )


def recipients_of(sample: SampleData, count: int) -> tuple[SamplePerson, ...]:
    """This many people with unique addresses."""
    return tuple(sample.person(nth) for nth in range(1, count + 1))


def _ready(sample: SampleData, recipients: Sequence[SamplePerson]) -> MessageDraft:
    company, report = sample.company(), sample.uuid()
    return MessageDraft(
        event_type=REPORT_READY,
        payload={
            "companyId": company.id,
            "reportId": report,
            "companyName": company.name,
            "title": sample.choice(_TITLES),
            "format": sample.choice(tuple(ReportFormat)),
            "downloadUrl": f"https://files.taly.example/reports/{report}?signature={sample.alphanumeric(32)}",
            "expiresAt": sample.timestamp(sample.now + timedelta(days=sample.integer(1, 7))),
            "recipients": [_recipient(person) for person in recipients],
        },
        subject=report,
        happened_at=sample.recent_time(),
        outcomes=succeeded(REPORT_READY) + succeeded(EMAIL_SEND) * len(recipients),
    )


def _recipient(person: SamplePerson) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "locale": person.place.locale,
        "timeZone": person.place.time_zone,
    }
