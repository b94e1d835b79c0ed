"""A report that failed is made again."""

from lambdas.report_generate.handler import handler
from schemas.message import Message
from schemas.reports import ReportGenerate
from tests.messages import message, text


class FakeCrm:
    def __init__(self) -> None:
        self.generated: list[tuple[ReportGenerate, str]] = []

    def generate_report(self, report: ReportGenerate, *, idempotency_key: str) -> None:
        self.generated.append((report, idempotency_key))


def test_a_report_is_made_again_under_the_messages_id() -> None:
    crm = FakeCrm()
    asked = Message[ReportGenerate].model_validate_json(
        text(message("report.generate", {"reportId": "5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f"}, attempts=2))
    )

    handler.decide(asked, crm=crm)

    assert crm.generated == [(asked.payload, "report.generate-1")]
