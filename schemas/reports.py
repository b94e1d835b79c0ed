"""Reports that the CRM makes and people wait for."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.emails import EMAIL_SEND, Recipient
from schemas.event_type import EventType, Kind, Needs
from schemas.wire import CompanyName, HttpsUrl, Name, Payload, Personal, Secret, Timestamp, Uuid


class ReportFormat(StrEnum):
    """What the file is."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


class _Report(Payload):
    """What is told of a report that was made, whoever tells it."""

    report_id: Uuid
    company_name: CompanyName
    title: Annotated[
        Name,
        Field(examples=["Revenue, first quarter"]),
        Personal("the mail's subject; people word it, and name people"),
    ]
    format: ReportFormat
    download_url: Annotated[HttpsUrl, Secret("the mail leads there")]
    """Whoever has it may download the report: it goes to the recipients and to no log."""

    expires_at: Timestamp
    """Until when the address works."""

    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=50)]


class ReportGenerated(_Report):
    """A report was made. Source of truth: the serverless functions that make reports."""


class ReportReady(_Report):
    """A report can be downloaded. Source of truth: the CRM's report service."""


class ReportGenerate(Payload):
    """Run a failed report again."""

    report_id: Uuid


REPORT_READY = EventType("report.ready", ReportReady, Kind.REACTION, sent_by="", emits={EMAIL_SEND})

REPORT_GENERATED = EventType(
    "report.generated",
    ReportGenerated,
    Kind.REACTION,
    sent_by="the serverless functions that make reports",
    emits={REPORT_READY},
)

REPORT_GENERATE = EventType("report.generate", ReportGenerate, Kind.JOB, needs={Needs.CRM})
