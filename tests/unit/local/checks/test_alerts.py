"""Minutes pass until people are told of what lies in the dead-letter queues, and no longer than that."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.checks.alerts import tell
from local.clock.simulated_clock import Part, SimulatedClock
from local.standins.slack.state import SlackState
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
LETTERS = [
    Found(
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
DEAD_LETTERS = {
    "blocks": [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Messages*\n1"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "local · cause `c83d68dfbef7`"}]},
    ]
}
ALARM = {
    "blocks": [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*State*\n`ALARM`"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "`taly-async-local/email.send/dead-letters`"}]},
    ]
}


def minutes(slack: SlackState, *cards: Sequence[Mapping[str, Any]]) -> SimulatedClock:
    """In each of them these are posted; in those after them nothing is."""
    coming = iter(cards)

    def post() -> None:
        for card in next(coming, ()):
            slack.receive("application/json", json.dumps(card).encode(), AT)

    return SimulatedClock({Part.SLACK: post})


def test_it_is_over_as_soon_as_the_cards_tell_all() -> None:
    slack = SlackState(lambda _: [])

    alerts = tell(minutes(slack, [DEAD_LETTERS], [ALARM], [ALARM]), slack, LETTERS)

    assert (alerts.minutes, alerts.cards) == (2, (DEAD_LETTERS, ALARM))
    assert alerts.lacks == []


def test_it_is_given_up_when_it_would_have_happened_by_then_and_said_what_is_not_told() -> None:
    slack = SlackState(lambda _: [])

    alerts = tell(minutes(slack, [DEAD_LETTERS]), slack, LETTERS)

    assert alerts.minutes == 10
    assert alerts.lacks == ["no card tells that the alarm taly-async-local/email.send/dead-letters went off"]


def test_what_is_told_twice_is_told_wrongly() -> None:
    slack = SlackState(lambda _: [])

    alerts = tell(minutes(slack, [DEAD_LETTERS, ALARM, DEAD_LETTERS]), slack, LETTERS)

    assert alerts.lacks == ["of cause c83d68dfbef7 the cards tell of 2 dead letters, and 1 lie there"]
