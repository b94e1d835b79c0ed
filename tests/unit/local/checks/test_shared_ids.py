"""The conservation check accounts for each of two messages that share an id."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.checks.conservation import check
from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Violation
from ops.stage.log_lines import LogLine
from schemas.message import Message
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE, ReportGenerate

COMPANY, OTHER = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
BOOKING = LogLine(
    at=datetime(2026, 4, 14, 12, tzinfo=UTC),
    what=Outcome.SUCCEEDED,
    service="booking.created",
    type="booking.created",
    company_id=COMPANY,
    id="outbox-4711",
    sqs_message_id="sqs-1",
)
JOB = replace(BOOKING, service="report.generate", type="report.generate")


def routed(line: LogLine) -> LogLine:
    return replace(
        line, what=Outcome.ROUTED, service="queue_processor", sqs_message_id=f"ingress of {line.sqs_message_id}"
    )


SECONDS = {
    "another tenant's": replace(BOOKING, company_id=OTHER, sqs_message_id="sqs-2"),
    "another type's": replace(BOOKING, service="user.invited", type="user.invited", sqs_message_id="sqs-2"),
    "another service's": replace(BOOKING, sqs_message_id="sqs-2"),
}
"""A second event with the id, by whose it is; the last has the same tenant and type, and another payload."""


@pytest.mark.parametrize("second", SECONDS.values(), ids=SECONDS)
def test_two_events_with_one_id_that_are_both_done_are_conserved(second: LogLine) -> None:
    accepted = [MessageKey.of_line(BOOKING), MessageKey.of_line(second)]

    result = check(accepted, [routed(BOOKING), routed(second), BOOKING, second], [], {})

    assert result.holds
    assert result.final.total() == 2


@pytest.mark.parametrize("second", SECONDS.values(), ids=SECONDS)
def test_of_two_events_with_one_id_the_one_that_is_not_done_is_found(second: LogLine) -> None:
    accepted = [MessageKey.of_line(BOOKING), MessageKey.of_line(second)]

    result = check(accepted, [routed(BOOKING), routed(second), BOOKING], [], {})

    (finding,) = result.findings
    assert (finding.key, finding.violation) == (MessageKey.of_line(second), Violation.UNFINISHED)
    assert str(finding.key) in finding.sentence()


def test_a_redelivery_of_one_event_does_not_stand_for_the_other() -> None:
    accepted = [MessageKey.of_line(BOOKING)] * 2

    result = check(accepted, [BOOKING, replace(BOOKING, receive_count=2)], [], {})

    (finding,) = result.findings
    assert finding.sentence() == (
        f"booking.created/{COMPANY}/outbox-4711: it has no final outcome "
        "(1 of 2 with this key: succeeded by booking.created, succeeded by booking.created)"
    )


def test_a_job_in_conflict_with_one_that_is_done_is_conserved() -> None:
    conflict = replace(JOB, what=Outcome.DEAD_LETTERED, reason="id_conflict", sqs_message_id="sqs-2")

    result = check([MessageKey.of_line(JOB)] * 2, [JOB, conflict], [], {MessageKey.of_line(JOB): 1})

    assert result.holds


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({COMPANY: 1, OTHER: 1}, []),
        ({COMPANY: 1}, [Violation.WITHOUT_EFFECT]),
        ({COMPANY: 2, OTHER: 1}, [Violation.DOUBLED]),
    ],
)
def test_side_effects_of_two_tenants_jobs_with_one_id_are_apart(
    seen: dict[str, int], expected: list[Violation]
) -> None:
    jobs = [JOB, replace(JOB, company_id=OTHER, sqs_message_id="sqs-2")]
    effects = {MessageKey(JOB.type, company, JOB.id): times for company, times in seen.items()}

    result = check([MessageKey.of_line(job) for job in jobs], jobs, [], effects)

    assert [finding.violation for finding in result.findings] == expected


def test_the_crms_idempotency_key_names_type_tenant_and_id() -> None:
    message = Message[ReportGenerate](
        type=REPORT_GENERATE.name,
        id=JOB.id,
        timestamp=JOB.at,
        attempts=1,
        payload=ReportGenerate(company_id=COMPANY, report_id="0b7e4a52-3c1e-4d5b-9a64-2f8e1c0b9a11"),
    )

    assert MessageKey.of_idempotency_key(message.idempotency_key) == MessageKey.of_line(JOB)
