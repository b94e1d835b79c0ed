"""The check that finds what was lost or done twice is itself found to find it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.checks.conservation import Finding, Violation, check
from ops.dead_letters.dead_letter import DeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine, Scheduled
from schemas.identity import derived_id
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name

AT = datetime(2026, 4, 14, 12, 30, 1, tzinfo=UTC)
ROUTED = LogLine(at=AT, what=Outcome.ROUTED, service="queue_processor", id="booking-1", sqs_message_id="sqs-1")
DECIDED = LogLine(
    at=AT, what=Outcome.SUCCEEDED, service="booking.created", id="booking-1", follow_ups=("email-1", "activity-1")
)
MAILED = LogLine(at=AT, what=Outcome.SUCCEEDED, service="email.send", id="email-1", causation_id="booking-1")
RECORDED = replace(MAILED, service="activity.record", id="activity-1")
WHOLE = [ROUTED, DECIDED, MAILED, RECORDED]
EFFECTS = {"email-1": 1, "activity-1": 1}

KEY = "payment/in_1/2"
DUE = datetime(2026, 4, 15, 12, 30, 1, tzinfo=UTC)
DECLINED = LogLine(
    at=AT,
    what=Outcome.SUCCEEDED,
    service="payment.failed",
    id="payment-1",
    scheduled=(Scheduled(KEY, "retry-1"),),
)
LATER = AT + timedelta(seconds=1)
CHARGED = LogLine(at=AT, what=Outcome.SUCCEEDED, service="payment.retry", id="retry-1")


def letter(body: str, *, sqs_message_id: str = "sqs-9") -> DeadLetter:
    return DeadLetter.of({"MessageId": sqs_message_id, "Body": body})


def breaches(findings: tuple[Finding, ...]) -> list[tuple[str, Violation]]:
    return [(finding.id, finding.breach) for finding in findings]


def schedule(id_: str = "retry-1", *, key: str = KEY, at: datetime = DUE) -> PendingSchedule:
    body = json.dumps({"id": id_, "type": "payment.retry", "timestamp": f"{DUE:%Y-%m-%dT%H:%M:%S}.750Z"})
    return PendingSchedule(
        name=schedule_name(key),
        description=key,
        expression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        body=body,
        target_arn="arn",
        group="company-1",
        changed_at=AT,
    )


def test_a_booking_whose_follow_ups_are_all_done_is_conserved() -> None:
    balance = check(["booking-1"], WHOLE, [], EFFECTS)

    assert balance.holds
    assert balance.final == balance.expected == {"booking-1", "email-1", "activity-1"}


def test_an_id_that_nobody_speaks_of_is_lost() -> None:
    balance = check(["booking-1", "booking-2"], WHOLE, [], EFFECTS)

    assert breaches(balance.findings) == [("booking-2", Violation.LOST)]
    assert not balance.holds


def test_a_follow_up_that_nobody_speaks_of_is_lost() -> None:
    balance = check(["booking-1"], [ROUTED, DECIDED, MAILED], [], {"email-1": 1})

    assert breaches(balance.findings) == [("activity-1", Violation.LOST)]


def test_a_routed_id_is_not_final_until_its_type_has_spoken() -> None:
    balance = check(["booking-1"], [ROUTED], [], {})

    assert breaches(balance.findings) == [("booking-1", Violation.UNFINISHED)]
    assert "routed by queue_processor" in balance.findings[0].sentence()


def test_a_retrying_id_is_not_final_until_it_succeeds() -> None:
    retrying = replace(RECORDED, what=Outcome.RETRYING)

    waiting = check(["booking-1"], [ROUTED, DECIDED, MAILED, retrying], [], {"email-1": 1})
    done = check(["booking-1"], [*WHOLE, retrying], [], EFFECTS)

    assert breaches(waiting.findings) == [("activity-1", Violation.UNFINISHED)]
    assert done.holds


def test_a_job_that_says_twice_that_it_succeeded_is_doubled() -> None:
    balance = check(["booking-1"], [*WHOLE, MAILED], [], EFFECTS)

    assert breaches(balance.findings) == [("email-1", Violation.DOUBLED)]


def test_a_side_effect_that_was_seen_twice_is_doubled_whatever_the_log_says() -> None:
    balance = check(["booking-1"], WHOLE, [], {**EFFECTS, "activity-1": 2})

    assert breaches(balance.findings) == [("activity-1", Violation.DOUBLED)]


def test_a_reaction_that_ran_twice_is_no_breach() -> None:
    balance = check(["booking-1"], [*WHOLE, DECIDED], [], EFFECTS)

    assert balance.holds


def test_a_job_that_was_done_and_is_called_a_duplicate_the_second_time_is_no_breach() -> None:
    balance = check(["booking-1"], [*WHOLE, DECIDED, replace(MAILED, what=Outcome.DUPLICATE)], [], EFFECTS)

    assert balance.holds


def test_a_duplicate_of_what_was_never_done_is_found() -> None:
    forgotten = [ROUTED, DECIDED, replace(MAILED, what=Outcome.DUPLICATE), RECORDED]

    balance = check(["booking-1"], forgotten, [], {"activity-1": 1})

    assert breaches(balance.findings) == [("email-1", Violation.WITHOUT_EFFECT)]


def test_a_job_whose_process_died_before_it_said_so_is_accounted_for_by_its_duplicate() -> None:
    silent = [ROUTED, DECIDED, replace(MAILED, what=Outcome.DUPLICATE), RECORDED]

    assert check(["booking-1"], silent, [], EFFECTS).holds


def test_a_success_that_nobody_saw_is_found() -> None:
    balance = check(["booking-1"], WHOLE, [], {"email-1": 1})

    assert breaches(balance.findings) == [("activity-1", Violation.WITHOUT_EFFECT)]


def test_a_side_effect_that_no_job_owns_up_to_is_found() -> None:
    balance = check(["booking-1"], WHOLE, [], {**EFFECTS, "stranger": 1})

    assert breaches(balance.findings) == [("stranger", Violation.UNACCOUNTED)]


def test_an_unreadable_message_is_accounted_for_by_its_sqs_message_id() -> None:
    refused = LogLine(at=AT, what=Outcome.DEAD_LETTERED, service="queue_processor", sqs_message_id="sqs-7")

    assert check(["sqs-7"], [refused], [], {}).holds
    assert check(["sqs-8"], [], [letter("{", sqs_message_id="sqs-8")], {}).holds


def test_what_lies_unrouted_is_accounted_for_by_the_id_that_its_body_derives() -> None:
    payload, at = {"companyId": "c"}, "2026-01-01T00:00:00Z"
    body = json.dumps({"type": "booking.archived", "payload": payload, "timestamp": at, "attempts": 1})

    balance = check([derived_id("booking.archived", payload, at)], [], [letter(body)], {})

    assert balance.holds


def test_what_stands_to_be_sent_later_is_not_lost() -> None:
    balance = check(["payment-1"], [DECLINED], [], {}, [schedule()])

    assert balance.holds
    assert balance.final == balance.expected == {"payment-1", "retry-1"}


def test_what_was_scheduled_and_has_been_sent_since_is_final_by_its_own_outcome() -> None:
    assert check(["payment-1"], [DECLINED, CHARGED], [], {"retry-1": 1}, []).holds


def test_what_was_scheduled_and_neither_stands_nor_came_in_is_found() -> None:
    balance = check(["payment-1"], [DECLINED], [], {}, [])

    assert breaches(balance.findings) == [("retry-1", Violation.UNSCHEDULED)]
    assert KEY in balance.findings[0].sentence()


def test_a_schedule_at_another_time_than_its_message_is_due_is_found() -> None:
    balance = check(["payment-1"], [DECLINED], [], {}, [schedule(at=DUE + timedelta(hours=1))])

    assert breaches(balance.findings) == [("retry-1", Violation.MISTIMED)]


def test_a_schedule_that_no_function_speaks_of_is_found() -> None:
    balance = check(["payment-1"], [DECLINED], [], {}, [schedule(), schedule("retry-9", key="payment/in_9/2")])

    assert breaches(balance.findings) == [("retry-9", Violation.STRAY)]


def test_a_message_that_gave_way_to_a_later_one_under_its_key_is_final() -> None:
    moved = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=LATER)

    # The later line was read first: functions' logs are read one after the other.
    assert check(["payment-1", "payment-2"], [moved, DECLINED], [], {}, [schedule("retry-2")]).holds


def test_an_earlier_message_that_still_stands_is_found_and_so_is_the_later_one_that_does_not() -> None:
    moved = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=LATER)

    balance = check(["payment-1", "payment-2"], [moved, DECLINED], [], {}, [schedule("retry-1")])

    assert breaches(balance.findings) == [("retry-2", Violation.UNSCHEDULED), ("retry-1", Violation.STRAY)]


@pytest.mark.parametrize("stands", ["retry-1", "retry-2"])
def test_of_two_messages_that_were_scheduled_at_one_time_either_may_be_the_last(stands: str) -> None:
    at_once = AT + timedelta(milliseconds=3)
    other = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=at_once)

    assert check(["payment-1", "payment-2"], [DECLINED, other], [], {}, [schedule(stands)]).holds


def test_of_two_messages_that_were_scheduled_at_one_time_one_must_stand() -> None:
    at_once = AT + timedelta(milliseconds=3)
    other = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=at_once)

    balance = check(["payment-1", "payment-2"], [DECLINED, other], [], {}, [])

    assert breaches(balance.findings) == [("retry-2", Violation.UNSCHEDULED)]


def test_what_was_called_off_is_final_and_must_not_stand() -> None:
    off = LogLine(at=LATER, what=Outcome.SUCCEEDED, service="payment.failed", id="payment-2", unscheduled=(KEY,))

    assert check(["payment-1", "payment-2"], [DECLINED, off], [], {}, []).holds
    still = check(["payment-1", "payment-2"], [DECLINED, off], [], {}, [schedule()])
    assert breaches(still.findings) == [("retry-1", Violation.STRAY)]


def test_what_was_called_off_to_be_sent_at_once_must_still_come_to_its_end() -> None:
    at_once = replace(DECLINED, scheduled=(), unscheduled=(KEY,), follow_ups=("retry-1",), at=LATER)

    balance = check(["payment-1"], [DECLINED, at_once], [], {}, [])

    assert breaches(balance.findings) == [("retry-1", Violation.LOST)]
