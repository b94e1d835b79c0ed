"""Reports that the CRM makes and people wait for."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.emails import EMAIL_SEND, Recipient
from schemas.event_type import EventType, Kind
from schemas.wire import HttpsUrl, Name, Payload, Timestamp, Uuid


class ReportFormat(StrEnum):
    """What the file is."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


class ReportReady(Payload):
    """A report can be downloaded. Source of truth: the CRM's report service."""

    report_id: Uuid
    company_name: Name
    title: Annotated[Name, Field(examples=["Revenue, first quarter"])]
    format: ReportFormat
    download_url: HttpsUrl
    """Whoever has it may download the report: it goes to the recipients and to no log."""

    expires_at: Timestamp
    """Until when the address works."""

    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=50)]


REPORT_READY = EventType("report.ready", ReportReady, Kind.REACTION, emits={EMAIL_SEND})
