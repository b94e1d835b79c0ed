"""`conserve` names each message that has no end and is in no queue, and accuses no other."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ops.conserve.reconciliation import Violation
from schemas.names import AUDIT, QUEUE_PROCESSOR, log_group_name, resource_name
from schemas.reasons import OperatorAction
from schemas.schedule_names import schedule_name
from tests.fakes.service import NOON, client_error, failing
from tests.unit.ops.conserve.conserved_stage import HOUR_AGO, ConservedStage

BOOKING, MAIL, ACTIVITY = "booking.created-1", "email.send-1", "activity.record-1"
LATER = HOUR_AGO + timedelta(minutes=5)
KEY = "payment/in_1/2"
OTHER_COMPANY = "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c99"
RETRY = "payment.retry-1"


@pytest.fixture
def stage() -> ConservedStage:
    return ConservedStage()


def done(stage: ConservedStage) -> None:
    """A booking with two follow-ups, of which the mail's line is earlier than the booking's."""
    stage.log("routed", BOOKING)
    stage.log("succeeded", BOOKING, follow_ups=[MAIL, ACTIVITY])
    stage.log("succeeded", MAIL, HOUR_AGO - timedelta(seconds=1), causation_id=BOOKING)
    stage.log("succeeded", ACTIVITY, causation_id=BOOKING)


def test_a_chain_that_ended_is_conserved(stage: ConservedStage) -> None:
    done(stage)

    result = stage.check()

    assert result.holds
    assert (result.accounts.accepted, result.accounts.ended, result.in_queues) == (3, 3, 0)


def test_a_routed_message_that_is_nowhere_is_lost(stage: ConservedStage) -> None:
    done(stage)
    stage.log("routed", "activity.record-2")

    result = stage.check()

    (candidates,) = result.candidates
    assert [each.finding.id for each in candidates.messages] == ["activity.record-2"]
    assert candidates.queues == ("activity.record",)
    assert (result.lost, result.holds) == (1, False)
    assert (result.accounts.accepted, result.accounts.ended) == (4, 3)


def test_a_message_whose_queue_holds_one_waits(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY)
    stage.hold("activity.record")

    result = stage.check()

    assert result.holds
    assert (result.in_queues, result.accounts.ended) == (1, 0)


def test_of_three_messages_and_two_in_the_queue_one_is_lost(stage: ConservedStage) -> None:
    for number in range(3):
        stage.log("routed", f"activity.record-{number}")
    stage.hold("activity.record", 2)
    stage.hold("email.send", 5)

    result = stage.check()

    (candidates,) = result.candidates
    assert (candidates.count, candidates.held, candidates.lost) == (3, 2, 1)
    assert result.in_queues == 2


def test_a_follow_up_without_a_line_is_lost(stage: ConservedStage) -> None:
    stage.log("succeeded", BOOKING, follow_ups=[MAIL])

    result = stage.check()

    (candidates,) = result.candidates
    assert [each.finding.violation for each in candidates.messages] == [Violation.LOST]
    assert "email.send" in candidates.queues
    assert "payment.failed" not in candidates.queues


def test_a_message_within_the_grace_is_not_accused(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY, NOON - timedelta(minutes=9))

    result = stage.check()

    assert result.holds
    assert result.accounts.under_way == 1


def test_a_message_that_waits_for_its_next_attempt_is_not_accused(stage: ConservedStage) -> None:
    stage.log("retrying", ACTIVITY, NOON - timedelta(minutes=11), delay=900)

    assert stage.check().holds


def test_a_next_attempt_that_never_came_is_lost(stage: ConservedStage) -> None:
    stage.log("retrying", ACTIVITY, delay=60)

    assert stage.named() == [ACTIVITY]


def test_a_delayed_message_in_the_queue_explains_no_other(stage: ConservedStage) -> None:
    stage.log("deferred", ACTIVITY, NOON - timedelta(minutes=11), delay=900)
    stage.log("routed", "activity.record-2")
    stage.hold("activity.record")

    assert stage.named() == ["activity.record-2"]


def test_of_two_events_with_one_id_the_one_without_an_end_is_named(stage: ConservedStage) -> None:
    stage.log("routed", BOOKING, sqs_message_id="sqs-1")
    stage.log("routed", BOOKING, sqs_message_id="sqs-2")
    stage.log("succeeded", BOOKING, sqs_message_id="sqs-3")

    assert stage.named() == [BOOKING]


def test_a_job_that_succeeded_twice_is_doubled(stage: ConservedStage) -> None:
    stage.log("succeeded", MAIL, sqs_message_id="sqs-1")
    stage.log("succeeded", MAIL, sqs_message_id="sqs-2")
    stage.log("succeeded", BOOKING, sqs_message_id="sqs-3")
    stage.log("succeeded", BOOKING, sqs_message_id="sqs-4")

    result = stage.check()

    assert [each.id for each in result.accounts.doubled] == [MAIL]
    assert not result.holds


@pytest.mark.parametrize("outcome", ["skipped", "duplicate", "dead_lettered"])
def test_each_final_outcome_is_an_end(stage: ConservedStage, outcome: str) -> None:
    stage.log("routed", ACTIVITY)
    stage.log(outcome, ACTIVITY)

    assert stage.check().accounts.ended == 1


def test_what_was_accepted_before_the_range_is_not_accused(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY, NOON - timedelta(hours=3))

    result = stage.check(since=timedelta(hours=2))

    assert (result.holds, result.accounts.accepted) == (True, 0)


def test_what_was_accepted_after_the_range_does_not_count(stage: ConservedStage) -> None:
    stage.log("routed", BOOKING)
    stage.log("succeeded", BOOKING, LATER, follow_ups=[MAIL])
    stage.log("routed", "activity.record-2", LATER)

    result = stage.check(until=HOUR_AGO + timedelta(minutes=1))

    assert (result.holds, result.accounts.accepted, result.accounts.ended) == (True, 1, 1)


def test_a_pending_schedule_waits(stage: ConservedStage) -> None:
    stage.log("succeeded", "payment.failed-1", scheduled=[{"key": KEY, "id": RETRY}])
    stage.stage.scheduler.schedules[schedule_name(KEY)] = {}

    result = stage.check()

    assert result.holds
    assert (result.accounts.accepted, result.accounts.ended, result.accounts.scheduled) == (2, 1, 1)
    assert "get_schedule" not in stage.stage.scheduler.calls


def test_a_schedule_that_is_gone_without_a_delivery_is_named(stage: ConservedStage) -> None:
    stage.log("succeeded", "payment.failed-1", scheduled=[{"key": KEY, "id": RETRY}])

    (candidates,) = stage.check().candidates

    assert [each.finding.sentence() for each in candidates.messages] == [f"{RETRY}: {Violation.UNSCHEDULED} ({KEY})"]
    assert candidates.queues == (QUEUE_PROCESSOR,)


def test_a_schedule_that_an_operator_cancelled_has_ended(stage: ConservedStage) -> None:
    stage.log("succeeded", "payment.failed-1", scheduled=[{"key": KEY, "id": RETRY}])
    stage.act(OperatorAction.SCHEDULE_CANCELLED, RETRY, LATER)

    result = stage.check()

    assert (result.holds, result.accounts.accepted, result.accounts.ended) == (True, 2, 2)


@pytest.mark.parametrize("began", [RETRY, ACTIVITY])
def test_a_line_that_comes_late_is_waited_for(stage: ConservedStage, began: str) -> None:
    """Its message left schedule or queue just before these were read."""
    stage.log("succeeded", "payment.failed-1", scheduled=[{"key": KEY, "id": RETRY}])
    stage.log("routed", ACTIVITY)
    waits: list[float] = []

    def line_arrives(seconds: float) -> None:
        waits.append(seconds)
        stage.log("succeeded", began, NOON - timedelta(seconds=1))

    result = stage.check(sleep=line_arrives)

    named = {message.finding.id for each in result.candidates for message in each.messages}
    assert named == {RETRY, ACTIVITY} - {began}
    assert (len(waits), result.accounts.under_way) == (1, 1)


def test_a_schedule_that_was_replaced_or_cancelled_has_ended(stage: ConservedStage) -> None:
    stage.log("succeeded", "payment.failed-1", scheduled=[{"key": KEY, "id": RETRY}])
    stage.log("succeeded", "payment.failed-2", LATER, scheduled=[{"key": KEY, "id": "payment.retry-2"}])
    stage.log("succeeded", "payment.failed-3", LATER + timedelta(seconds=2), unscheduled=[KEY])

    result = stage.check()

    assert (result.holds, result.accounts.accepted, result.accounts.ended) == (True, 5, 5)


def test_a_redriven_dead_letter_needs_another_end(stage: ConservedStage) -> None:
    stage.log("dead_lettered", ACTIVITY, HOUR_AGO)
    stage.act("redriven", ACTIVITY, LATER)
    lost = stage.named()

    stage.log("succeeded", ACTIVITY, LATER, sqs_message_id="copy")

    assert lost == [ACTIVITY]
    assert stage.check().holds


def test_a_dead_letter_of_before_the_range_that_is_redriven_needs_one(stage: ConservedStage) -> None:
    stage.act("redriven", ACTIVITY)
    lost = stage.named()

    stage.log("dead_lettered", ACTIVITY, LATER, sqs_message_id="copy")

    assert lost == [ACTIVITY]
    assert stage.check().holds


def test_a_discarded_dead_letter_has_ended(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY)
    stage.act("discarded", ACTIVITY, LATER)

    assert stage.check().holds


def test_a_dead_letter_that_the_keeper_renewed_has_ended(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY)
    stage.renew(ACTIVITY, LATER)

    assert stage.check().holds


def test_a_message_done_again_must_end_under_its_new_id(stage: ConservedStage) -> None:
    stage.log("succeeded", MAIL)
    stage.act("redone", MAIL, new_id="again-1")
    (candidates,) = stage.check().candidates

    stage.log("succeeded", "email.send-9", LATER, id="again-1")

    assert ([each.finding.id for each in candidates.messages], candidates.queues) == (["again-1"], ("email.send",))
    assert stage.check().holds


def test_what_aws_refused_to_send_again_is_not_lost(stage: ConservedStage) -> None:
    stage.log("dead_lettered", ACTIVITY)
    stage.log("succeeded", MAIL)
    stage.act("redriven", ACTIVITY, LATER)
    stage.act("redone", MAIL, LATER, new_id="again-1")
    named = stage.named()

    stage.act(OperatorAction.REDRIVE_REFUSED, ACTIVITY, LATER)
    stage.act(OperatorAction.REDO_REFUSED, MAIL, LATER, new_id="again-1")

    assert sorted(named) == [ACTIVITY, "again-1"]
    assert stage.check().holds


def test_what_sqs_moved_to_the_dead_letter_queue_is_not_lost(stage: ConservedStage) -> None:
    stage.log("routed", "task-1", service=QUEUE_PROCESSOR, type="activity.record")
    lost = stage.named()

    stage.stage.add_dead_letter(1, cause="")

    assert lost == ["task-1"]
    assert stage.check().holds


def test_dead_letters_that_a_viewer_may_not_read_are_said(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY)
    stage.stage.sqs.fail = failing("AccessDenied", "receive_message")

    result = stage.check()

    assert result.lost == 1
    assert result.unread.startswith("Dead-letter queues were not searched for them: access denied")


def test_no_message_is_received_where_counts_suffice(stage: ConservedStage) -> None:
    stage.log("routed", ACTIVITY)
    stage.hold("activity.record")

    stage.check()

    assert "receive_message" not in stage.stage.sqs.calls


def test_lines_that_no_function_wrote_stop_nothing(stage: ConservedStage) -> None:
    done(stage)
    stage.log("retrying", "email.send-2", delay=10**12)
    stage.log("retrying", "email.send-3", timestamp="9999-12-31T23:59:59.999+00:00", delay=900)
    stage.log("succeeded", BOOKING, scheduled=[{"key": "no key!", "id": "x"}], unscheduled=["?"])
    stage.stage.logs.write(resource_name("dev", AUDIT), HOUR_AGO, message="redone", new_id=None)
    stage.stage.logs.groups[resource_name("dev", AUDIT)].append((1, "[" * 100_000))

    assert stage.named() == ["email.send-2"]


def test_another_tenants_dead_letter_of_one_id_explains_no_loss(stage: ConservedStage) -> None:
    stage.log("routed", "task-1", type="activity.record")
    stage.log("routed", "task-1", type="activity.record", sqs_message_id="other", company_id=OTHER_COMPANY)
    stage.stage.add_dead_letter(1, cause="")

    (candidates,) = stage.check().candidates

    assert [(each.finding.key.company_id, each.count) for each in candidates.messages] == [(OTHER_COMPANY, 1)]


def test_one_dead_letter_explains_one_of_two_messages_with_its_key(stage: ConservedStage) -> None:
    for sqs_message_id in ("sqs-1", "sqs-2"):
        stage.log("routed", "task-1", type="activity.record", sqs_message_id=sqs_message_id)
    stage.stage.add_dead_letter(1, cause="")

    assert stage.check().lost == 1


def test_a_scheduled_message_has_the_grace_from_its_time_on(stage: ConservedStage) -> None:
    due = [NOON - timedelta(minutes=1), NOON + timedelta(days=1), HOUR_AGO]
    scheduled = [
        {"key": f"payment/in_1/{number}", "id": f"payment.retry-{number}", "at": at.isoformat()}
        for number, at in enumerate(due, start=1)
    ]
    stage.log("succeeded", "payment.failed-1", LATER - timedelta(hours=1), scheduled=scheduled)

    result = stage.check()

    assert [each.finding.id for each in result.candidates[0].messages] == ["payment.retry-2", "payment.retry-3"]
    assert result.accounts.under_way == 1


def test_what_sqs_moved_and_was_redriven_twice_needs_one_end(stage: ConservedStage) -> None:
    """A function that cannot be loaded writes no line: SQS moves its messages, after each redrive again."""
    stage.log("routed", ACTIVITY)
    for minutes in (1, 2):
        stage.act("redriven", ACTIVITY, HOUR_AGO + timedelta(minutes=minutes))
    lost = stage.named()

    stage.log("succeeded", ACTIVITY, LATER, sqs_message_id="copy")

    assert lost == [ACTIVITY]
    assert stage.check().holds


def test_a_renewed_dead_letter_that_is_redriven_needs_an_end(stage: ConservedStage) -> None:
    stage.renew(ACTIVITY)
    stage.act("redriven", ACTIVITY, LATER)

    assert stage.named() == [ACTIVITY]


def test_a_redrive_after_a_refused_one_needs_an_end(stage: ConservedStage) -> None:
    stage.log("dead_lettered", ACTIVITY)
    for minutes in (1, 2):
        stage.act("redriven", ACTIVITY, HOUR_AGO + timedelta(minutes=minutes))
    stage.act(OperatorAction.REDRIVE_REFUSED, ACTIVITY, HOUR_AGO + timedelta(minutes=1))

    assert stage.named() == [ACTIVITY]


def test_a_delay_before_the_line_stops_nothing(stage: ConservedStage) -> None:
    stage.log("retrying", "email.send-2", delay=-(10**12))

    assert stage.named() == ["email.send-2"]


def test_a_log_that_does_not_exist_proves_nothing(stage: ConservedStage) -> None:
    done(stage)
    deleted = log_group_name("dev", "activity.record")

    def fail(_operation: str, request: Mapping[str, Any]) -> Exception | None:
        return client_error("ResourceNotFoundException") if request.get("logGroupName") == deleted else None

    stage.stage.logs.fail = fail

    result = stage.check(since=timedelta(minutes=1))

    assert (result.absent, result.holds) == (("activity.record",), False)


def test_an_operators_line_announces_no_follow_up(stage: ConservedStage) -> None:
    done(stage)
    stage.act("shown", ACTIVITY, follow_ups=["forged"])

    assert stage.check().holds
