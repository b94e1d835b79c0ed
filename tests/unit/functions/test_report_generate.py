"""Handler of `report.generate`."""

from lambdas.report_generate.handler import handler
from schemas.message import Message
from schemas.reports import ReportGenerate
from tests.messages import message, text


class FakeCrm:
    def __init__(self) -> None:
        self.generated: list[tuple[ReportGenerate, str]] = []

    def generate_report(self, report: ReportGenerate, *, idempotency_key: str) -> None:
        self.generated.append((report, idempotency_key))


def test_report_is_generated_with_the_messages_idempotency_key() -> None:
    crm = FakeCrm()
    report = Message[ReportGenerate].model_validate_json(
        text(message("report.generate", {"reportId": "5d0a1b7e-2f3c-4c6d-9e8f-1a2b3c4d5e6f"}, attempts=2))
    )

    handler.decide(report, crm=crm)

    assert crm.generated == [(report.payload, report.idempotency_key)]
