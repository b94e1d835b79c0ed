"""Reports and their delivery by email."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.emails import EMAIL_SEND, Recipient
from schemas.event_type import EventType, Kind, Needs
from schemas.wire import COUNTED_FIRST, CompanyName, HttpsUrl, Name, Payload, Personal, Secret, Timestamp, Uuid


class ReportFormat(StrEnum):
    """The report's file format."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


class _Report(Payload):
    """Fields of a finished report."""

    report_id: Uuid
    company_name: CompanyName
    title: Annotated[
        Name,
        Field(examples=["Revenue, first quarter"]),
        Personal("subject of the email; users write it and may name people"),
    ]
    format: ReportFormat
    download_url: Annotated[HttpsUrl, Secret("link in the email")]
    """Link to the file. It grants access to anyone who has it, so it goes to the recipients and never to logs."""

    expires_at: Timestamp
    """When the link stops working: it is then no longer sent."""

    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=50), COUNTED_FIRST]

    def ends_at(self) -> datetime:
        """Return when the link stops working."""
        return self.expires_at


class ReportGenerated(_Report):
    """A report was generated. The serverless functions that generate reports send it, and are its source of truth."""


class ReportReady(_Report):
    """A report is ready: its recipients get the link by email. It follows `report.generated`; nobody else sends it."""


class ReportGenerate(Payload):
    """Generate a failed report again."""

    report_id: Uuid


REPORT_READY = EventType("report.ready", ReportReady, Kind.REACTION, sent_by="", emits={EMAIL_SEND}, subject="reportId")

REPORT_GENERATED = EventType(
    "report.generated",
    ReportGenerated,
    Kind.REACTION,
    sent_by="the serverless functions that generate reports",
    emits={REPORT_READY},
    subject="reportId",
)

REPORT_GENERATE = EventType("report.generate", ReportGenerate, Kind.JOB, needs={Needs.CRM}, subject="reportId")
