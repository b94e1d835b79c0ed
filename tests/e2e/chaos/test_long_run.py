"""The largest load, with messages of every type, while a few of all AWS calls fail."""

from itertools import chain

import pytest

from local.emulator.fault_proxy import Fault
from local.traffic import invitations, mix, reports
from local.traffic.mix import CASES
from schemas.catalogue import BY_NAME
from schemas.contacts import CONTACT_SMS_STATUS
from schemas.reports import REPORT_GENERATED
from schemas.webhooks import WEBHOOK_ENDPOINT_FAILING
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.crash_scenarios import CrashScenarios
from tests.e2e.chaos.fault_kinds import every_nth_call
from tests.e2e.chaos.queues import set_handler

OPERATIONS = (
    ("events", "PutEvents"),
    ("sqs", "SendMessageBatch"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "DeleteItem"),
    ("scheduler", "CreateSchedule"),
    ("scheduler", "DeleteSchedule"),
    ("secretsmanager", "GetSecretValue"),
)
"""Without DynamoDB's UpdateItem: if it is refused permanently, a repeated message may be processed twice.

Some messages here are repeated. Lost responses are not injected for SES, which has no idempotency key.
docs/reliability.md describes both.
"""

NOT_HERE = {WEBHOOK_ENDPOINT_FAILING.name, CONTACT_SMS_STATUS.name}
"""Types that come of an endpoint that fails for days, which `tests/e2e/flow/test_endpoints.py` sees to, and of a number
that opted out of texts, which the emulator knows nothing of."""


@pytest.mark.parametrize("share", [1 / 8, pytest.param(1, marks=pytest.mark.long)], ids=["an eighth", "all"])
def test_a_long_run_survives_occasional_failures_of_all_calls(
    chaos: Chaos, crashes: CrashScenarios, share: float
) -> None:
    # If this test runs alone, the function that cannot start is still broken.
    set_handler(chaos.stage.endpoint, chaos.queue_url(REPORT_GENERATED.name), crashes.original_handler)

    def times(whole: int) -> int:
        return round(whole * share)

    faults: list[Fault] = list(chain.from_iterable(every_nth_call(*operation) for operation in OPERATIONS))
    faults += [fault for fault in every_nth_call("ses", "") if not fault.is_lost]

    with chaos.faults.injecting(*faults):
        accepted = chaos.send(
            [
                *chaos.messages(*CASES, times=max(1, times(3))),
                *chaos.messages(mix.heartbeat, times=times(2400)),
                *chaos.messages(invitations.by_name, times=times(300)),
                *chaos.messages(reports.regenerate, times=times(150)),
                *activity_jobs(chaos, times(300)),
            ]
        )
        settled = chaos.settle("long run", accepted)
        injected = chaos.faults.injected()

    assert settled.findings == []
    assert {line.service for line in settled.lines if line.final} >= BY_NAME.keys() - NOT_HERE
    assert injected.keys() >= {"events", "dynamodb", "ses", "scheduler"}
    assert injected.total() > times(50)
