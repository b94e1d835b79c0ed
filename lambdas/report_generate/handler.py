"""A report that failed is made again."""

from lambdas.common.clients.crm import Crm
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.reports import REPORT_GENERATE, ReportGenerate


@job(REPORT_GENERATE)
def handler(report: Message[ReportGenerate], crm: Crm) -> None:
    """Ask the CRM to make the report; where it is made by now the CRM says so, and there is nothing to do."""
    crm.generate_report(report.payload, idempotency_key=report.id)
