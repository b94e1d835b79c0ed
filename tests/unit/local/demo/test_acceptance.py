"""The acceptance table counts what was seen from outside, not what functions log."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local.checks.conservation import check
from local.checks.records import Snapshot
from local.demo.acceptance import AcceptanceRow, EffectCount, rows
from local.traffic import payments, reports
from local.traffic.mix import Traffic
from local.traffic.publication import Case, PublicationDoor
from local.traffic.publish import AcceptedPublication
from local.traffic.settings import ScheduleSettings
from ops.conserve.message_key import MessageKey
from ops.schedules.schedules import PendingSchedule
from ops.stage.log_lines import LogLine, Scheduled
from schemas.reasons import Outcome

NOW = datetime(2026, 4, 14, 12, tzinfo=UTC)
TRAFFIC = Traffic(
    seed=1,
    now=NOW,
    settings=ScheduleSettings(reminder_leads=(timedelta(hours=24),), dunning=(timedelta(days=1), timedelta(days=3))),
)


EMAILS = ("email-0", "email-1", "email-2")


def row(case: Case, side_effects: dict[str, int], schedules: tuple[PendingSchedule, ...] = ()) -> AcceptanceRow:
    item = AcceptedPublication(TRAFFIC.publication(case, PublicationDoor.BUS, number=1))
    scheduled = tuple(Scheduled(each.key, each.claims.id) for each in schedules)
    found = rows(snapshot(item, [decided(item, EMAILS, scheduled)], side_effects, schedules))
    (of_type,) = (row for row in found if row.event == item.publication.type)
    return of_type


def decided(item: AcceptedPublication, follow_ups: tuple[str, ...], scheduled: tuple[Scheduled, ...] = ()) -> LogLine:
    return LogLine(
        at=NOW,
        what=Outcome.SUCCEEDED,
        service=item.key.type,
        type=item.key.type,
        company_id=item.key.company_id,
        id=item.id,
        follow_ups=follow_ups,
        scheduled=scheduled,
    )


def snapshot(
    item: AcceptedPublication, lines: list[LogLine], side_effects: dict[str, int], schedules: Sequence[PendingSchedule]
) -> Snapshot:
    seen = Counter({MessageKey("email.send", item.key.company_id, id_): times for id_, times in side_effects.items()})
    return Snapshot((item,), lines, [], [], [], [], schedules, seen, check([], [], [], {}))


def test_a_row_holds_when_every_expected_effect_was_seen() -> None:
    found = row(reports.three_recipients, {"email-0": 1, "email-1": 1, "email-2": 1})

    assert found.holds
    assert found.effects == (EffectCount("emails", seen=3, expected=3),)


def test_a_mail_that_was_logged_but_not_seen_does_not_count() -> None:
    found = row(reports.three_recipients, {"email-0": 1, "email-1": 1})

    assert not found.holds
    assert found.effects == (EffectCount("emails", seen=2, expected=3),)


def test_a_row_does_not_hold_when_a_mail_was_seen_twice() -> None:
    assert not row(reports.three_recipients, {"email-0": 1, "email-1": 1, "email-2": 2}).holds


def test_an_effect_that_was_neither_expected_nor_seen_does_not_hold() -> None:
    assert not EffectCount("emails", seen=0, expected=0).holds


def test_a_scheduled_retry_counts_for_the_failed_payment() -> None:
    item = TRAFFIC.publication(payments.first_soft_decline, PublicationDoor.BUS, number=1)
    body = json.dumps({"id": "retry-1", "type": "payment.retry"})
    pending = PendingSchedule(
        "name", item.schedules[0].key, f"at({item.schedules[0].at:%Y-%m-%dT%H:%M:%S})", body, "arn", NOW
    )

    found = row(payments.first_soft_decline, {}, (pending,))

    assert EffectCount("scheduled retries", seen=1, expected=1) in found.effects


def test_an_effect_belongs_to_the_message_that_announced_it() -> None:
    item = AcceptedPublication(TRAFFIC.publication(reports.three_recipients, PublicationDoor.BUS, number=1))
    other = replace(decided(item, EMAILS[1:]), type="user.invited")

    found = rows(snapshot(item, [decided(item, EMAILS[:1]), other], dict.fromkeys(EMAILS, 1), ()))

    assert [row.effects for row in found if row.event == item.publication.type] == [
        (EffectCount("emails", seen=1, expected=3),)
    ]
