"""A report was generated."""

from collections.abc import Iterator

from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from schemas.message import Message
from schemas.reports import REPORT_GENERATED, REPORT_READY, ReportGenerated, ReportReady


@reaction(REPORT_GENERATED)
def handler(report: Message[ReportGenerated]) -> Iterator[FollowUp]:
    """Publish `report.ready`, which the CRM publishes itself for the reports that it generates."""
    yield Emit(REPORT_READY, ReportReady(**dict(report.payload)))
