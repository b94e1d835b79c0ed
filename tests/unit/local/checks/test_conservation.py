"""The conservation check finds lost messages and repeated side effects."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.checks.conservation import check
from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Finding, Violation
from ops.dead_letters.dead_letter import DeadLetter
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine, Scheduled
from schemas.identity import derived_id
from schemas.reasons import Outcome
from schemas.schedule_names import schedule_name

AT = datetime(2026, 4, 14, 12, 30, 1, tzinfo=UTC)
COMPANY = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"

TYPES = {
    "booking": "booking.created",
    "email": "email.send",
    "activity": "activity.record",
    "payment": "payment.failed",
    "retry": "payment.retry",
    "suppression": "email.suppression",
}
"""The types of the messages here, by the first part of their ids."""


def key(id_: str, company: str = COMPANY) -> MessageKey:
    return MessageKey(TYPES[id_.partition("-")[0]], company, id_)


def keys(*ids: str) -> list[MessageKey]:
    return [key(id_) for id_ in ids]


def line(id_: str, service: str = "", *, what: Outcome = Outcome.SUCCEEDED, **fields: Any) -> LogLine:
    named = key(id_)
    logged = {"at": AT, "sqs_message_id": f"sqs-of-{id_}", "company_id": COMPANY, **fields}
    return LogLine(what=what, service=service or named.type, type=named.type, id=id_, **logged)


ROUTED = line("booking-1", "queue_processor", what=Outcome.ROUTED, sqs_message_id="sqs-1")
DECIDED = line("booking-1", follow_ups=("email-1", "activity-1"))
MAILED = line("email-1", causation_id="booking-1")
RECORDED = line("activity-1", causation_id="booking-1")
WHOLE = [ROUTED, DECIDED, MAILED, RECORDED]
EFFECTS = {key("email-1"): 1, key("activity-1"): 1}

KEY = "payment/in_1/2"
DUE = datetime(2026, 4, 15, 12, 30, 1, tzinfo=UTC)
DECLINED = line("payment-1", scheduled=(Scheduled(KEY, "retry-1"),))
LATER = AT + timedelta(seconds=1)
CHARGED = line("retry-1")


def dead_letter(body: str, *, sqs_message_id: str = "sqs-9") -> MessageKey:
    return MessageKey.of_dead_letter(DeadLetter.of({"MessageId": sqs_message_id, "Body": body}))


def violations(findings: tuple[Finding, ...]) -> list[tuple[str, Violation]]:
    return [(finding.id, finding.violation) for finding in findings]


def schedule(id_: str = "retry-1", *, key: str = KEY, at: datetime = DUE) -> PendingSchedule:
    fields = {"id": id_, "type": "payment.retry", "payload": {"companyId": COMPANY}}
    body = json.dumps({**fields, "timestamp": f"{DUE:%Y-%m-%dT%H:%M:%S}.750Z"})
    return PendingSchedule(
        name=schedule_name(key),
        description=key,
        expression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        body=body,
        target_arn="arn",
        changed_at=AT,
    )


def test_a_booking_with_all_follow_ups_done_is_conserved() -> None:
    result = check(keys("booking-1"), WHOLE, [], EFFECTS)

    assert result.holds
    assert result.final == result.expected == Counter(keys("booking-1", "email-1", "activity-1"))


def test_an_id_without_a_log_line_is_lost() -> None:
    result = check(keys("booking-1", "booking-2"), WHOLE, [], EFFECTS)

    assert violations(result.findings) == [("booking-2", Violation.LOST)]
    assert not result.holds


def test_a_follow_up_without_a_log_line_is_lost() -> None:
    result = check(keys("booking-1"), [ROUTED, DECIDED, MAILED], [], {key("email-1"): 1})

    assert violations(result.findings) == [("activity-1", Violation.LOST)]


def test_a_routed_id_is_not_final_until_its_function_logs_it() -> None:
    result = check(keys("booking-1"), [ROUTED], [], {})

    assert violations(result.findings) == [("booking-1", Violation.UNFINISHED)]
    assert "routed by queue_processor" in result.findings[0].sentence()


def test_a_retrying_id_is_not_final_until_it_succeeds() -> None:
    retrying = replace(RECORDED, what=Outcome.RETRYING)

    waiting = check(keys("booking-1"), [ROUTED, DECIDED, MAILED, retrying], [], {key("email-1"): 1})
    done = check(keys("booking-1"), [*WHOLE, retrying], [], EFFECTS)

    assert violations(waiting.findings) == [("activity-1", Violation.UNFINISHED)]
    assert done.holds


def test_a_job_that_succeeds_twice_is_doubled() -> None:
    result = check(keys("booking-1"), [*WHOLE, MAILED], [], EFFECTS)

    assert violations(result.findings) == [("email-1", Violation.DOUBLED)]


def test_a_side_effect_that_was_seen_twice_is_doubled() -> None:
    result = check(keys("booking-1"), WHOLE, [], {**EFFECTS, key("activity-1"): 2})

    assert violations(result.findings) == [("activity-1", Violation.DOUBLED)]


@pytest.mark.parametrize(("seen", "expected"), [(2, []), (3, [("activity-1", Violation.DOUBLED)])])
def test_a_call_without_an_answer_may_be_seen_once_more(seen: int, expected: list[tuple[str, Violation]]) -> None:
    unanswered = replace(
        RECORDED, what=Outcome.RETRYING, detail="the CRM did not answer POST /internal/activity: TimeoutError"
    )

    result = check(keys("booking-1"), [*WHOLE, unanswered], [], {**EFFECTS, key("activity-1"): seen})

    assert violations(result.findings) == expected


def test_a_reaction_that_runs_twice_is_not_a_violation() -> None:
    result = check(keys("booking-1"), [*WHOLE, DECIDED], [], EFFECTS)

    assert result.holds


def test_a_duplicate_after_a_success_is_not_a_violation() -> None:
    result = check(keys("booking-1"), [*WHOLE, DECIDED, replace(MAILED, what=Outcome.DUPLICATE)], [], EFFECTS)

    assert result.holds


def test_a_duplicate_without_a_side_effect_is_found() -> None:
    forgotten = [ROUTED, DECIDED, replace(MAILED, what=Outcome.DUPLICATE), RECORDED]

    result = check(keys("booking-1"), forgotten, [], {key("activity-1"): 1})

    assert violations(result.findings) == [("email-1", Violation.WITHOUT_EFFECT)]


def test_a_duplicate_accounts_for_a_success_that_was_not_logged() -> None:
    silent = [ROUTED, DECIDED, replace(MAILED, what=Outcome.DUPLICATE), RECORDED]

    assert check(keys("booking-1"), silent, [], EFFECTS).holds


def test_a_success_without_a_side_effect_is_found() -> None:
    result = check(keys("booking-1"), WHOLE, [], {key("email-1"): 1})

    assert violations(result.findings) == [("activity-1", Violation.WITHOUT_EFFECT)]


def test_a_side_effect_without_a_job_is_found() -> None:
    result = check(keys("booking-1"), WHOLE, [], {**EFFECTS, key("email-9"): 1})

    assert violations(result.findings) == [("email-9", Violation.UNACCOUNTED)]


def test_an_unreadable_message_is_accounted_for_by_its_sqs_message_id() -> None:
    refused = LogLine(at=AT, what=Outcome.DEAD_LETTERED, service="queue_processor", sqs_message_id="sqs-7")

    assert check([MessageKey.of_body("{", "sqs-7")], [refused], [], {}).holds
    assert check([MessageKey.of_body("{", "sqs-8")], [], [dead_letter("{", sqs_message_id="sqs-8")], {}).holds


def test_an_unrouted_message_is_accounted_for_by_its_derived_id() -> None:
    payload, at = {"companyId": COMPANY}, "2026-01-01T00:00:00Z"
    body = json.dumps({"type": "booking.archived", "payload": payload, "timestamp": at, "attempts": 1})

    unknown = MessageKey("booking.archived", COMPANY, derived_id("booking.archived", payload, at))

    result = check([unknown], [], [dead_letter(body)], {})

    assert result.holds


def test_a_scheduled_message_is_not_lost() -> None:
    result = check(keys("payment-1"), [DECLINED], [], {}, [schedule()])

    assert result.holds
    assert result.final == result.expected == Counter(keys("payment-1", "retry-1"))


def test_a_scheduled_message_that_was_sent_is_final_by_its_outcome() -> None:
    assert check(keys("payment-1"), [DECLINED, CHARGED], [], {key("retry-1"): 1}, []).holds


def test_a_schedule_that_is_gone_without_a_delivery_is_found() -> None:
    result = check(keys("payment-1"), [DECLINED], [], {}, [])

    assert violations(result.findings) == [("retry-1", Violation.UNSCHEDULED)]
    assert KEY in result.findings[0].sentence()


def test_a_schedule_with_another_time_than_its_message_is_found() -> None:
    result = check(keys("payment-1"), [DECLINED], [], {}, [schedule(at=DUE + timedelta(hours=1))])

    assert violations(result.findings) == [("retry-1", Violation.MISTIMED)]


def test_a_schedule_without_a_log_line_is_found() -> None:
    result = check(keys("payment-1"), [DECLINED], [], {}, [schedule(), schedule("retry-9", key="payment/in_9/2")])

    assert violations(result.findings) == [("retry-9", Violation.STRAY)]


def test_a_message_that_was_replaced_under_its_key_is_final() -> None:
    moved = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=LATER)

    # The later line is read first: functions' logs are read one after the other.
    assert check(keys("payment-1", "payment-2"), [moved, DECLINED], [], {}, [schedule("retry-2")]).holds


def test_a_replaced_message_that_is_pending_and_its_successor_are_found() -> None:
    moved = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=LATER)

    result = check(keys("payment-1", "payment-2"), [moved, DECLINED], [], {}, [schedule("retry-1")])

    assert violations(result.findings) == [("retry-2", Violation.UNSCHEDULED), ("retry-1", Violation.STRAY)]


@pytest.mark.parametrize("pending_id", ["retry-1", "retry-2"])
def test_of_two_simultaneous_schedules_either_may_be_pending(pending_id: str) -> None:
    at_once = AT + timedelta(milliseconds=3)
    other = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=at_once)

    assert check(keys("payment-1", "payment-2"), [DECLINED, other], [], {}, [schedule(pending_id)]).holds


def test_of_two_simultaneous_schedules_one_must_be_pending() -> None:
    at_once = AT + timedelta(milliseconds=3)
    other = replace(DECLINED, id="payment-2", scheduled=(Scheduled(KEY, "retry-2"),), at=at_once)

    result = check(keys("payment-1", "payment-2"), [DECLINED, other], [], {}, [])

    assert violations(result.findings) == [("retry-2", Violation.UNSCHEDULED)]


def test_a_cancelled_message_is_final_and_must_not_be_pending() -> None:
    off = line("payment-2", at=LATER, unscheduled=(KEY,))

    assert check(keys("payment-1", "payment-2"), [DECLINED, off], [], {}, []).holds
    still = check(keys("payment-1", "payment-2"), [DECLINED, off], [], {}, [schedule()])
    assert violations(still.findings) == [("retry-1", Violation.STRAY)]


def test_a_cancelled_message_that_was_published_must_become_final() -> None:
    at_once = replace(DECLINED, scheduled=(), unscheduled=(KEY,), follow_ups=("retry-1",), at=LATER)

    result = check(keys("payment-1"), [DECLINED, at_once], [], {}, [])

    assert violations(result.findings) == [("retry-1", Violation.LOST)]


def test_a_suppression_is_seen_by_its_log_alone() -> None:
    suppressed = line("suppression-1")

    once = check(keys("suppression-1"), [suppressed], [], {})
    twice = check(keys("suppression-1"), [suppressed, replace(suppressed, sqs_message_id="sqs-2")], [], {})

    assert once.holds
    assert [(finding.id, finding.violation) for finding in twice.findings] == [("suppression-1", Violation.DOUBLED)]
