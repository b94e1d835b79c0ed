"""The audit log: who did what to which message, within the limits of CloudWatch Logs."""

from datetime import UTC, datetime

import pytest

from ops.dead_letters.dead_letter import DeadLetter
from ops.stage.audit_log import AuditError, open_audit
from tests.fakes.service import NOON, failing
from tests.fakes.stage import AUDIT_LOG, OPERATOR, FakeStage


def dead_letter(number: int) -> DeadLetter:
    return DeadLetter.of(
        {"MessageId": f"sqs-{number}", "Body": '{"id": "' + "x" * 128 + '", "payload": {"name": "Ada"}}'}
    )


def test_each_operator_has_one_stream_a_day() -> None:
    stage = FakeStage()

    for _ in range(2):
        audit = open_audit(stage.deployed, "email.send", now=lambda: NOON)

    assert audit.who == OPERATOR
    assert stage.logs.streams == [(AUDIT_LOG, "2026-04-14/assumed-role/Admin/ada")]


def test_lines_beyond_the_limits_of_a_call_are_split() -> None:
    stage = FakeStage()

    stage.audit.write("discarded", (dead_letter(number).audited for number in range(25_000)), why="fixed by hand")

    lines = stage.logs.lines()
    assert [line["sqs_message_id"] for line in lines] == [f"sqs-{number}" for number in range(25_000)]
    assert {line["why"] for line in lines} == {"fixed by hand"}
    assert "Ada" not in str(lines)


def test_a_rejected_timestamp_is_an_error() -> None:
    stage = FakeStage()
    stage.logs.too_old = True

    with pytest.raises(AuditError, match="Is this machine's clock right"):
        stage.audit.write("redriven", [dead_letter(1).audited])


def test_a_stage_without_an_audit_log_is_an_error() -> None:
    stage = FakeStage()
    stage.logs.fail = failing("ResourceNotFoundException")

    with pytest.raises(AuditError, match=r"could not be written.*does not exist here. Check AWS_PROFILE"):
        open_audit(stage.deployed, "email.send", now=lambda: datetime.now(UTC))
