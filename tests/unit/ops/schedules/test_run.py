"""A schedule that is run before it is due: its message is never lost, whatever fails."""

from datetime import timedelta

import pytest

from ops.schedules.schedules import ScheduleRun
from ops.terminal.errors import OperatorError
from schemas.schedule_names import schedule_name
from tests.fakes.service import NOON, failing
from tests.unit.ops.schedules.schedule_stage import KEY, TENANT, ScheduleStage, with_a_reminder


@pytest.fixture
def aws() -> ScheduleStage:
    return with_a_reminder()


def sent_now(aws: ScheduleStage) -> ScheduleRun:
    return aws.group.run(aws.group.once(KEY), aws.sqs)


def test_the_message_is_sent_and_the_schedule_is_deleted(aws: ScheduleStage) -> None:
    target = aws.schedules[schedule_name(KEY)]["Target"]

    result = sent_now(aws)

    assert aws.sent == [{"MessageBody": target["Input"], "MessageGroupId": TENANT}]
    assert aws.schedules == {}
    assert result.schedule_state == "is deleted"


def test_a_message_that_names_no_tenant_is_sent_without_a_group(aws: ScheduleStage) -> None:
    target = aws.schedules[schedule_name(KEY)]["Target"]
    target["Input"] = '{"payload": {"companyId": "two words"}}'

    sent_now(aws)

    assert aws.sent == [{"MessageBody": target["Input"]}]


class KilledError(BaseException):
    """Stands for a kill of the process."""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(5))
def test_after_a_kill_the_message_is_sent_or_still_scheduled(aws: ScheduleStage, step: int, moment: str) -> None:
    body = aws.schedules[schedule_name(KEY)]["Target"]["Input"]
    seen = []

    def kill(call: str) -> None:
        seen.append(call)
        if len(seen) == step + 1:
            raise KilledError

    read = aws.group.once(KEY)
    for service in (aws.scheduler, aws.sqs):
        setattr(service, moment, kill)

    with pytest.raises(KilledError):
        aws.group.run(read, aws.sqs)

    assert seen == ["get_schedule", "get_queue_url", "send_message", "get_schedule", "delete_schedule"][: step + 1]
    bodies = [sent["MessageBody"] for sent in aws.sent] + [each["Target"]["Input"] for each in aws.schedules.values()]
    assert set(bodies) == {body}


def test_a_schedule_set_anew_during_the_run_is_kept(aws: ScheduleStage) -> None:
    def move(call: str) -> None:
        if call == "send_message":
            aws.add(KEY, NOON + timedelta(days=2))

    aws.sqs.after = move

    result = sent_now(aws)

    assert result.schedule_state.startswith("was set anew meanwhile")
    assert list(aws.schedules) == [schedule_name(KEY)]


def test_a_schedule_set_anew_before_the_confirmation_is_unchanged(aws: ScheduleStage) -> None:
    asked = aws.group.once(KEY)
    aws.add(KEY, NOON + timedelta(days=2))

    with pytest.raises(OperatorError, match="nothing was sent now"):
        aws.group.run(asked, aws.sqs)

    assert not aws.group.cancel(asked)
    assert (list(aws.schedules), aws.sent) == ([schedule_name(KEY)], [])


def test_a_schedule_that_comes_due_meanwhile_sends_a_duplicate(aws: ScheduleStage) -> None:
    aws.sqs.after = lambda call: aws.schedules.clear() if call == "send_message" else None

    assert "drops the second" in sent_now(aws).schedule_state


def test_a_schedule_that_cannot_be_deleted_is_reported_as_sent(aws: ScheduleStage) -> None:
    aws.scheduler.fail = failing("AccessDeniedException", "delete_schedule")

    with pytest.raises(OperatorError, match="was sent, but its schedule still exists"):
        sent_now(aws)


def test_a_schedule_whose_target_is_no_queue_is_not_run(aws: ScheduleStage) -> None:
    aws.schedules[schedule_name(KEY)]["Target"]["Arn"] = "arn:aws:lambda:eu-central-1:123456789012:function:f"

    with pytest.raises(OperatorError, match="no queue"):
        sent_now(aws)

    assert aws.sent == []
