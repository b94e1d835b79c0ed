"""The outcome log reads outcome lines and ignores all other lines."""

import json
from typing import Any

from local.checks.records import OutcomeLog
from ops.stage.log_lines import Scheduled
from schemas.reasons import Outcome

SUCCEEDED = {"service": "email.send", "outcome": "succeeded", "id": "email-1", "level": "INFO"}
OTHERS = [
    "START RequestId: 1",
    '{"_aws":{}}',
    '{"message":"hello"}',
    '{"outcome":"eaten"}',
    '{"message":"posted","ids":["email-1"]}',
]


class OutcomeLogs:
    """The emulator's CloudWatch Logs; this fake ignores filter patterns."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        at_ms = 1
        lines = self._lines if request["startTime"] <= at_ms else ()
        return {"events": [{"logStreamName": "s1", "timestamp": at_ms, "message": line} for line in lines]}


def test_only_outcome_lines_are_read_and_kept() -> None:
    log = OutcomeLog(OutcomeLogs(*OTHERS, json.dumps(SUCCEEDED)), {"email.send": "mail"})

    for _ in range(2):
        (line,) = log.read()
        assert (line.what, line.service, line.id) == (Outcome.SUCCEEDED, "email.send", "email-1")


def test_a_line_lists_scheduled_and_cancelled_keys() -> None:
    fields = {**SUCCEEDED, "scheduled": [{"key": "payment/1/2", "id": "retry-1"}], "unscheduled": ["payment/1/3"]}

    (line,) = OutcomeLog(OutcomeLogs(json.dumps(fields)), {"email.send": "mail"}).read()

    assert (line.scheduled, line.unscheduled) == ((Scheduled("payment/1/2", "retry-1"),), ("payment/1/3",))
