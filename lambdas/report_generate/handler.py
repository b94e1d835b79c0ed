"""A failed report is to be generated again."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.reports import REPORT_GENERATE, ReportGenerate


@job(REPORT_GENERATE)
def handler(report: Message[ReportGenerate], crm: Crm) -> None:
    """Ask the CRM to generate the report; skip the job if the CRM answers that it already exists."""
    crm.generate_report(report.payload, idempotency_key=report.idempotency_key)
