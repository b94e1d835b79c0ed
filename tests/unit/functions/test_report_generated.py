"""A report was made: it is ready for those who wait for it."""

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


def test_a_report_that_was_made_is_said_to_be_ready() -> None:
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
def test_all_that_is_known_of_it_is_handed_on(payload: dict[str, object]) -> None:
    as_the_crm_would_say = ReportReady.model_validate_json(text(report(**payload)["payload"]))

    assert ready(**payload).payload == as_the_crm_would_say
