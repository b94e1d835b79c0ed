"""Minutes pass until Slack has a card for every dead letter, and no longer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from local.checks.alerts import await_alerts
from local.clock.simulated_clock import ClockTask, SimulatedClock
from local.standins.slack.state import SlackState
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from schemas.causes import Cause

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
QUEUED = [
    FoundDeadLetter(
        "email.send",
        DeadLetter.of(
            {
                "MessageId": "sqs-1",
                "Body": "{}",
                "MessageAttributes": {"fingerprint": {"DataType": "String", "StringValue": "c83d68dfbef7"}},
            }
        ),
    )
]
ANOTHER = replace(QUEUED[0], dead_letter=replace(QUEUED[0].dead_letter, body="{ another"))
DEAD_LETTER_CARD = {
    "blocks": [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Messages*\n1"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "local · cause `c83d68dfbef7`"}]},
    ]
}
ALARM_CARD = {
    "blocks": [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*State*\n`ALARM`"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "`taly-async-local/email.send/dead-letters`"}]},
    ]
}


def clock(slack: SlackState, *cards: Sequence[Mapping[str, Any]]) -> SimulatedClock:
    """A clock that posts these cards, one group in each minute."""
    coming = iter(cards)

    def post() -> None:
        for card in next(coming, ()):
            slack.receive("application/json", json.dumps(card).encode(), AT)

    return SimulatedClock({ClockTask.NOTIFIER: post})


def test_waiting_ends_when_the_cards_report_everything() -> None:
    slack = SlackState(lambda _: [])

    alerts = await_alerts(clock(slack, [DEAD_LETTER_CARD], [ALARM_CARD], [ALARM_CARD]), slack, QUEUED, list)

    assert (alerts.minutes, alerts.cards) == (2, (DEAD_LETTER_CARD, ALARM_CARD))
    assert alerts.differences == []


def test_waiting_ends_after_ten_minutes_with_what_is_missing() -> None:
    slack = SlackState(lambda _: [])

    alerts = await_alerts(clock(slack, [DEAD_LETTER_CARD]), slack, QUEUED, list)

    assert alerts.minutes == 10
    assert alerts.differences == ["no card reports the alarm taly-async-local/email.send/dead-letters"]


def test_a_dead_letter_that_is_reported_twice_is_a_difference() -> None:
    slack = SlackState(lambda _: [])

    alerts = await_alerts(clock(slack, [DEAD_LETTER_CARD, ALARM_CARD, DEAD_LETTER_CARD]), slack, QUEUED, list)

    assert alerts.differences == ["cause c83d68dfbef7: the cards report 2 dead letters, the queues have 1"]


def test_dead_letters_that_were_noted_after_a_card_are_reported() -> None:
    slack = SlackState(lambda _: [])
    noted = Cause(fingerprint="c83d68dfbef7", service="email.send", since=AT, last_at=AT, total=2)

    alerts = await_alerts(clock(slack, [DEAD_LETTER_CARD, ALARM_CARD]), slack, [*QUEUED, ANOTHER], lambda: [noted])

    assert (alerts.minutes, alerts.differences) == (1, [])


def test_a_cause_without_a_card_is_not_reported() -> None:
    slack = SlackState(lambda _: [])
    noted = Cause(fingerprint="c83d68dfbef7", service="email.send", since=AT, last_at=AT, total=1)

    alerts = await_alerts(clock(slack, [ALARM_CARD]), slack, QUEUED, lambda: [noted])

    assert alerts.differences == ["cause c83d68dfbef7: the cards report 0 dead letters, the queues have 1"]
