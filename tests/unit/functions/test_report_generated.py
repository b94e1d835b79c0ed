"""A generated report emits `report.ready`."""

import pytest

from lambdas.common.follow_ups import Emit
from lambdas.report_generated.handler import handler
from schemas.message import Message
from schemas.reports import REPORT_READY, ReportGenerated, ReportReady
from tests.messages import report, text


def ready(**payload: object) -> Emit:
    message = Message[ReportGenerated].model_validate_json(text(report(**payload) | {"type": "report.generated"}))
    (follow_up,) = handler.decide(message) or ()
    assert isinstance(follow_up, Emit)
    return follow_up


def test_generated_report_emits_report_ready() -> None:
    assert ready().event_type is REPORT_READY


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"format": "xlsx", "expiresAt": "2026-04-21T16:00:00.5+02:00"},
        {"recipients": [{"email": f"ada{number}@example.com", "timeZone": "Asia/Tokyo"} for number in range(50)]},
    ],
    ids=["a usual one", "another format and offset", "many recipients"],
)
def test_all_fields_of_the_report_are_passed_on(payload: dict[str, object]) -> None:
    expected = ReportReady.model_validate_json(text(report(**payload)["payload"]))

    assert ready(**payload).payload == expected
