"""The sentences for support: what was sent to people, is due, waits or failed."""

from datetime import timedelta
from typing import Any

import pytest

from ops.stage.log_lines import LogLine, Scheduled
from ops.trace.journey import journeys
from ops.trace.notifications import NAMES, notifications, support_lines
from ops.trace.records import records
from schemas.catalogue import BY_NAME
from schemas.emails import EMAIL_SEND
from schemas.reasons import OperatorAction, Outcome
from schemas.sms import SMS_SEND
from tests.fakes.service import NOON

DAY_24H, DAY_1H = "reminder/c-1/a-1/24h", "reminder/c-1/a-1/1h"
TOMORROW = NOON + timedelta(days=1)


def line(seconds: float, type_name: str, an_id: str, cause: str = "", **fields: Any) -> LogLine:
    known = {"what": Outcome.SUCCEEDED, "service": type_name, "company_id": "c-1"} | fields
    return LogLine(at=NOON + timedelta(seconds=seconds), type=type_name, id=an_id, causation_id=cause, **known)


def sentences(*lines: LogLine, days_later: int = 0) -> list[str]:
    now = NOON + timedelta(days=days_later, hours=1)
    return [each.sentence for each in notifications(journeys(lines), now)]


def dead(reason: str) -> dict[str, Any]:
    return {"what": Outcome.DEAD_LETTERED, "reason": reason, "fingerprint": "c0ffee123456"}


def skipped(why: str) -> dict[str, Any]:
    return {"what": Outcome.SKIPPED, "detail": why}


REMINDER = line(0, "appointment.reminder", "r", follow_ups=("m", "t"))
BOOKING = line(0, "booking.created", "b")
MAIL, TEXT = line(31, "email.send", "m", "r"), line(35, "sms.send", "t", "r")
BOOKED_MAIL = line(1, "email.send", "m", "b")
DELIVERED = line(40, "email.delivered", "d", "m", detail="delivered 14:00:33")
BOUNCED = line(40, "email.bounced", "x", "m", detail="bounced: the mailbox is unknown")
COMPLAINED = line(40, "email.complained", "x", "m", detail="complained: marked as spam")
PAYMENT = line(0, "payment.failed", "p")

CASES = {
    "mail delivered and text sent": (
        [REMINDER, MAIL, DELIVERED, TEXT],
        ["reminder: mail delivered 14:00:33, text sent 12:00:35"],
    ),
    "without a report": ([BOOKING, BOOKED_MAIL], ["confirmation: mail sent, no report from SES yet"]),
    "bounced": ([BOOKING, BOOKED_MAIL, BOUNCED], ["confirmation: mail bounced: the mailbox is unknown"]),
    "marked as spam": ([BOOKING, BOOKED_MAIL, COMPLAINED], ["confirmation: mail complained: marked as spam"]),
    "bounced, then reminded by text": (
        [
            REMINDER,
            MAIL,
            BOUNCED,
            line(60, "appointment.reminder", "r2", "m"),
            line(61, "sms.send", "t2", "r2"),
        ],
        ["reminder: mail bounced: the mailbox is unknown", "reminder: text sent 12:01:01"],
    ),
    "suppressed": (
        [BOOKING, line(1, "email.send", "m", "b", **skipped("suppressed: an earlier mail bounced"))],
        ["confirmation: mail skipped: suppressed: an earlier mail bounced"],
    ),
    "opted out of texts": (
        [REMINDER, MAIL, DELIVERED, line(2, "sms.send", "t", "r", **skipped("the number opted out"))],
        ["reminder: mail delivered 14:00:33, text skipped: the number opted out"],
    ),
    "appointment cancelled before": (
        [line(0, "appointment.reminder", "r", **skipped("the appointment was cancelled"))],
        ["reminder: skipped: the appointment was cancelled"],
    ),
    "wants no mail": (
        [line(0, "appointment.rescheduled", "s", left_out=("customer.channels: the customer wants no mail",))],
        ["change of time: left out customer.channels: the customer wants no mail"],
    ),
    "changed again": (
        [line(0, "appointment.rescheduled", "s", detail="no mail: the appointment was changed again")],
        ["change of time: no mail: the appointment was changed again"],
    ),
    "nobody to mail": ([BOOKING], ["confirmation: nothing sent"]),
    "follow-ups without a line": (
        [line(0, "booking.created", "b", follow_ups=("m", "a", "w"))],
        ["confirmation: nothing sent yet"],
    ),
    "dead letter of the reaction": (
        [line(0, "user.invited", "u", **dead("permanent"))],
        ["invitation: failed: permanent, cause c0ffee123456"],
    ),
    "dead letter of the text": (
        [REMINDER, MAIL, DELIVERED, line(2, "sms.send", "t", "r", **dead("attempts_exhausted"))],
        ["reminder: mail delivered 14:00:33, text failed: attempts_exhausted, cause c0ffee123456"],
    ),
    "dead letter redriven": (
        [
            line(0, "user.invited", "u", **dead("permanent")),
            LogLine(at=NOON + timedelta(seconds=9), what=OperatorAction.REDRIVEN, id="u", service="user.invited"),
        ],
        ["invitation: waiting for user.invited for 59 m 51 s"],
    ),
    "dead letter discarded": (
        [
            line(0, "user.invited", "u", **dead("permanent")),
            LogLine(at=NOON + timedelta(seconds=9), what=OperatorAction.DISCARDED, id="u"),
        ],
        ["invitation: discarded by an operator"],
    ),
    "done again after it was done": (
        [
            line(0, "sms.send", "t"),
            LogLine(at=NOON + timedelta(hours=1), what=OperatorAction.REDONE, id="t"),
            line(3601, "sms.send", "t2", "t"),
        ],
        ["text: sent 12:00:00", "text again: sent 13:00:01"],
    ),
    "sent before these logs begin": (
        [line(0, "sms.send", "t", what=Outcome.DUPLICATE)],
        ["text: sent before"],
    ),
    "refused at the ingress": (
        [line(0, "booking.created", "b", service="queue_processor", **dead("invalid_payload"))],
        ["confirmation: failed: invalid_payload, cause c0ffee123456"],
    ),
    "waits": (
        [BOOKING, line(1, "email.send", "m", "b", what=Outcome.DEFERRED, delay=7200)],
        ["confirmation: mail returns to email.send in 1 h 00 m"],
    ),
    "several recipients": (
        [
            line(0, "report.ready", "r"),
            *(line(number, "email.send", f"m{number}", "r") for number in (1, 2, 3)),
            line(9, "email.delivered", "d1", "m1", detail="delivered 14:00:33"),
            line(9, "email.bounced", "d2", "m2", detail="bounced: the mailbox is full"),
        ],
        ["report: 3 mails: 1 delivered, 1 without a report from SES, 1 bounced"],
    ),
    "mail of another service": ([line(0, "email.send", "m"), DELIVERED], ["mail: delivered 14:00:33"]),
    "text of another service": ([line(0, "sms.send", "t")], ["text: sent 12:00:00"]),
    "done again": (
        [line(0, "email.send", "m"), DELIVERED, line(90, "email.send", "m2", "m")],
        ["mail: delivered 14:00:33", "mail again: sent, no report from SES yet"],
    ),
    "payment retried": (
        [
            line(0, "payment.failed", "p", scheduled=(Scheduled("payment/c-1/in_1/2", "q", TOMORROW),)),
        ],
        ["failed payment: nothing sent", "payment retry 2: due 2026-04-15 12:00 UTC"],
    ),
    "no reminders planned": (
        [line(0, "appointment.created", "a", **dead("unavailable"))],
        ["reminders: failed: unavailable, cause c0ffee123456"],
    ),
    "hostile detail": (
        [line(0, "appointment.reminder", "r", **skipped("\x1b[2J"))],
        ["reminder: skipped: \\x1b[2J"],
    ),
}


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES)
def test_a_notification_is_said_in_one_sentence(lines: list[LogLine], expected: list[str]) -> None:
    assert sentences(*lines) == expected


def scheduled(seconds: float, type_name: str, an_id: str, **due: timedelta) -> LogLine:
    """A change of an appointment with its reminders: of which kind, and how long after noon they are due."""
    keys = {"day": DAY_24H, "hour": DAY_1H}
    set_anew = tuple(Scheduled(keys[kind], f"{an_id}-{kind}", NOON + wait) for kind, wait in due.items())
    gone = tuple(key for kind, key in keys.items() if kind not in due)
    return line(seconds, type_name, an_id, scheduled=set_anew, unscheduled=gone)


def test_planned_reminders_are_due() -> None:
    created = scheduled(0, "appointment.created", "a", day=timedelta(days=6), hour=timedelta(days=7))

    assert sentences(created) == ["reminder 24 h: due 2026-04-20 12:00 UTC", "reminder 1 h: due 2026-04-21 12:00 UTC"]


def test_an_appointment_moved_twice_has_its_last_reminders_alone() -> None:
    lines = [
        scheduled(0, "appointment.created", "a", day=timedelta(days=6), hour=timedelta(days=7)),
        scheduled(1, "appointment.rescheduled", "s1", day=timedelta(days=8), hour=timedelta(days=9)),
        scheduled(2, "appointment.rescheduled", "s2", hour=timedelta(hours=9)),
    ]

    assert sentences(*lines) == [
        "change of time: nothing sent",
        "reminder 24 h: cancelled",
        "change of time: nothing sent",
        "reminder 1 h: due 2026-04-14 21:00 UTC",
    ]


def test_a_cancelled_appointment_has_no_reminders_due() -> None:
    lines = [
        scheduled(0, "appointment.created", "a", day=timedelta(days=6), hour=timedelta(days=7)),
        scheduled(1, "appointment.cancelled", "x"),
        line(2, "email.send", "m", "x"),
    ]

    assert sentences(*lines) == [
        "reminder 24 h: cancelled",
        "reminder 1 h: cancelled",
        "cancellation: mail sent, no report from SES yet",
    ]


def test_a_reminder_that_ran_says_which_one_it_was() -> None:
    created = scheduled(0, "appointment.created", "a", day=timedelta(minutes=9), hour=timedelta(days=1))
    ran = line(540, "appointment.reminder", "a-day", "a")
    sent = line(541, "sms.send", "t", "a-day")

    assert sentences(created, ran, sent) == [
        "reminder 24 h: text sent 12:09:01",
        "reminder 1 h: due 2026-04-15 12:00 UTC",
    ]


def test_a_reminder_that_did_not_come_says_when_it_was_due() -> None:
    created = scheduled(0, "appointment.created", "a", hour=timedelta(minutes=9))

    assert sentences(created) == ["reminder 1 h: was due 2026-04-14 12:09 UTC, and is not in these logs yet"]


def test_a_reminder_that_an_operator_cancelled_is_cancelled() -> None:
    created = scheduled(0, "appointment.created", "a", hour=timedelta(minutes=9))
    cancelled = LogLine(at=NOON + timedelta(seconds=9), what=OperatorAction.SCHEDULE_CANCELLED, id="a-hour")

    assert sentences(created, cancelled) == ["reminder 1 h: cancelled"]


def test_a_schedule_of_unknown_time_is_scheduled() -> None:
    assert sentences(line(0, "appointment.created", "a", scheduled=(Scheduled(DAY_1H, "b"),))) == [
        "reminder 1 h: scheduled"
    ]


def test_a_notification_of_another_day_says_which() -> None:
    assert sentences(REMINDER, TEXT, days_later=1) == ["reminder on 2026-04-14: text sent 12:00:35"]


def test_notifications_of_several_companies_name_them() -> None:
    other = [line(0, "payment.failed", "p2", company_id="c-2"), line(1, "email.send", "m2", "p2", company_id="c-2")]

    assert sentences(PAYMENT, line(1, "email.send", "m1", "p"), *other) == [
        "failed payment of company c-1: mail sent, no report from SES yet",
        "failed payment of company c-2: mail sent, no report from SES yet",
    ]


def test_a_terminal_shows_a_line_each_in_the_colours_of_the_outcomes() -> None:
    (shown,) = support_lines(journeys([REMINDER, MAIL, BOUNCED, TEXT]), NOON)

    assert shown.plain == "reminder: mail bounced: the mailbox is unknown, text sent 12:00:35"
    assert [str(each.style) for each in shown.spans] == ["bold", "bold red", "bold green"]


def test_the_first_record_of_a_notification_has_its_sentence() -> None:
    created = scheduled(0, "appointment.created", "a", hour=timedelta(days=7))

    found = list(records(journeys([created, REMINDER, TEXT]), NOON))

    assert [(each["id"], each.get("summary")) for each in found] == [
        ("a", None),
        ("a-hour", "reminder 1 h: due 2026-04-21 12:00 UTC"),
        ("r", "reminder: text sent 12:00:35"),
        ("t", None),
        ("m", None),
    ]


def test_each_type_that_mails_or_texts_by_itself_has_a_name() -> None:
    notifying = {each.name for each in BY_NAME.values() if each.emits & {EMAIL_SEND, SMS_SEND}}

    assert notifying == NAMES.keys()


def test_a_type_without_a_name_is_called_by_its_type() -> None:
    assert sentences(line(0, "review.requested", "v"), line(1, "sms.send", "t", "v")) == [
        "review.requested: text sent 12:00:01"
    ]
