"""The failures on the notifier's cards are counted as an operator reads them."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from lambdas.slack_notifier.alerts.dead_letter_queue import QueueInspection
from lambdas.slack_notifier.alerts.digest import Digest
from lambdas.slack_notifier.alerts.parsing import parse
from lambdas.slack_notifier.cards.notices import all_notices
from lambdas.slack_notifier.cards.stage_location import StageLocation
from lambdas.slack_notifier.slack.block_kit import message
from local.checks.alerts import AlertCounts, expected_alerts, reported_alerts
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from schemas.names import QUEUE_PROCESSOR, dashboard_name
from schemas.notifier_environment import NotifierEnvironment
from tests.unit.functions.slack_notifier.slack_fakes import (
    ALERTS,
    CAUSES_TABLE,
    REGION,
    RUNBOOK,
    SECRET,
    TABLE,
    TOPIC,
    alarm,
    dead_lettered,
    without_memory,
)

ENVIRONMENT = NotifierEnvironment(
    stage="prod",
    alerts_queue_url=ALERTS,
    slack_webhook_secret_arn=SECRET,
    email_topic_arn=TOPIC,
    dashboard_name=dashboard_name("prod"),
    runbook_url=RUNBOOK,
    idempotency_table_name=TABLE,
    causes_table_name=CAUSES_TABLE,
)


def cards(*alerts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cards that the notifier posts for these alerts."""
    digest = Digest()
    for number, alert in enumerate(alerts):
        digest.add(parse(json.dumps(alert)), sqs_message_id=f"sqs-{number}", handle=f"handle-{number}")
    location = StageLocation.of(ENVIRONMENT, REGION)
    notices = all_notices(digest, without_memory(), location, lambda _: QueueInspection(checked=2), lambda _: ())
    return [message(notice.card) for notice in notices]


def alarm_of(number: int, **changes: Any) -> dict[str, Any]:
    return alarm("dead-letters", subject=f"some.type{number}", **changes)


def name_of(number: int) -> str:
    return str(alarm_of(number)["AlarmName"])


def fingerprint(number: int) -> str:
    return f"{number:012x}"


NUMBERS = count()


def dead_letter(service: str, cause: int | None = None, *, of: str = "") -> FoundDeadLetter:
    attributes = {} if cause is None else {"fingerprint": {"DataType": "String", "StringValue": fingerprint(cause)}}
    number = next(NUMBERS)
    body = of or f"{{ this is message {number}"
    return FoundDeadLetter(
        service, DeadLetter.of({"MessageId": f"sqs-{number}", "Body": body, "MessageAttributes": attributes})
    )


def test_a_card_about_one_cause_reports_its_dead_letters() -> None:
    found = reported_alerts(
        cards(*(dead_lettered(number, fingerprint=fingerprint(1), count=700) for number in range(2)))
    )

    assert found == AlertCounts(Counter({fingerprint(1): 1_400}))


@pytest.mark.parametrize("causes", [1, 5, 9, 200])
def test_each_cause_is_reported_on_its_card_or_a_shared_one(causes: int) -> None:
    alerts = [dead_lettered(number, fingerprint=fingerprint(number), count=number + 1) for number in range(causes)]

    assert reported_alerts(cards(*alerts)).dead_letters == Counter(
        {fingerprint(number): number + 1 for number in range(causes)}
    )


def test_cards_of_several_minutes_are_added_up() -> None:
    minute = cards(dead_lettered(1, count=2)), cards(dead_lettered(2, count=3))

    assert reported_alerts([*minute[0], *minute[1]]).dead_letters.total() == 5


@pytest.mark.parametrize("count", [1, 5, 9, 200])
def test_each_alarm_is_reported_on_its_card_or_a_shared_one(count: int) -> None:
    assert reported_alerts(cards(*map(alarm_of, range(count)))).alarms == set(map(name_of, range(count)))


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize("count", [1, 9])
def test_an_alarm_that_recovered_or_has_no_data_is_not_reported(state: str, count: int) -> None:
    over = [alarm_of(number, state=state) for number in range(count)]

    assert reported_alerts(cards(*over)).alarms == set()
    assert reported_alerts(cards(*over, alarm_of(20))).alarms == {name_of(20)}


def test_a_message_without_blocks_reports_nothing() -> None:
    assert reported_alerts([{"text": "hello"}]) == AlertCounts()


def test_webhooks_that_are_summed_up_require_an_alarm_alone() -> None:
    found = dead_letter("webhook.deliver", 1)
    attributes = {
        "reason": {"StringValue": "unavailable"},
        "biography": {"StringValue": json.dumps({"errorClass": "NotDeliveredError"})},
        **found.dead_letter.attributes,
    }
    summed_up = replace(
        found, dead_letter=DeadLetter.of({"MessageId": "a", "Body": "", "MessageAttributes": attributes})
    )

    alarm = frozenset({"taly-async-local/webhook.deliver/undelivered-webhooks"})
    assert expected_alerts([summed_up]) == AlertCounts(Counter(), alarm)
    assert expected_alerts([found]) == AlertCounts(Counter({fingerprint(1): 1}), alarm)


def test_dead_letters_require_their_causes_and_alarms_to_be_reported() -> None:
    dead_letters = [
        dead_letter("email.send", 1),
        dead_letter("email.send", 1),
        dead_letter("email.send"),
        dead_letter(QUEUE_PROCESSOR, 2),
        dead_letter(UNROUTED),
    ]

    assert expected_alerts(dead_letters) == AlertCounts(
        Counter({fingerprint(1): 2, fingerprint(2): 1}),
        frozenset(
            {
                "taly-async-local/email.send/dead-letters",
                "taly-async-local/queue_processor/refused",
                "taly-async-local/system/unrouted",
            }
        ),
    )


def test_differences_are_described_in_sentences() -> None:
    expected = AlertCounts(Counter({fingerprint(1): 2, fingerprint(2): 1}), frozenset({"a", "b"}))
    reported = AlertCounts(Counter({fingerprint(1): 3, fingerprint(2): 1}), frozenset({"a", "c"}))

    assert reported.differences(expected) == [
        "cause 000000000001: the cards report 3 dead letters, the queues have 2",
        "no card reports the alarm b",
    ]
    assert expected.differences(expected) == []


def test_everything_is_covered_when_the_cards_report_it_or_more() -> None:
    expected = AlertCounts(Counter({fingerprint(1): 2}), frozenset({"a"}))

    assert expected.covers(expected)
    assert AlertCounts(Counter({fingerprint(1): 3}), frozenset({"a", "b"})).covers(expected)
    assert not AlertCounts(Counter({fingerprint(1): 1}), frozenset({"a"})).covers(expected)
    assert not AlertCounts(Counter({fingerprint(1): 2})).covers(expected)


@pytest.mark.parametrize("body", ['{"id": "task-1"}', "{ unreadable"])
def test_a_message_dead_lettered_twice_may_be_reported_once_or_twice(body: str) -> None:
    expected = expected_alerts([dead_letter(UNROUTED, 1, of=body), dead_letter(UNROUTED, 1, of=body)])

    wrong = {
        number: AlertCounts(Counter({fingerprint(1): number}), expected.alarms).differences(expected)
        for number in range(4)
    }

    assert [number for number, differences in wrong.items() if not differences] == [1, 2]
