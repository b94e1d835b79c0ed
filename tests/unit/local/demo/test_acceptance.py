"""The mission's table is proved by what was seen from outside, not by what functions say."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from local.checks.conservation import check
from local.checks.records import Snapshot
from local.demo.acceptance import AcceptanceRow, Proof, rows
from local.traffic import payments, reports
from local.traffic.mix import Traffic
from local.traffic.publication import Case, PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.settings import Rules
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
TRAFFIC = Traffic(
    seed=1,
    now=NOW,
    rules=Rules(reminder_leads=(timedelta(hours=24),), dunning=(timedelta(days=1), timedelta(days=3))),
)


def row(case: Case, side_effects: dict[str, int], schedules: tuple[PendingSchedule, ...] = ()) -> AcceptanceRow:
    item = AcceptedPublication(TRAFFIC.publication(case, PublicationDoor.BUS, number=1))
    mailed = [
        LogLine(at=NOW, what=Outcome.SUCCEEDED, service="email.send", id=f"email-{number}", causation_id=item.id)
        for number in range(3)
    ]
    balance = check([], [], [], {})
    snapshot = Snapshot((item,), mailed, [], [], [], [], schedules, Counter(side_effects), balance)
    (found,) = (row for row in rows(snapshot) if row.event == item.publication.type)
    return found


def test_a_row_holds_when_all_that_was_foretold_was_seen() -> None:
    found = row(reports.for_three, {"email-0": 1, "email-1": 1, "email-2": 1})

    assert found.holds
    assert found.proofs == (Proof("emails", seen=3, foretold=3),)


def test_a_mail_that_nobody_saw_is_no_proof_whatever_the_function_says() -> None:
    found = row(reports.for_three, {"email-0": 1, "email-1": 1})

    assert not found.holds
    assert found.proofs == (Proof("emails", seen=2, foretold=3),)


def test_a_mail_that_was_seen_twice_is_no_proof() -> None:
    assert not row(reports.for_three, {"email-0": 1, "email-1": 1, "email-2": 2}).holds


def test_what_never_happened_is_not_proved() -> None:
    assert not Proof("emails", seen=0, foretold=0).holds


def test_a_retry_that_stands_is_counted_to_the_payment_that_failed() -> None:
    item = TRAFFIC.publication(payments.declined_at_first, PublicationDoor.BUS, number=1)
    body = json.dumps({"id": "retry-1", "type": "payment.retry", "causationId": item.id})
    standing = PendingSchedule(
        "name", item.due[0].key, f"at({item.due[0].at:%Y-%m-%dT%H:%M:%S})", body, "arn", "group", NOW
    )

    found = row(payments.declined_at_first, {}, (standing,))

    assert Proof("retries to come", seen=1, foretold=1) in found.proofs
